"""Strangers who want to relay. One row is one recipient: what is sent, what must come. Everything that would leave for a
domain that is not ours is refused, however it is written; what is ours is taken, so that the rows can fail."""
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

DENIED, SYNTAX, TAKEN, UNKNOWN, EITHER = '554 5.7.1', '501 5.1.3', '250 2.1.5', '550 5.1.1', '5'

MATRIX = [
    # plain
    ('<x@example.net>', DENIED),
    ('<known@here.example>', TAKEN),
    ('<any@relayed.example>', TAKEN),
    ('<any@sub.relayed.example>', DENIED),
    # percent hack
    ('<x%example.net@here.example>', DENIED),
    ('<x%example.net%here.example@here.example>', DENIED),
    ('<x%example.net@relayed.example>', DENIED),
    ('<x%example.net>', DENIED),
    ('<x%example.net@[127.0.0.1]>', DENIED),
    ('<known%here.example@here.example>', TAKEN),
    ('<x%here.example@example.net>', DENIED),
    # source routes
    ('<@here.example:x@example.net>', DENIED),
    ('<@here.example,@relayed.example:x@example.net>', DENIED),
    ('<@example.net:known@here.example>', TAKEN),
    ('<@here.example:x%example.net@relayed.example>', DENIED),
    # two at signs, quoted or not
    ('<x@example.net@here.example>', DENIED),
    ('<x@example.net@relayed.example>', DENIED),
    ('<"x@example.net"@here.example>', DENIED),
    ('<"x@example.net"@relayed.example>', DENIED),
    ('<"x@example.net">', DENIED),
    ('<x\\@example.net@here.example>', DENIED),
    ('<x\\@example.net>', DENIED),
    ('<"x%example.net"@here.example>', DENIED),
    ('<"example.net!x"@here.example>', DENIED),
    ('<"x"@example.net>', DENIED),
    ('<"known@here.example"@example.net>', DENIED),
    ('<"\\x@example.net"@here.example>', DENIED),
    ('<"x@example.net"@[127.0.0.1]>', DENIED),
    # bang paths
    ('<example.net!x>', DENIED),
    ('<example.net!x@here.example>', DENIED),
    ('<example.net!x@relayed.example>', DENIED),
    ('<here.example!example.net!x>', DENIED),
    ('<here.example!example.net!x@here.example>', DENIED),
    ('<example.net!x%here.example@here.example>', DENIED),
    ('<here.example!known>', TAKEN),
    # address literals
    ('<x@[192.0.2.1]>', DENIED),
    ('<x@[IPv6:2001:db8::1]>', DENIED),
    ('<x@[127.0.0.2]>', DENIED),
    ('<x@[IPv6:::ffff:192.0.2.1]>', DENIED),
    ('<x@[here.example]>', SYNTAX),
    ('<x@192.0.2.1>', SYNTAX),
    ('<x@127.0.0.1>', SYNTAX),
    ('<x@2130706433>', SYNTAX),
    ('<known@[127.0.0.1]>', TAKEN),
    # empty domain, no domain
    ('<x@example.net@>', DENIED),
    ('<@here.example>', EITHER),
    ('<@>', EITHER),
    ('<x@.>', SYNTAX),
    ('<>', EITHER),
    ('<x@example.net@.>', SYNTAX),
    # dots
    ('<x@example.net.>', DENIED),
    ('<x@example.net..>', SYNTAX),
    ('<x@.example.net>', SYNTAX),
    ('<x@here.example.example.net>', DENIED),
    ('<x@example.net.here.example>', DENIED),
    ('<x@xhere.example>', DENIED),
    ('<known@here.example.>', TAKEN),
    ('<x%example.net.@here.example.>', DENIED),
    ('<known@HERE.Example>', TAKEN),
    # look-alikes and other UTF-8
    ('<x@h\u0435re.example>', DENIED),                         # Cyrillic e
    ('<x@here\u3002example>', DENIED),                         # ideographic full stop
    ('<x@here.example\u200b>', DENIED),                        # zero width space
    ('<x@\uff48ere.example>', DENIED),                         # fullwidth h
    ('<x@example.net\uff20here.example>', DENIED),             # fullwidth at sign
    ('<x\uff05example.net@relayed.example>', TAKEN),           # fullwidth percent: no operator to anybody
    ('<x@example.net\u2024here.example>', DENIED),             # one dot leader
    ('<\u202ex@example.net>', DENIED),                         # right-to-left override
    # characters that end something elsewhere
    ('<x@example.net(@here.example)>', DENIED),
    ('<x@example.net,known@here.example>', SYNTAX),
    ('<x@example.net;known@here.example>', SYNTAX),
    ('<x@example.net known@here.example>', SYNTAX),
    ('<x@example.net>known@here.example', SYNTAX),
    ('<known@here.example><x@example.net>', SYNTAX),
    ('<x@example.net\x00@here.example>', SYNTAX),
    ('<x@example.net\r@here.example>', SYNTAX),
    ('<x@example.net\t@here.example>', SYNTAX),
    ('<"x@example.net\x00"@here.example>', SYNTAX),
    ('<known@here.example> ORCPT=rfc822;x@example.net', TAKEN),
    ('known@here.example', TAKEN),
    ('x@example.net', DENIED),
    ('here.example <x@example.net>', '555 5.5.4'),
]

SETTINGS = {'mydestination': 'here.example', 'relay_domains': 'relayed.example', 'parent_domain_matches_subdomains': 'smtpd_access_maps',
            'mynetworks': '127.0.0.9/32', 'local_recipient_maps': 'inline:{known=here}', 'relay_recipient_maps': '', 'local_transport': 'smtp',
            'smtpd_relay_restrictions': 'permit_mynetworks, reject_unauth_destination', 'smtpd_error_sleep_time': '0',
            'smtpd_soft_error_limit': '1000', 'smtpd_hard_error_limit': '1000', 'smtpd_delay_reject': 'yes'}


