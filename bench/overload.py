#!/usr/bin/env python3
"""overload.py [--slow 5000] [--greedy 200] [--seconds 40]: how long normal mail takes while thousands of
slow clients (one byte a second) and greedy ones (as fast as they can, again and again) want the server, and while they do not.
Programs: POSTHOUSE_BIN, else build/release/bin. Everything runs on 127.0.0.0/8 and ends by itself."""
import argparse
import multiprocessing
import os
import resource
import selectors
import socket
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault('POSTHOUSE_BIN', os.path.join(ROOT, 'build/release/bin'))
sys.path.insert(0, os.path.join(ROOT, 'tests'))
sys.dont_write_bytecode = True
from kit import place  # noqa: E402
from kit.client import Client  # noqa: E402
from kit.relay import Relay  # noqa: E402

MESSAGE = b'Subject: t\r\n\r\n' + b'x' * 2000 + b'\r\n'
SLOW_TEXT = (b'EHLO slow.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<x@example.net>\r\nDATA\r\n' + b'Subject: slow\r\n\r\n') + b'x' * 60 + b'\r\n'


def slow_clients(port, count, ready, ended, report):
    """Each sends one byte a second, spread over the second, and comes back when it is thrown out."""
    os.nice(10)  # elsewhere they would not take the server's processor
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    selector, sockets, at = selectors.DefaultSelector(), {}, {}

    def connect(number):
        one = socket.socket()
        one.setblocking(False)
        one.bind(('127.1.%d.%d' % (number // 250, number % 250 + 1), 0))
        one.connect_ex(('127.0.0.1', port))
        sockets[number], at[number] = one, 0
        selector.register(one, selectors.EVENT_READ, number)

    for number in range(count):
        connect(number)
        if number % 200 == 199:
            time.sleep(0.05)
    greeted, thrown, turn = set(), 0, 0
    while not ended.is_set():
        begin = time.monotonic()
        for part in range(10):
            for number in range(part, count, 10):
                if number in greeted:
                    try:
                        sockets[number].send(SLOW_TEXT[at[number] % len(SLOW_TEXT):][:1])
                        at[number] += 1
                    except OSError:
                        pass
            for key, _ in selector.select(0):
                try:
                    data = key.fileobj.recv(4096)
                except OSError:
                    data = b''
                if data:
                    greeted.add(key.data)
                    continue
                selector.unregister(key.fileobj)
                key.fileobj.close()
                greeted.discard(key.data)
                thrown += 1
                connect(key.data)
            time.sleep(max(0, begin + (part + 1) / 10 - time.monotonic()))
        turn += 1
        if len(greeted) >= count or turn >= 10:
            ready.set()
    report.put(('slow clients served at the end', len(greeted)))
    report.put(('slow clients thrown out', thrown))


def greedy_clients(port, count, ended, report):
    """Send mail without pause, some 40 of an address; refused or thrown out, they come back at once."""
    os.nice(10)
    selector, refused, sent = selectors.DefaultSelector(), 0, 0
    burst = b'EHLO greedy.example\r\n' + (b'MAIL FROM:<a@example.org>\r\nRCPT TO:<greedy@example.net>\r\nRSET\r\n' * 20)

    def connect(number):
        one = socket.socket()
        one.setblocking(False)
        one.bind(('127.2.0.%d' % (number // 40 + 1), 0))
        one.connect_ex(('127.0.0.1', port))
        selector.register(one, selectors.EVENT_READ, number)

    for number in range(count):
        connect(number)
    while not ended.is_set():
        for key, _ in selector.select(0.1):
            try:
                data = key.fileobj.recv(65536)
                refused += data.startswith(b'4') + data.count(b'\n4')
                if data:
                    key.fileobj.send(burst)
                    sent += 1
                    continue
            except OSError:
                pass
            selector.unregister(key.fileobj)
            key.fileobj.close()
            connect(key.data)
    report.put(('bursts of greedy clients', sent))
    report.put(('refusals they got', refused))


def sink(port, ready):
    """A next hop that takes mail at once; one process, so that it costs the server little."""
    selector, buffers = selectors.DefaultSelector(), {}
    listener = socket.create_server(('127.0.0.1', port), backlog=500)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ)
    ready.set()
    while True:
        for key, _ in selector.select():
            one = key.fileobj
            if one is listener:
                connection, _ = listener.accept()
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.send(b'220 sink\r\n')
                selector.register(connection, selectors.EVENT_READ)
                buffers[connection] = [b'', False]
                continue
            try:
                data = one.recv(65536)
            except OSError:
                data = b''
            if not data:
                selector.unregister(one)
                one.close()
                continue
            buffer, in_data = buffers[one]
            *lines, rest = (buffer + data).split(b'\r\n')
            out = b''
            for line in lines:
                if in_data:
                    if line == b'.':
                        in_data, out = False, out + b'250 ok\r\n'
                elif line[:4] == b'DATA':
                    in_data, out = True, out + b'354 go\r\n'
                elif line[:4] == b'EHLO':
                    out += b'250-sink\r\n250 PIPELINING\r\n'
                else:
                    out += b'221 bye\r\n' if line[:4] == b'QUIT' else b'250 ok\r\n'
            buffers[one] = [rest, in_data]
            if out:
                one.send(out)


def normal_mail(port, seconds):
    """Ten messages a second, each in a session of its own: seconds from connect to the 250, each."""
    took, begin, number = [], time.monotonic(), 0
    while time.monotonic() < begin + seconds:
        number += 1
        started = time.monotonic()
        with Client(port, source='127.0.0.2') as client:
            client.message('a@example.org', ['normal@example.net'], MESSAGE)
            took.append(time.monotonic() - started)
            client.command('QUIT')
        time.sleep(max(0, begin + number / 10 - time.monotonic()))
    return sorted(took)


def percentile(times, part):
    return times[min(len(times) - 1, int(len(times) * part))] * 1000


def say(what, times):
    print('%-10s %4d messages, median %6.1f ms, 95th percentile %6.1f ms, 99th %6.1f ms, longest %6.1f ms' % (
        what, len(times), percentile(times, 0.5), percentile(times, 0.95), percentile(times, 0.99), times[-1] * 1000), flush=True)


def used(relay):
    with open('/proc/%d/status' % relay.server_pid()) as status:
        resident = next(line.split()[1] for line in status if line.startswith('VmRSS'))
    with open('/proc/%d/stat' % relay.server_pid()) as stat:
        fields = stat.read().rsplit(') ', 1)[1].split()
    processor = (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
    return '%d descriptors, %d MiB resident, %.1f s of processor so far; load of the machine %.1f' % (
        len(os.listdir('/proc/%d/fd' % relay.server_pid())), int(resident) // 1024, processor, os.getloadavg()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--slow', type=int, default=5000)
    parser.add_argument('--greedy', type=int, default=200)
    parser.add_argument('--seconds', type=int, default=40)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    next_hop, port_ready = place.free_port(), multiprocessing.Event()
    taker = multiprocessing.Process(target=sink, args=(next_hop, port_ready), daemon=True)
    taker.start()
    port_ready.wait(10)
    settings = {'relayhost': '[127.0.0.1]:%d' % next_hop, 'mynetworks': '127.0.0.0/8', 'smtpd_client_event_limit_exceptions': '127.0.0.2', 'smtpd_peername_lookup': 'no',
                'default_process_limit': str(options.slow + 1000), 'smtpd_client_connection_count_limit': '20', 'smtpd_client_message_rate_limit': '100',
                'smtpd_client_connection_rate_limit': '200'}
    with Relay(settings) as relay:
        normal_mail(relay.port, 2)
        alone = normal_mail(relay.port, options.seconds)
        say('alone', alone)
        print('so far: %s' % used(relay), flush=True)
        ready, ended, report = multiprocessing.Event(), multiprocessing.Event(), multiprocessing.Queue()
        crowd = [multiprocessing.Process(target=slow_clients, args=(relay.port, options.slow, ready, ended, report), daemon=True),
                 multiprocessing.Process(target=greedy_clients, args=(relay.port, options.greedy, ended, report), daemon=True)]
        for one in crowd:
            one.start()
        ready.wait(60)
        print('the crowd is here: %s' % used(relay), flush=True)
        crowded = normal_mail(relay.port, options.seconds)
        say('overloaded', crowded)
        print('still: %s' % used(relay))
        ended.set()
        for _ in range(4):
            print('%s: %d' % report.get(timeout=30))
        print('ratio of the 99th percentiles: %.1f' % (percentile(crowded, 0.99) / percentile(alone, 0.99)), flush=True)
        for one in crowd:
            one.terminate()
    taker.terminate()


main()
