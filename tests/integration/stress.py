"""The process limit of an smtpd service, stress (STRESS_README), and limits by client under a flood."""
import select

from kit import place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

PROBE = {'smtpd_client_event_limit_exceptions': ''}


def greeted(port, source):
    """A client that says nothing after the greeting."""
    return Client(port, source=source, greet=False)


def first_greeted(clients):
    """The client of these that the server speaks to first."""
    readable, _, _ = select.select([client.socket for client in clients], [], [], 60)
    assert readable, 'nobody was greeted within a minute'
    return next(client for client in clients if client.socket in readable)


def test_a_service_at_its_process_limit_is_under_stress_and_new_sessions_are_on_short_allowance():
    with Relay(services={'small': {'smtpd_client_restrictions': 'check_client_access static:{${stress?{DEFER we are busy}:{DUNNO}}}'}},
               main={'default_process_limit': '3'}) as relay:
        port = relay.ports['small']
        first = [greeted(port, '127.0.2.%d' % n) for n in range(2)]
        for client in first:
            client.reply()
            client.command('EHLO client.example', 250)
            assert client.command('MAIL FROM:<a@example.org>').code == 250
        with greeted(port, '127.0.2.9') as third:
            assert third.reply().code == 220
            third.command('EHLO client.example', 250)
            third.command('MAIL FROM:<a@example.org>', 250)
            # The access list sees stress, and this is the one error that smtpd_hard_error_limit allows then.
            assert 'we are busy' in third.command('RCPT TO:<x@example.net>').text
            assert 'too many errors' in third.reply().text
        relay.wait_log(r'warning: service "%d" \(%d\) has reached its process limit "3": new clients may experience noticeable delays' % (port, port))
        first[0].command('NOOP', 250)  # who was there before keeps what it began with
        first[0].command('XYZZY', 500)
        first[0].command('NOOP', 250)
        # The other service has places and stress of its own.
        with Client(relay.port) as other:
            other.command('XYZZY', 500)
            other.command('NOOP', 250)
        for client in first:
            client.socket.close()


def test_a_row_with_stress_of_its_own_is_not_changed():
    with Relay(services={'calm': {'stress': ''}, 'nervous': {'stress': 'yes'}}, main={'default_process_limit': '1'}) as relay:
        for _ in range(3):
            with Client(relay.ports['calm']) as client:
                client.command('XYZZY', 500)
                client.command('NOOP', 250)
        with Client(relay.ports['nervous']) as client:
            client.command('XYZZY')
            assert 'too many errors' in client.reply().text


def test_clients_beyond_the_process_limit_wait_and_are_served_in_time():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'default_process_limit': '2'}) as relay:
        held = [Client(relay.port) for _ in range(2)]
        waiting = [greeted(relay.port, '127.0.0.1') for _ in range(5)]
        held[0].command('NOOP', 250)
        for client in waiting:
            client.socket.setblocking(False)
            try:
                assert not client.socket.recv(1), 'more sessions than places'
            except BlockingIOError:
                pass
            client.socket.settimeout(60)
        for client in held:
            client.command('QUIT', 221)
            client.socket.close()
        # The cores take places as they come free, not in the order of the connections: who is greeted speaks.
        for number in range(5):
            client = first_greeted(waiting)
            waiting.remove(client)
            client.greeting = client.reply()
            client.command('EHLO client.example', 250)
            client.message('a@example.org', ['x%d@example.net' % number], b'Subject: t\r\n\r\nhello\r\n')
            client.command('QUIT', 221)
            client.socket.close()
        sink.wait(5)


def test_a_client_at_its_limit_takes_no_places_of_others():
    with Sink() as sink, Relay(dict(PROBE, mynetworks='127.0.0.0/8', relayhost='[127.0.0.1]:%d' % sink.port, default_process_limit='20', smtpd_client_connection_count_limit='10')) as relay:
        flood = [greeted(relay.port, '127.0.3.1') for _ in range(60)]
        replies = [client.reply() for client in flood]
        assert sorted(reply.code for reply in replies) == [220] * 10 + [421] * 50
        assert all('4.7.0 relay.example.test Error: too many connections from 127.0.3.1' in r.text for r in replies if r.code == 421)
        relay.wait_log(r'warning: Connection concurrency limit exceeded: \d+ from \S+\[127.0.3.1\] for service %d' % relay.port, 50)
        # The flood goes on: every one of these connections is refused while the others are served.
        for number in range(5):
            more = [greeted(relay.port, '127.0.3.1') for _ in range(20)]
            with Client(relay.port, source='127.0.4.%d' % (number + 1)) as other:
                other.message('a@example.org', ['x%d@example.net' % number], b'Subject: t\r\n\r\nhello\r\n')
            assert {client.reply().code for client in more} == {421}
            for client in more:
                client.socket.close()
        sink.wait(5)
        for client in flood:
            client.socket.close()
        # Its places come back to it, too.
        place.wait_until(lambda: greeted(relay.port, '127.0.3.1').reply().code == 220, 'the client is served again')


def refused_after(relay, source, accepted, say):
    """How `say(client)` is answered once `accepted` times it was answered well, from `source` and from another address."""
    with Client(relay.port, source=source) as client:
        for _ in range(accepted):
            assert say(client).code < 400
        refusal = say(client)
    with Client(relay.port, source='127.0.9.9') as other:
        assert say(other).code < 400
    return refusal.text


def test_rates_of_messages_recipients_and_logins_are_limited_for_each_client():
    # mynetworks has 127.0.0.1 only; the resolver of the test knows no names, which is all the same here.
    with Relay(dict(PROBE, mynetworks='127.0.0.0/8', smtpd_client_message_rate_limit='3', smtpd_client_recipient_rate_limit='6')) as relay:
        def mail(client):
            client.command('RSET')
            return client.command('MAIL FROM:<a@example.org>')

        def rcpt(client):
            return client.command('RCPT TO:<x@example.net>')

        assert '450 4.7.1 Error: too much mail from 127.0.5.1' in refused_after(relay, '127.0.5.1', 3, mail)
        with Client(relay.port, source='127.0.5.2') as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            for _ in range(6):
                client.command('RCPT TO:<x@example.net>', 250)
            assert '450 4.7.1 Error: too many recipients from 127.0.5.2' in rcpt(client).text
        relay.wait_log('warning: Message delivery request rate limit exceeded: 4 from')
        relay.wait_log('warning: Recipient address rate limit exceeded: 7 from')


def test_connection_rates_are_limited_for_each_client_except_the_excepted():
    with Relay({'smtpd_client_connection_rate_limit': '4', 'smtpd_client_event_limit_exceptions': '127.0.6.2'}) as relay:
        def codes(source, count):
            out = []
            for _ in range(count):
                with greeted(relay.port, source) as client:
                    out.append(client.reply().code)
            return out
        assert codes('127.0.6.1', 6) == [220] * 4 + [421] * 2
        assert codes('127.0.6.2', 6) == [220] * 6
        assert codes('127.0.6.3', 1) == [220]
        relay.wait_log('warning: Connection rate limit exceeded: 5 from')


def test_a_network_counts_as_one_client():
    with Relay(dict(PROBE, smtpd_client_ipv4_prefix_length='24', smtpd_client_connection_count_limit='3')) as relay:
        crowd = [greeted(relay.port, '127.0.7.%d' % n) for n in range(1, 6)]
        assert sorted(client.reply().code for client in crowd) == [220] * 3 + [421] * 2
        with greeted(relay.port, '127.0.8.1') as other:
            assert other.reply().code == 220
        for client in crowd:
            client.socket.close()
