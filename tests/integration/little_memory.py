"""A server whose memory is limited, and more large messages at once than fit."""
import os
import re
import subprocess

from kit import place
from kit.client import Client
from kit.crowd import Crowd
from kit.relay import Relay
from kit.sink import Sink

MEMORY, CLIENTS = 600 << 20, 900
CONTENT = b'Subject: t\r\n\r\n' + (b'x' * 98 + b'\r\n') * 2500  # four blocks of the spool: as much as is held back at most


def begin(client, name):
    client.command('EHLO client.example', 250)
    client.command('MAIL FROM:<a@example.org>', 250)
    client.command('RCPT TO:<%s@example.net>' % name, 250)
    client.command('DATA', 354)
    client.send(CONTENT)


def test_more_large_messages_than_memory_holds_wait_and_none_is_lost():
    if place.has_sanitizer():
        raise place.Skip('a sanitizer takes more address space than the limit has; POSTHOUSE_BIN=build/release/bin tests without')
    with Sink(keep=False) as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'mynetworks': '127.0.0.0/8', 'default_process_limit': '10000', 'smtpd_client_connection_count_limit': '0'},
                                         within=['prlimit', '--as=%d' % MEMORY]) as relay:
        crowd = Crowd(relay.port, CLIENTS)
        line = relay.wait_log('warning: .* clients are served at a time, no more, because there are .* MiB of memory')[0]
        served = int(re.search(r'(\d+) clients are served', line)[1])
        assert 50 < served < CLIENTS, line
        done, accepted = set(), 0
        while len(done) < CLIENTS:
            place.wait_until(lambda: crowd.listen(0.1) == min(len(done) + served, CLIENTS), 'the next clients are served')
            clients = [Client.of(one) for one in crowd.greeted if one not in done]
            done.update(crowd.greeted)
            # All have sent nearly all before the first ends.
            for number, client in enumerate(clients):
                begin(client, 'x%d' % (accepted + number))
            for client in clients:
                client.send(b'.\r\n')
            for client in clients:
                assert client.reply().code == 250
                client.socket.close()
            accepted += len(clients)
        sink.wait(lambda messages: {m.recipients[0] for m in messages} >= {'x%d@example.net' % n for n in range(CLIENTS)})
        assert 'bad_alloc' not in relay.log()


def test_a_server_without_memory_for_another_thread_still_stops_in_order():
    if place.has_sanitizer():
        raise place.Skip('a sanitizer takes address space of its own for every thread')
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
            sink.wait(1)
            with open('/proc/%d/status' % relay.server_pid()) as status:
                facts = status.read()
            now, user, group = (int(re.search(what + r':\s+(\d+)', facts)[1]) for what in ('VmSize', 'Uid', 'Gid'))
            # As the user that it became: only that one may change its limits everywhere.
            who = {'user': user, 'group': group, 'extra_groups': []} if os.getuid() == 0 else {}
            subprocess.run(['prlimit', '--pid', str(relay.server_pid()), '--as=%d' % ((now + 1024) << 10)], check=True, **who)
            relay.stop()
            assert client.reply().code == 421