def settings(sink, **more):
    return dict(SETTINGS, relayhost='[127.0.0.1]:%d' % sink.port, **more)


def answers(relay, rows):
    """One session for all rows; RSET between them, so that no row helps another."""
    wrong = []
    with Client(relay.port, source='127.0.0.7') as client:
        for recipient, expected in rows:
            client.command('RSET', 250)
            client.command('MAIL FROM:<a@example.org> SMTPUTF8' if not recipient.isascii() else 'MAIL FROM:<a@example.org>', 250)
            reply = client.command('RCPT TO:' + recipient)
            if not reply.text.startswith(expected):
                wrong.append('%r: %r, not %s' % (recipient, reply.text, expected))
    return wrong


def test_no_way_of_writing_an_address_relays_for_a_stranger():
    with Sink() as sink, Relay(settings(sink)) as relay:
        wrong = answers(relay, MATRIX)
        assert not wrong, '\n'.join(wrong)
        assert not sink.messages and not sink.commands, sink.commands


def test_nor_do_the_recipient_restrictions_alone_or_with_deferral():
    with Sink() as sink, Relay(settings(sink, smtpd_relay_restrictions='', smtpd_recipient_restrictions='permit_mynetworks, defer_unauth_destination'),
                               services={'auth': {'smtpd_recipient_restrictions': 'permit_auth_destination, reject'}}) as relay:
        rows = [(recipient, '454 4.7.1' if expected == DENIED else expected) for recipient, expected in MATRIX]
        wrong = answers(relay, rows)
        assert not wrong, '\n'.join(wrong)


def test_a_stranger_with_a_name_of_ours_or_a_sender_of_ours_is_still_a_stranger():
    with Sink() as sink, Relay(settings(sink)) as relay:
        for hello in ('localhost', 'relay.example.test', 'here.example', '[127.0.0.9]'):
            for sender in ('', 'known@here.example', 'postmaster@relay.example.test', 'double-bounce@here.example'):
                with Client(relay.port, source='127.0.0.7') as client:
                    client.command('EHLO ' + hello, 250)
                    client.command('MAIL FROM:<%s>' % sender, 250)
                    assert client.command('RCPT TO:<x@example.net>').text.startswith(DENIED), (hello, sender)
                    assert client.command('DATA').code == 554


def test_what_a_proxy_alone_may_say_helps_no_stranger():
    everywhere = {'trusting': {'mynetworks': '127.0.0.8, 0.0.0.0/0, [::]/0', 'smtpd_relay_restrictions': 'permit_inet_interfaces, permit_mynetworks, reject_unauth_destination'}}
    with Sink() as sink, Relay(settings(sink, smtpd_authorized_xclient_hosts='127.0.0.8', smtpd_authorized_xforward_hosts='127.0.0.8'), services=everywhere) as relay:
        proxied = relay.ports['trusting']
        with Client(relay.port, source='127.0.0.7') as client:
            assert client.command('XCLIENT ADDR=127.0.0.9').code == 550
            assert client.command('XFORWARD ADDR=127.0.0.9').code == 550
            client.command('MAIL FROM:<a@example.org> AUTH=known@here.example')
            client.command('RSET', 250)
            client.command('MAIL FROM:<a@example.org>', 250)
            assert client.command('RCPT TO:<x@example.net>').text.startswith(DENIED)
        for given in ('ADDR=[UNAVAILABLE]', 'ADDR=[UNAVAILABLE] NAME=[UNAVAILABLE] PORT=[UNAVAILABLE]'):  # nobody is not the proxy, which may relay
            with Client(proxied, source='127.0.0.8') as client:
                client.command('MAIL FROM:<a@example.org>', 250)
                client.command('RCPT TO:<x@example.net>', 250)
                client.command('RSET', 250)
                client.command('XCLIENT ' + given, 220)
                client.command('EHLO c', 250)
                client.command('MAIL FROM:<a@example.org>', 250)
                assert client.command('RCPT TO:<x@example.net>').text.startswith(DENIED)
        relay.wait_log(r'reject: RCPT from unknown\[unknown\]: 554 5\.7\.1', 2)
        with Client(relay.port, source='127.0.0.8') as client:  # a forwarded address gives no rights
            client.command('XFORWARD ADDR=127.0.0.9 NAME=localhost', 250)
            client.command('MAIL FROM:<a@example.org>', 250)
            assert client.command('RCPT TO:<x@example.net>').text.startswith(DENIED)


def test_lists_that_only_seem_to_refuse_strangers_serve_nobody():
    seem = {'warns': 'permit_mynetworks, warn_if_reject reject_unauth_destination', 'behind': 'permit_mynetworks, permit, reject_unauth_destination',
            'argument': 'permit_mynetworks, permit_dnswl_client defer', 'class': 'permit_mynetworks, vain'}
    classes = {'smtpd_restriction_classes': 'vain, strangers', 'vain': 'permit, reject', 'strangers': 'permit_sasl_authenticated, reject_unauth_destination'}
    services = {name: {'smtpd_relay_restrictions': words} for name, words in seem.items()}
    with Sink() as sink, Relay(settings(sink, **classes), services=dict(services, refuses={'smtpd_relay_restrictions': 'permit_mynetworks, strangers'})) as relay:
        for name in seem:
            with Client(relay.ports[name], source='127.0.0.7', greet=False) as client:
                assert client.reply().code == 421, name
            relay.wait_log('fatal: in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working instance of: ')
        with Client(relay.ports['refuses'], source='127.0.0.7') as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            assert client.command('RCPT TO:<x@example.net>').text.startswith(DENIED)
