"""Address verification: reject_unverified_sender and reject_unverified_recipient, with real next hops."""
import re

from kit import place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

RECIPIENTS = {'smtpd_recipient_restrictions': 'reject_unauth_destination, reject_unverified_recipient', 'relay_domains': 'far.example', 'unverified_recipient_reject_code': '550',
              'mynetworks': '127.0.0.77/32'}
UNKNOWN = {'RCPT TO:<gone@': '550 5.1.1 no such user'}
CONTENT = b'Subject: t\r\n\r\nhello\r\n'


def relay_to(sink, main, **more):
    return Relay(dict(main, relayhost='[127.0.0.1]:%d' % sink.port), **more)


def asked(sink, command):
    return sum(c.startswith(command) for c in sink.commands)


def test_a_recipient_is_asked_for_once_and_mail_only_goes_to_those_who_exist():
    with Sink(replies=UNKNOWN) as sink, relay_to(sink, RECIPIENTS) as relay:
        for _ in range(2):
            with Client(relay.port) as client:
                client.command('MAIL FROM:<a@example.org>', 250)
                client.command('RCPT TO:<fine@far.example>', 250)
                refused = client.command('RCPT TO:<gone@far.example>', 550)
                assert refused.text.startswith('550 5.1.1 <gone@far.example>: Recipient address rejected: undeliverable address: '
                                               'host 127.0.0.1[127.0.0.1] said: 550 5.1.1 no such user (in reply to RCPT TO command)'), refused
        assert asked(sink, 'RCPT TO:<gone@') == 1 and asked(sink, 'RCPT TO:<fine@') == 1 and not sink.messages, sink.commands
        assert asked(sink, 'MAIL FROM:<double-bounce@example.test>') == 2, sink.commands
        relay.wait_log(r'postfix/smtp\[\d+\]: [0-9A-F]+: to=<gone@far.example>, relay=127.0.0.1\[127.0.0.1\]:%d, .*status=undeliverable \(' % sink.port)
        relay.wait_log('to=<fine@far.example>.*status=deliverable \\(250 2.1.5 Ok\\)')
        with Client(relay.port) as client:
            client.message('a@example.org', ['fine@far.example'], CONTENT)
        assert sink.wait(1)[0].recipients == ['fine@far.example']
        assert relay.tool('postqueue', '-p') == 'Mail queue is empty\n' or relay.wait_log(': removed')


def test_answers_outlive_the_server_and_are_kept_beside_the_name_of_the_map():
    with Sink(replies=UNKNOWN) as sink, relay_to(sink, RECIPIENTS) as relay:
        with Client(relay.port) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<gone@far.example>', 550)
        relay.stop()
        with open(relay.folder + '/data/verify_cache.records', encoding='utf-8') as file:
            assert re.search(r'(?m)^address name=gone@far.example state=undeliverable updated=\d+ text=host', file.read())
        relay.start()
        with Client(relay.port) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<gone@far.example>', 550)
        assert asked(sink, 'RCPT TO:<gone@') == 1, sink.commands


def test_a_sender_who_cannot_be_answered_is_told_so():
    main = {'smtpd_sender_restrictions': 'reject_unverified_sender', 'unverified_sender_reject_code': '550', 'address_verify_map': '', 'address_verify_sender': '<>'}
    with Sink(replies=UNKNOWN) as sink, relay_to(sink, main) as relay, Client(relay.port) as client:
        client.command('MAIL FROM:<gone@far.example>', 250)
        refused = client.command('RCPT TO:<x@example.net>', 550)
        assert refused.text.startswith('550 5.1.7 <gone@far.example>: Sender address rejected: undeliverable address: host'), refused
        client.command('RSET', 250)
        client.message('fine@far.example', ['x@example.net'], CONTENT)
        client.message('', ['x@example.net'], CONTENT)
        assert {m.mail.split()[1] for m in sink.wait(2)} == {'FROM:<fine@far.example>', 'FROM:<>'}, sink.messages
        assert asked(sink, 'RCPT TO:<fine@far.example>') == 1


def test_a_next_hop_that_is_down_means_come_back_later():
    port = place.free_port()
    with Relay(dict(RECIPIENTS, relayhost='[127.0.0.1]:%d' % port, address_verify_negative_cache='no')) as relay:
        with Client(relay.port) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            refused = client.command('RCPT TO:<x@far.example>', 450)
            assert refused.text == ('450 4.1.1 <x@far.example>: Recipient address rejected: unverified address: '
                                    'connect to 127.0.0.1[127.0.0.1]:%d: Connection refused' % port), refused
        relay.wait_log('to=<x@far.example>.*status=undeliverable')


def test_a_session_that_may_not_wait_finds_the_answer_when_it_comes_back():
    with Sink() as sink, relay_to(sink, dict(RECIPIENTS, address_verify_poll_count='1')) as relay:
        with Client(relay.port) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            refused = client.command('RCPT TO:<x@far.example>', 450)
            assert refused.text.endswith('unverified address: Address verification in progress'), refused
            relay.wait_log('to=<x@far.example>.*status=deliverable')
            client.command('RCPT TO:<x@far.example>', 250)


def test_many_sessions_that_ask_at_once_share_one_probe():
    with Sink() as sink, relay_to(sink, RECIPIENTS) as relay:
        clients = [Client(relay.port) for _ in range(8)]
        for client in clients:
            client.command('MAIL FROM:<a@example.org>', 250)
        for client in clients:
            client.send(b'RCPT TO:<x@far.example>\r\n')
        assert [client.reply().code for client in clients] == [250] * 8
        assert asked(sink, 'RCPT TO:<x@far.example>') == 1, sink.commands


def test_probes_may_go_another_way_than_mail():
    with Sink(replies=UNKNOWN) as probes, Sink() as sink:
        main = dict(RECIPIENTS, address_verify_transport_maps='inline:{far.example=smtp:[127.0.0.1]:%d}' % probes.port)
        with relay_to(sink, main) as relay, Client(relay.port) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<gone@far.example>', 550)
            client.command('RSET', 250)
            client.message('a@example.org', ['fine@far.example'], CONTENT)
            assert sink.wait(1)[0].recipients == ['fine@far.example'] and not probes.messages


def test_who_asks_for_the_sender_of_our_probes_is_not_turned_away():
    main = dict(RECIPIENTS, smtpd_recipient_restrictions='reject_unauth_destination, reject_unlisted_recipient, reject_unverified_recipient', mydestination='example.test', local_recipient_maps='inline:{nobody=x}', address_verify_sender='probe', address_verify_sender_ttl='1h')
    with Sink() as sink, relay_to(sink, main) as relay, Client(relay.port) as client:
        client.command('MAIL FROM:<a@example.org>', 250)
        client.command('RCPT TO:<x@far.example>', 250)
        sender = re.search(r'MAIL FROM:<(probe[0-9B-Z]+@example.test)>', '\n'.join(sink.commands))[1]
        client.command('RSET', 250)
        client.command('MAIL FROM:<>', 250)
        client.command('RCPT TO:<%s>' % sender, 250)
        client.command('RCPT TO:<probe@example.test>', 550)
        client.command('RCPT TO:<probeBCD@example.test>', 550)
