"""What is done to a server, and what is looked at. Each scenario takes the server's class and gives a row of figures."""
import statistics
import subprocess
import time

import load
from kit import certificate, place
from kit.client import Client
from servers import Posthouse, cpu_seconds, memory_mb, resident_mb, settle

WARM = 1_000_000_000  # numbers of messages that do not count begin here


def relay_settings(sink, **more):
    return dict({'relayhost': '[127.0.0.1]:%d' % sink.port}, **more)


def warm_up(server, sink, sessions, length, **named):
    count = max(20, 2 * sessions) if length < 1 << 20 else 20
    before = sink.counters()['distinct']
    load.source(server.port, messages=count, sessions=min(sessions, count), length=length, first=WARM // 1000, **named)
    sink.wait(before + count, 30)
    settle(server)
    return sink.counters()['distinct']


def measured(server, sink, expected, wait=120, **named):
    """Sends, waits until the next hop has it all: rate from the first connection to the last arrival, CPU for each message."""
    arrived, cpu, began = sink.counters()['distinct'], cpu_seconds(server), sink.counters()['now_ns']
    sent = load.source(server.port, timeout=wait, **named)
    after = sink.wait(arrived + expected, wait)
    seconds = max((after['last_ns'] - began) / 1e9, 1e-6)
    got = after['distinct'] - arrived
    time.sleep(0.1)
    return {'rate': got / seconds, 'cpu_ms': 1000 * (cpu_seconds(server) - cpu) / max(got, 1), 'memory_mb': memory_mb(server), 'lost': expected - got, 'p50_ms': sent['p50_ms'],
            'p99_ms': sent['p99_ms'], 'errors': sent['errors']}


def relay(messages, sessions, length, per_connection=0, cores=None):
    def run(kind):
        with load.Sink() as sink, kind(relay_settings(sink), cores=cores) as server:
            warm_up(server, sink, sessions, length)
            return measured(server, sink, messages, messages=messages, sessions=sessions, length=length, per_connection=per_connection)
    return run


def relay_each(messages, sessions, length, domains):
    """Each domain has a next hop of its own: with as many domains as messages each message is a connection of its own to deliver it."""
    def run(kind):
        with load.Sinks(domains) as sinks, kind(relay_settings(sinks.sinks[0], transport_maps='texthash:@folder@/routes'), files={'routes': sinks.routes()}) as server:
            warm_up(server, sinks, sessions, length, domains=domains)
            return measured(server, sinks, messages, messages=messages, sessions=sessions, length=length, domains=domains)
    return run


def accept(messages, sessions, length):
    """Taken and stored, not delivered: all mail is put on hold."""
    def run(kind):
        with load.Sink() as sink, kind(relay_settings(sink, smtpd_recipient_restrictions='check_client_access static:HOLD, permit_mynetworks, reject')) as server:
            load.source(server.port, messages=40, sessions=sessions, length=length, first=WARM // 1000)
            settle(server)
            cpu = cpu_seconds(server)
            sent = load.source(server.port, messages=messages, sessions=sessions, length=length)
            return {'rate': sent['rate'], 'cpu_ms': 1000 * (cpu_seconds(server) - cpu) / max(sent['taken'], 1), 'memory_mb': memory_mb(server), 'lost': messages - sent['taken'],
                    'p50_ms': sent['p50_ms'], 'p99_ms': sent['p99_ms'], 'errors': sent['errors']}
    return run


def tls_settings(folder):
    cert, key = certificate.issue('localhost', folder)
    return {'smtpd_tls_cert_file': cert, 'smtpd_tls_key_file': key, 'smtpd_tls_security_level': 'may', 'smtp_tls_security_level': 'encrypt',
            'smtp_tls_session_cache_database': 'btree:$data_directory/smtp_scache', 'smtp_tls_connection_reuse': 'yes', 'smtp_connection_cache_on_demand': 'yes',
            'smtp_connection_cache_destinations': 'static:all'}


def tls(messages, sessions, length, per_connection=0):
    def run(kind):
        settings = tls_settings(place.private_folder('bench'))
        with load.Sink(certificate=settings['smtpd_tls_cert_file'], key=settings['smtpd_tls_key_file']) as sink, kind(relay_settings(sink, **settings)) as server:
            warm_up(server, sink, sessions, length, tls=True)
            before = sink.counters()
            row = measured(server, sink, messages, messages=messages, sessions=sessions, length=length, per_connection=per_connection, tls=True)
            after = sink.counters()
            return dict(row, handshakes=after['tls'] - before['tls'], resumed=after['resumed'] - before['resumed'])
    return run


def fresh_ms(server, sink, count=9, first=1):
    """Median time from the source's start until one message is at the next hop."""
    times = []
    for number in range(first, first + count):
        before = sink.counters()
        load.source(server.port, messages=1, length=1024, first=number, timeout=20)
        after = sink.wait(before['distinct'] + 1, 20)
        times.append((after['last_ns'] - before['now_ns']) / 1e6 if after['distinct'] > before['distinct'] else 20_000)
    return statistics.median(times)


def idle(connections, with_tls=False):
    def run(kind):
        settings = tls_settings(place.private_folder('bench')) if with_tls else {}
        settings.update(smtp_tls_security_level='none', default_process_limit=str(connections + 100), smtpd_timeout='600s')
        with load.Sink() as sink, kind(relay_settings(sink, **settings)) as server:
            warm_up(server, sink, 1, 1024)
            empty, alone = memory_mb(server), fresh_ms(server, sink, first=1)
            with load.Idle(server.port, connections, with_tls) as clients:
                settle(server)
                full, crowded = memory_mb(server), fresh_ms(server, sink, first=1001)
                return {'memory_mb': full, 'resident_empty_mb': empty, 'kb_each': 1024 * (full - empty) / max(clients.held, 1), 'held': clients.held, 'lost': clients.refused,
                        'fresh_ms': crowded, 'fresh_alone_ms': alone}
    return run


def slow(messages, sessions, length, holes, domains=9):
    """One message in ten is for a destination that takes connections and says nothing; `holes` such destinations (0: none, for comparison) beside `domains` others.
    default_process_limit is that of an administrator who did not set it: one that is set is kept to the letter."""
    def run(kind):
        with load.Sink() as sink, load.Sink(black_hole=True, addresses=holes) as hole:
            routes = ''.join('h%d.hole.test smtp:[127.1.%d.%d]:%d\n' % (i, i // 250, i % 250 + 1, hole.port) for i in range(holes))
            with kind(relay_settings(sink, transport_maps='texthash:@folder@/routes', smtp_helo_timeout='300s', default_process_limit=None), files={'routes': routes or '#\n'}) as server:
                warm_up(server, sink, sessions, length)
                fine = messages - messages // 10 if holes else messages
                row = measured(server, sink, fine, messages=messages, sessions=sessions, length=length, domains=domains, holes=holes)
                return dict(row, rate=row['rate'] * messages / fine)  # the source's work for the silent ones counts, or they would seem to cost a tenth
    return run


def backlog(messages, domains, route):
    """Deferred mail from the spool's own code, due in an hour. Restart, fresh mail, then everything is retried at once. `route`: 'relayhost' or 'each' (a transport entry a domain)."""
    def run(kind):
        if kind is not Posthouse:
            return None
        with load.Sinks(domains if route == 'each' else 1) as sinks, load.Sink() as fresh_sink:
            routes = (sinks.routes() if route == 'each' else '') + 'fresh.test smtp:[127.0.0.1]:%d\n' % fresh_sink.port
            with kind(relay_settings(sinks.sinks[0], transport_maps='texthash:@folder@/routes'), files={'routes': routes}) as server:
                return with_backlog(server, sinks, fresh_sink, messages, domains)
    return run


def fresh(server, sink, number):
    before = sink.counters()
    load.source(server.port, messages=1, length=1024, first=number, domain='fresh.test', timeout=60)
    after = sink.wait(before['distinct'] + 1, 60)
    return (after['last_ns'] - before['now_ns']) / 1e6 if after['distinct'] > before['distinct'] else 60_000


def with_backlog(server, sink, fresh_sink, messages, domains):
    before = statistics.median(fresh(server, fresh_sink, i) for i in range(9))
    server.stop()
    subprocess.run([load.program('spool_fill'), server.folder + '/queue', str(messages), str(domains), '600', '3600'], check=True, stdout=subprocess.DEVNULL)
    began = time.monotonic()
    server.start()
    first = fresh(server, fresh_sink, 10)
    restart = time.monotonic() - began
    resting = resident_mb(server)
    flushing = subprocess.Popen(['env', 'MAIL_CONFIG=' + server.folder, load.program('postqueue'), '-f'])
    cpu, start = cpu_seconds(server), sink.counters()['now_ns']
    peak, during, number = 0, [], 11
    while True:
        during.append(fresh(server, fresh_sink, number))
        number += 1
        peak = max(peak, resident_mb(server))
        now = sink.counters()
        if now['distinct'] >= messages or (now['now_ns'] - now['last_ns'] > 60e9 and now['last_ns']):
            break
        time.sleep(0.2)
    flushing.wait()
    return {'rate': now['distinct'] / ((now['last_ns'] - start) / 1e9), 'cpu_ms': 1000 * (cpu_seconds(server) - cpu) / max(now['distinct'], 1), 'memory_mb': peak, 'resting_mb': resting,
            'lost': messages - now['distinct'], 'restart_s': restart, 'first_ms': first, 'fresh_alone_ms': before, 'fresh_ms': statistics.median(during), 'fresh_max_ms': max(during)}


def restrictions(recipients):
    """RCPT after RCPT through three lists with large tables; the client's time is not the server's, so the figure is CPU."""
    def run(kind):
        if kind is not Posthouse:
            return None
        networks = ''.join('10.%d.%d.0/26 REJECT\n' % (i // 256, i % 256) for i in range(10_000))
        names = ''.join('user%d@example.com REJECT\n' % i for i in range(100_000))
        lists = 'check_client_access cidr:@folder@/networks, check_sender_access hash:@folder@/names, check_recipient_access hash:@folder@/names, permit'
        with load.Sink() as sink:
            server = kind(relay_settings(sink, smtpd_recipient_restrictions=lists), files={'networks': networks, 'names': names})
            subprocess.run([load.program('postmap'), 'hash:%s/names' % server.folder], check=True)
            with server, Client(server.port) as client:
                batch = 800  # smtpd_recipient_limit is 1000; each RSET counts as junk, of which smtpd_junk_command_limit allows 100
                said = 'MAIL FROM:<sender@example.org>\r\n' + ''.join('RCPT TO:<r%d@example.net>\r\n' % i for i in range(batch)) + 'RSET\r\n'
                cpu, began = cpu_seconds(server), time.monotonic()
                for _ in range(recipients // batch):
                    client.send(said.encode())
                    codes = {client.reply().code for _ in range(batch + 2)}
                    assert codes == {250}, codes
                used = cpu_seconds(server) - cpu
                return {'rate': recipients / (time.monotonic() - began), 'cpu_ms': 1000 * used / recipients, 'memory_mb': memory_mb(server), 'evaluations_per_cpu_second': 3 * recipients / used}
    return run


ALL = {
    'relay-1k-20': relay(10_000, 20, 1024), 'relay-1k-100': relay(10_000, 100, 1024),
    'relay-10k-20': relay(10_000, 20, 10_240), 'relay-10k-100': relay(10_000, 100, 10_240), 'relay-10k-20-one': relay(5_000, 20, 10_240, per_connection=1),
    'relay-600-20-each': relay_each(20_000, 20, 600, 20_000), 'relay-10k-100-one': relay(5_000, 100, 10_240, per_connection=1), 'relay-1m-20': relay(300, 20, 1 << 20),
    'accept-10k-20': accept(10_000, 20, 10_240), 'accept-10k-100': accept(10_000, 100, 10_240),
    'tls-10k-20': tls(5_000, 20, 10_240), 'tls-10k-20-one': tls(2_000, 20, 10_240, per_connection=1),
    'idle-5000': idle(5_000), 'idle-tls-5000': idle(5_000, True),
    'slow-none': slow(20_000, 20, 10_240, 0), 'slow-5': slow(20_000, 20, 10_240, 5), 'slow-100': slow(20_000, 20, 10_240, 100),
    'slow-none-of-90': slow(20_000, 20, 10_240, 0, domains=90), 'slow-10-of-100': slow(20_000, 20, 10_240, 10, domains=90),
    'restrictions': restrictions(50_000),
    'cores-1': relay(10_000, 20, 10_240, cores='0'), 'cores-2': relay(10_000, 20, 10_240, cores='0,1'),
    'backlog-1k': backlog(1_000, 50, 'relayhost'), 'backlog-10k': backlog(10_000, 500, 'relayhost'), 'backlog-100k': backlog(100_000, 5_000, 'relayhost'),
    'backlog-1m': backlog(1_000_000, 50_000, 'relayhost'), 'backlog-100k-each': backlog(100_000, 5_000, 'each'), 'backlog-1m-each': backlog(1_000_000, 50_000, 'each'),
}
