"""Exim and OpenSMTPD as next hops: what they take from the relay, they hand to a sink."""
import re

from kit import certificate, place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink
from kit.unpacked_exim import UnpackedExim
from kit.unpacked_opensmtpd import UnpackedOpenSMTPD

HEADER = b'Subject: t\r\nFrom: a@example.org\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-Id: <1@example.org>\r\n\r\n'

# Everything that a hop could damage: dots, 8-bit bytes, the longest line allowed, spaces at the end, empty lines at the end.
BODY = (b'.\r\n..\r\n.dot\r\n\r\n' + bytes(range(0x80, 0x100)) + b'\r\n' + 'Grüße aus Köln\r\n'.encode() + b'x' * 998 + b'\r\n.' + b'y' * 997 + b'\r\n'
        + b'From the start \t\r\n\ttab\r\n\r\n\r\n')


def relay_to(peer, **main):
    return Relay(dict({'relayhost': '[127.0.0.1]:%d' % peer.port, 'smtp_tls_loglevel': '1'}, **main))


def body_arrives(peer_of):
    with Sink() as sink, peer_of(sink) as peer, relay_to(peer) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net', 'y@example.net'], HEADER + BODY, ' BODY=8BITMIME')
        got = sink.wait(1)[0]
        assert got.body == BODY, got.body
        assert sorted(got.recipients) == ['x@example.net', 'y@example.net'] and 'FROM:<a@example.org>' in got.mail, got
        assert len(re.findall(r'(?m)^Received: ', got.header.decode('latin-1'))) == 2, got.header
        relay.wait_log('status=sent', 2)


def test_exim_gets_a_body_byte_for_byte():
    body_arrives(UnpackedExim)


def test_opensmtpd_gets_a_body_byte_for_byte():
    body_arrives(UnpackedOpenSMTPD)


def unfinished_line_arrives(peer_of):
    """A message that came in chunks may end inside of a line."""
    with Sink() as sink, peer_of(sink) as peer, relay_to(peer) as relay:
        with Client(relay.port) as client:
            client.command('MAIL FROM:<a@example.org> BODY=8BITMIME', 250)
            client.command('RCPT TO:<x@example.net>', 250)
            content = HEADER + BODY + b'.no end'
            for piece in (content[:150], content[150:]):
                client.send(b'BDAT %d%s\r\n' % (len(piece), b' LAST' if content.endswith(piece) else b'') + piece)
                assert client.reply().code == 250
        assert sink.wait(1)[0].body == BODY + b'.no end\r\n'


def test_exim_gets_a_message_without_a_final_newline():
    unfinished_line_arrives(UnpackedExim)


def test_opensmtpd_gets_a_message_without_a_final_newline():
    unfinished_line_arrives(UnpackedOpenSMTPD)


def refused_recipient_bounces(peer_of, text):
    """One of several recipients is refused: the others get the message once, the sender hears of that one alone."""
    with Sink() as sink, peer_of(sink) as peer, relay_to(peer) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net', 'refused@example.net', 'y@example.net'], HEADER + b'hello\r\n')
        got = sink.wait(2)
        mail, bounce = sorted(got, key=lambda message: 'FROM:<>' in message.mail)
        assert sorted(mail.recipients) == ['x@example.net', 'y@example.net'] and mail.body == b'hello\r\n', mail
        assert bounce.recipients == ['a@example.org'] and 'FROM:<>' in bounce.mail, bounce
        report = bounce.body.decode()
        assert 'Final-Recipient: rfc822; refused@example.net' in report and 'Action: failed' in report, report
        assert text in re.sub(r'\r\n +', ' ', report) and 'x@example.net' not in report, report
        relay.wait_log('to=<[xy]@example.net>.*status=sent', 2)
        relay.wait_log(r'to=<refused@example.net>.*status=bounced \(host 127.0.0.1\[127.0.0.1\] said: %s' % re.escape(text))
        relay.wait_log(': removed', 2)


def test_exim_refuses_one_of_several_recipients():
    refused_recipient_bounces(UnpackedExim, '550 5.1.1 no such user')


def test_opensmtpd_refuses_one_of_several_recipients():
    refused_recipient_bounces(UnpackedOpenSMTPD, '550 Invalid recipient: <refused@example.net>')


