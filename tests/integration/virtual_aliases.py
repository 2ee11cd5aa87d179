"""virtual_alias_maps: mail for an alias goes to those whom it stands for."""
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

TABLE = '''team@alias.example ann@example.net, bob@example.net
all@alias.example team@alias.example, carol@example.net
info@box.example joe@box.example
round@alias.example about@alias.example
about@alias.example round@alias.example
'''
MESSAGE = b'From: a@example.org\r\nSubject: t\r\n\r\nhello\r\n'


def settings(sink, **more):
    return dict({'relayhost': '[127.0.0.1]:%d' % sink.port, 'virtual_alias_domains': 'alias.example', 'virtual_alias_maps': 'texthash:@folder@/virtual'}, **more)


def test_an_alias_is_everybody_whom_it_stands_for_and_each_gets_it_once():
    with Sink() as sink, Relay(settings(sink), files={'virtual': TABLE}) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['all@alias.example', 'all@alias.example', 'x@example.net'], MESSAGE)
        assert sorted(sink.wait(1)[0].recipients) == ['ann@example.net', 'bob@example.net', 'carol@example.net', 'x@example.net'], sink.messages
        relay.wait_log('to=<carol@example.net>, orig_to=<all@alias.example>')
        relay.tool('sendmail', '-f', 'me@example.org', 'team@alias.example', text='Subject: local\n\nhello\n')
        assert sorted(sink.wait(2)[1].recipients) == ['ann@example.net', 'bob@example.net']


def test_a_circle_is_for_later_and_an_unknown_alias_is_refused():
    with Sink() as sink, Relay(settings(sink), files={'virtual': TABLE}) as relay:
        with Client(relay.port) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            assert client.command('RCPT TO:<who@alias.example>').text.startswith('550 5.1.1 <who@alias.example>: Recipient address rejected: User unknown in virtual alias table')
            client.command('RCPT TO:<round@alias.example>', 250)
            client.command('DATA', 354)
            client.socket.sendall(MESSAGE + b'.\r\n')
            assert client.reply().text.startswith('451 4.6.0 Alias expansion error')
        relay.wait_log('unreasonable virtual_alias_maps map nesting for round@alias.example -- message not accepted, try again later')
        assert not sink.messages


def test_a_row_without_address_mappings_leaves_aliases_alone():
    with Sink() as sink, Relay(settings(sink, virtual_alias_domains='', mynetworks='127.0.0.0/8'), files={'virtual': TABLE},
                               services={'back': {'receive_override_options': 'no_address_mappings'}}) as relay:
        for port in (relay.port, relay.ports['back']):
            with Client(port) as client:
                client.message('a@example.org', ['team@alias.example'], MESSAGE)
        got = sorted(tuple(sorted(message.recipients)) for message in sink.wait(2))
        assert got == [('ann@example.net', 'bob@example.net'), ('team@alias.example',)], got


def test_a_probe_asks_for_whom_the_alias_stands():
    refused = {'RCPT TO:<ann@': '550 5.1.1 nobody here'}
    with Sink(replies=refused) as sink:
        main = settings(sink, virtual_alias_domains='', smtpd_relay_restrictions='reject_unverified_recipient, permit_mynetworks, reject', address_verify_poll_count='10', address_verify_poll_delay='1s')
        with Relay(main, files={'virtual': 'team@example.com ann@example.net\nlist@example.com bob@example.net\n'}) as relay:
            with Client(relay.port) as client:
                client.command('MAIL FROM:<a@example.org>', 250)
                assert 'nobody here' in client.command('RCPT TO:<team@example.com>').text
                client.command('RCPT TO:<list@example.com>', 250)
