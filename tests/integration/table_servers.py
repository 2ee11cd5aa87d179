"""Tables that ask other programs: found, absent and unknown, by the server and by postmap -q."""
import contextlib
import os
import socketserver
import sqlite3
import threading

from kit import place
from kit.client import Client
from kit.relay import Relay


class TableServer(socketserver.ThreadingTCPServer):
    """Answers each request with what `answer(key)` makes of it; or never does, or hangs up. Counts its connections."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, protocol, answers):
        self.port, self.protocol, self.answers, self.connections = place.free_port(), protocol, answers, 0
        super().__init__(('127.0.0.1', self.port), Conversation)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.connections += 1
        with contextlib.suppress(OSError):
            while True:
                key = getattr(self, 'read_' + self.server.protocol)()
                if key is None:
                    return
                answer = self.server.answers.get(key)
                if answer == 'silence':
                    self.rfile.read(1)
                    return
                if answer == 'hang up':
                    return
                self.wfile.write(getattr(self, 'write_' + self.server.protocol)(key, answer))

    def read_socketmap(self):
        digits = b''
        while not digits.endswith(b':'):
            byte = self.rfile.read(1)
            if not byte:
                return None
            digits += byte
        name, _, key = self.rfile.read(int(digits[:-1]) + 1)[:-1].decode().partition(' ')
        assert name == 'people', name
        return key

    def write_socketmap(self, _, answer):
        text = b'NOTFOUND ' if answer is None else b'TEMP broken' if answer == 'broken' else b'OK ' + answer.encode()
        return b'%d:%s,' % (len(text), text)

    def read_tcp(self):
        line = self.rfile.readline().decode().strip()
        return line[4:].replace('%20', ' ') if line else None

    def write_tcp(self, _, answer):
        return b'500 none\n' if answer is None else b'400 broken\n' if answer == 'broken' else b'200 %s\n' % answer.replace(' ', '%20').encode()

    def read_memcache(self):
        line = self.rfile.readline().decode().split()
        if not line:
            return None
        if line[0] == 'set':
            self.server.answers[line[1]] = self.rfile.read(int(line[4]) + 2)[:-2].decode()
            return 'set'
        return line[1]

    def write_memcache(self, key, answer):
        if key == 'set':
            return b'STORED\r\n'
        if answer == 'broken':
            return b'SERVER_ERROR broken\r\n'
        return b'END\r\n' if answer is None else b'VALUE %s 0 %d\r\n%s\r\nEND\r\n' % (key.encode(), len(answer), answer.encode())


def rcpt(client, address):
    """What RCPT says, in a transaction of its own."""
    client.command('RSET', 250)
    client.command('MAIL FROM:<a@b.example>', 250)
    return client.command('RCPT TO:<%s>' % address).text


def settings(table):
    return {'relay_domains': 'x.example', 'relay_recipient_maps': table, 'relayhost': '[127.0.0.1]:9', 'mynetworks': '',
            'smtpd_relay_restrictions': 'reject_unauth_destination', 'smtpd_reject_unlisted_recipient': 'yes'}


def check_answers(relay, table, unknown=('broken@x.example', 'gone@x.example')):
    with Client(relay.port) as client:
        assert rcpt(client, 'joe@x.example').startswith('250'), relay.log()
        assert rcpt(client, 'nobody@x.example').startswith('550 5.1.1'), relay.log()
        for address in unknown:
            said = rcpt(client, address)
            assert said.startswith('451 4.3.0'), said
    assert relay.tool('postmap', '-q', 'joe@x.example', table) == 'found it\n'
    assert relay.tool('postmap', '-q', 'nobody@x.example', table, check=False) == ''
    assert relay.tool('postmap', '-q', '-', table, text='joe@x.example\nnobody@x.example\n') == 'joe@x.example\tfound it\n'


ANSWERS = {'joe@x.example': 'found it', 'broken@x.example': 'broken', 'gone@x.example': 'hang up'}


def check_wire(protocol, spec, files=None):
    with TableServer(protocol, dict(ANSWERS)) as server:
        table = spec.replace('PORT', str(server.port))
        files = {name: text.replace('PORT', str(server.port)) for name, text in (files or {}).items()}
        with Relay(settings(table), files=files) as relay:
            table = relay.fill(table)
            check_answers(relay, table)
            with Client(relay.port) as client:
                before = server.connections
                for _ in range(10):
                    assert rcpt(client, 'joe@x.example').startswith('250')
                assert server.connections <= before + 1, (server.connections, before)
                server.shutdown()
                server.server_close()
                server.answers['jane@x.example'] = 'hang up'
                said = rcpt(client, 'jane@x.example')
                assert said.startswith('451 4.3.0'), said


def test_socketmap_servers_are_asked():
    check_wire('socketmap', 'socketmap:inet:127.0.0.1:PORT:people')


def test_tcp_servers_are_asked():
    check_wire('tcp', 'tcp:127.0.0.1:PORT')


def test_memcache_servers_are_asked_and_slow_ones_given_up():
    check_wire('memcache', 'memcache:@folder@/m.cf', {'m.cf': 'memcache = inet:127.0.0.1:PORT\ntimeout = 2\n'})
    with TableServer('memcache', {'slow@x.example': 'silence', 'joe@x.example': 'found it'}) as server:
        with Relay(settings('memcache:@folder@/m.cf'), files={'m.cf': 'memcache = inet:127.0.0.1:%d\ntimeout = 1\n' % server.port}) as relay:
            with Client(relay.port) as client:
                assert rcpt(client, 'slow@x.example').startswith('451 4.3.0')
                assert rcpt(client, 'joe@x.example').startswith('250')


def test_the_backup_of_memcache_fills_it():
    with TableServer('memcache', {}) as server:
        files = {'m.cf': 'memcache = inet:127.0.0.1:%d\nbackup = texthash:@folder@/people\n' % server.port, 'people': 'joe@x.example found it\n'}
        with Relay(settings('memcache:@folder@/m.cf')) as relay:
            for name, text in files.items():
                place.write(os.path.join(relay.folder, name), relay.fill(text))
            table = relay.fill('memcache:@folder@/m.cf')
            assert relay.tool('postmap', '-q', 'joe@x.example', table) == 'found it\n'
            assert server.answers == {'joe@x.example': 'found it'}
            assert relay.tool('postmap', '-q', 'joe@x.example', table) == 'found it\n'


def test_sqlite_databases_are_asked_and_may_come_and_go():
    folder = place.private_folder('sqlite')
    path = os.path.join(folder, 'people.db')

    def make(name, value):
        with contextlib.closing(sqlite3.connect(name)) as database:
            database.executescript("CREATE TABLE people (k TEXT, v TEXT); INSERT INTO people VALUES ('joe@x.example', '%s')" % value)
        os.chmod(name, 0o644)
    make(path, 'found it')
    files = {'s.cf': "dbpath = %s\nquery = SELECT v FROM people WHERE k = '%%s' AND '%%d' <> ''\ndomain = x.example\n" % path}
    with Relay(settings('sqlite:@folder@/s.cf'), files=files) as relay:
        check_answers(relay, relay.fill('sqlite:@folder@/s.cf'), unknown=())
        with Client(relay.port) as client:
            os.rename(path, path + '.away')
            assert rcpt(client, 'joe@x.example').startswith('451 4.3.0')
            os.rename(path + '.away', path)
            assert rcpt(client, 'joe@x.example').startswith('250')
            with contextlib.closing(sqlite3.connect(path)) as database:
                database.executescript("INSERT INTO people VALUES ('new@x.example', 'x'); DELETE FROM people WHERE k = 'joe@x.example'")
            assert rcpt(client, 'joe@x.example').startswith('550')
            assert rcpt(client, 'new@x.example').startswith('250')


def test_settings_of_a_table_may_stand_in_main_cf():
    folder = place.private_folder('sqlite')
    path = os.path.join(folder, 'people.db')
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript("CREATE TABLE people (k TEXT, v TEXT); INSERT INTO people VALUES ('joe@x.example', 'found it'), ('ann@x.example', 'REJECT hers')")
    os.chmod(path, 0o644)
    main = dict(settings('proxy:sqlite:people'), wanted='joe@x.example', people_dbpath=path, people_query="SELECT v FROM people WHERE k = '%s' AND k = '$wanted'")
    with Relay(main, services={'hers': {'wanted': 'ann@x.example', 'smtpd_recipient_restrictions': 'check_recipient_access sqlite:people, permit'}}) as relay:
        check_answers(relay, 'sqlite:people', unknown=())
        assert 'unused' not in relay.log() + relay.tool('postconf', '-n')
        # A service's own settings make a table of its own.
        with Client(relay.ports['hers']) as client:
            client.command('MAIL FROM:<a@b.example>', 250)
            said = client.command('RCPT TO:<ann@x.example>').text
            assert said.startswith('554 5.7.1') and 'hers' in said, (said, relay.log())


def test_environ_shows_what_import_environment_lets_through():
    main = dict(settings('environ:'), import_environment='joe@x.example=here')
    with Relay(main) as relay:
        with Client(relay.port) as client:
            assert rcpt(client, 'joe@x.example').startswith('250')
            assert rcpt(client, 'home@x.example').startswith('550')
        assert relay.tool('postmap', '-f', '-q', 'MAIL_CONFIG', 'environ:') == relay.folder + '\n'


def test_cdb_tables_are_made_and_read_again_when_they_change():
    with Relay(settings('cdb:@folder@/people'), files={'people': 'joe@x.example found it\n'}) as relay:
        table = relay.fill('cdb:@folder@/people')
        relay.tool('postmap', table)
        check_answers(relay, table, unknown=())
        place.write(os.path.join(relay.folder, 'people'), 'jane@x.example found it\n')
        relay.tool('postmap', table)
        with Client(relay.port) as client:
            assert rcpt(client, 'jane@x.example').startswith('250')
            assert rcpt(client, 'joe@x.example').startswith('550')