def test_exim_defers_one_of_several_recipients():
    with Sink() as sink, UnpackedExim(sink) as exim, relay_to(exim) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['busy@example.net', 'x@example.net'], HEADER + b'hello\r\n')
        assert sink.wait(1)[0].recipients == ['x@example.net']
        relay.wait_log(r'to=<busy@example.net>.*status=deferred \(host 127.0.0.1\[127.0.0.1\] said: 451 4.2.0 busy')
        relay.wait_log('to=<x@example.net>.*status=sent')
        assert 'busy@example.net' in relay.tool('postqueue', '-p') and 'x@example.net' not in relay.tool('postqueue', '-p')


def connection_is_used_again(peer_of):
    with Sink() as sink, peer_of(sink) as peer:
        with relay_to(peer, smtp_connection_cache_destinations='127.0.0.1', smtp_connection_cache_time_limit='100s',
                      connection_cache_ttl_limit='100s') as relay:
            with Client(relay.port) as client:
                for number in range(1, 4):
                    client.message('a@example.org', ['x%d@example.net' % number, 'refused@example.net'][:number], HEADER + b'.%d\r\n' % number)
                    relay.wait_log('to=<x%d@example.net>.*status=sent' % number)
                    relay.wait_log(': removed', 2 * number - 1)  # the bounces, too: at the same time they would take a second connection
            bodies = sorted(message.body for message in sink.wait(lambda got: sum('FROM:<a@' in m.mail for m in got) >= 3) if 'FROM:<a@' in message.mail)
            assert bodies == [b'.1\r\n', b'.2\r\n', b'.3\r\n'], bodies
            assert len(peer.messages(5)) == 5 and len(peer.connections()) == 1, peer.log()
            assert 'conn_use=5' in relay.log(), relay.log()


def test_exim_gets_several_messages_by_one_connection():
    connection_is_used_again(UnpackedExim)


def test_opensmtpd_gets_several_messages_by_one_connection():
    connection_is_used_again(UnpackedOpenSMTPD)


def test_exim_gets_mail_over_verified_tls():
    folder = place.private_folder('exim-certificate')
    with Sink() as sink, UnpackedExim(sink, certificate.issue('exim.example.test', folder)) as exim:
        with relay_to(exim, smtp_tls_security_level='secure', smtp_tls_secure_cert_match='exim.example.test', smtp_tls_CAfile=certificate.authority()) as relay:
            with Client(relay.port) as client:
                client.message('a@example.org', ['x@example.net'], HEADER + BODY, ' BODY=8BITMIME')
            assert sink.wait(1)[0].body == BODY
            relay.wait_log(r'Verified TLS connection established to 127.0.0.1')
            exim.wait_log('<= a@example.org .*P=esmtps X=TLS1.3')


def test_exim_gets_small_messages_in_chunks():
    with Sink() as sink, UnpackedExim(sink) as exim, relay_to(exim) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net', 'refused@example.net'], HEADER + b'.dot\r\n..\r\nno line end')
            client.message('a@example.org', ['refused@example.net'], HEADER + b'nobody\r\n')
        relay.wait_log('to=<refused@example.net>.*550 5.1.1 no such user', 2)
        exim.wait_log('<= a@example.org .* P=esmtp K ')
        bodies = [m.body for m in sink.wait(lambda got: any('FROM:<a@' in m.mail for m in got)) if 'FROM:<a@' in m.mail]
        assert bodies == [b'.dot\r\n..\r\nno line end\r\n'], bodies


def test_exim_gets_no_chunks_if_told_so():
    for setting in ({'smtp_bdat': 'no'}, {'smtp_discard_ehlo_keywords': 'chunking, silent-discard'}):
        with Sink() as sink, UnpackedExim(sink) as exim, relay_to(exim, **setting) as relay:
            with Client(relay.port) as client:
                client.message('a@example.org', ['x@example.net'], HEADER + b'.dot\r\n')
            assert sink.wait(1)[0].body == b'.dot\r\n'
            assert ' K ' not in exim.log(), exim.log()


def test_exim_gets_a_large_message():
    body = b''.join(b'%07d.' % line + b'z' * 64 + b'\r\n' for line in range(60000))
    folder = place.private_folder('exim-certificate')
    with Sink() as sink, UnpackedExim(sink, certificate.issue('exim.example.test', folder)) as exim, relay_to(exim, smtp_tls_security_level='encrypt') as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], HEADER + body)
        assert sink.wait(1)[0].body == body
