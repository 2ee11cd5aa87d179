"""Handshakes that are not needed: sessions that are resumed, connections that are kept, towards the client and towards the next hop."""
import os

from integration.server_tls import Certificates, talk
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

TEXT = b'Subject: t\r\n\r\nhello\r\n'


def send(relay, count):
    for number in range(1, count + 1):
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], TEXT)
        relay.wait_log('status=sent', number)


def test_a_client_resumes_its_session_with_every_version_of_tls():
    with Certificates() as made, Relay(made.settings()) as relay:
        for version in ('-tls1_2', '-tls1_3'):
            session = os.path.join(made.folder, 'session' + version)
            assert 'New, ' in talk(relay, version, '-sess_out', session), version
            said = talk(relay, version, '-sess_in', session)
            assert 'Reused, ' in said, (version, said)


def test_each_new_connection_to_a_next_hop_resumes_the_session_of_the_one_before():
    with Certificates() as made, Sink(tls='starttls', certificate=(made.cert, made.key)) as sink:
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'smtp_tls_security_level': 'encrypt', 'smtp_connection_cache_on_demand': 'no'}) as relay:
            send(relay, 4)
            resumed = [message.resumed for message in sink.wait(4)]
            assert resumed == [False, True, True, True], resumed
            assert sink.commands.count('STARTTLS') == 4, sink.commands


def test_a_connection_with_tls_is_kept_for_the_next_message():
    with Certificates() as made, Sink(tls='starttls', certificate=(made.cert, made.key)) as sink:
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'smtp_tls_security_level': 'encrypt', 'smtp_connection_cache_destinations': '127.0.0.1',
                    'smtp_connection_cache_time_limit': '100s', 'connection_cache_ttl_limit': '100s'}) as relay:
            send(relay, 4)
            assert all(message.tls for message in sink.wait(4))
            assert sink.commands.count('STARTTLS') == 1, sink.commands
