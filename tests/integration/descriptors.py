"""A server with few file descriptors and many clients."""
import os

from kit import place
from kit.client import Client
from kit.crowd import Crowd
from kit.relay import Relay
from kit.sink import Sink

DESCRIPTORS, SESSIONS, CLIENTS = 240, 120, 200


def descriptors(relay):
    return len(os.listdir('/proc/%d/fd' % relay.server_pid()))


def processor_seconds(relay):
    with open('/proc/%d/stat' % relay.server_pid()) as file:
        fields = file.read().rsplit(') ', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def test_clients_wait_for_descriptors_while_mail_leaves():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'default_process_limit': '1000', 'minimal_backoff_time': '1s', 'maximal_backoff_time': '1s'},
                               within=['prlimit', '--nofile=%d:%d' % (DESCRIPTORS, DESCRIPTORS)]) as relay:
        sink.replies['RCPT TO:<later@'] = ['451 4.2.0 not yet', '451 4.2.0 not yet', '451 4.2.0 not yet']
        with Client(relay.port) as early:
            crowd = Crowd(relay.port, CLIENTS)
            place.wait_until(lambda: crowd.listen(0.1) == SESSIONS - 1, 'as many clients as may be are served')
            relay.wait_log('warning: %d clients are served at a time, no more, because there are %d file descriptors' % (SESSIONS, DESCRIPTORS))
            used = processor_seconds(relay)
            # A new connection to the next hop each time: the sink gives the old one up.
            early.message('a@example.org', ['x%d@example.net' % n for n in range(20)], b'Subject: t\r\n\r\nhello\r\n')
            early.message('a@example.org', ['later@example.net'], b'Subject: t\r\n\r\nhello\r\n')
            sink.wait(lambda messages: any('later@example.net' in m.recipients for m in messages))  # three seconds later
            assert crowd.listen() == SESSIONS - 1, 'more clients than descriptors for them'
            assert descriptors(relay) < DESCRIPTORS - 20, 'no descriptors left for deliveries'
            assert processor_seconds(relay) - used < 1, 'the server is busy with clients it cannot serve'
            relay.tool('postqueue', '-p')
            crowd.leave()
        with Client(relay.port) as late:
            late.message('a@example.org', ['late@example.net'], b'Subject: t\r\n\r\nhello\r\n')
        sink.wait(lambda messages: any('late@example.net' in m.recipients for m in messages))
        assert 'Too many open files' not in relay.log()


def test_each_session_that_ends_lets_the_next_client_in():
    with Relay({'default_process_limit': '1000'}, within=['prlimit', '--nofile=%d:%d' % (DESCRIPTORS, DESCRIPTORS)]) as relay:
        crowd = Crowd(relay.port, CLIENTS)
        place.wait_until(lambda: crowd.listen(0.1) == SESSIONS, 'as many clients as may be are served')
        for one in crowd.greeted[:CLIENTS - SESSIONS]:
            one.close()
        place.wait_until(lambda: crowd.listen(0.1) == CLIENTS, 'those who waited are served')
        crowd.leave()
