"""Mail that needs an extension the next hop may not have: 8BITMIME and SMTPUTF8."""
import email
import email.policy
import re

from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink
from kit.unpacked_exim import UnpackedExim
from kit.unpacked_postfix import UnpackedPostfix

SEVEN_BIT = ('PIPELINING', 'SIZE 0', 'ENHANCEDSTATUSCODES')
INTERNATIONAL = (*SEVEN_BIT, '8BITMIME', 'SMTPUTF8')
GREETING = 'Grüße aus Köln.\r\n.Ein Punkt = am Anfang. \r\n' + 'ß' * 300 + '\r\n\r\nEnde\r\n'
ADDRESS = 'jörg@example.net'

PLAIN = ('Subject: t\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
         + GREETING).encode()
PARTS = ('Subject: t\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_x"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
         '--=_x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n' + GREETING
         + '\r\n--=_x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAw==\r\n'
         '--=_x--\r\n').encode()


def relay_to(port):
    return Relay({'relayhost': '[127.0.0.1]:%d' % port})


def decoded(message):
    """What a reader sees: media type and content of every leaf."""
    parts = email.message_from_bytes(message.data if hasattr(message, 'data') else message, policy=email.policy.default).walk()
    return [(part.get_content_type(), part.get_payload(decode=True).replace(b'\r\n', b'\n')) for part in parts if not part.is_multipart()]


def is_converted(content, message):
    assert max(message.data) < 0x80, message.data
    assert 'BODY=8BITMIME' not in message.mail, message.mail
    assert b'quoted-printable' in message.data and b'8bit' not in message.data, message.data
    assert all(len(line) <= 76 for line in message.body.split(b'\r\n')), message.body
    assert decoded(message) == decoded(content), decoded(message)


def test_8bit_text_becomes_quoted_printable_for_a_7bit_next_hop():
    with Sink(extensions=SEVEN_BIT) as sink, relay_to(sink.port) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], PLAIN, ' BODY=8BITMIME')
        is_converted(PLAIN, sink.wait(1)[0])


def test_only_the_8bit_part_becomes_quoted_printable():
    with Sink(extensions=SEVEN_BIT) as sink, relay_to(sink.port) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], PARTS, ' BODY=8BITMIME')
        message = sink.wait(1)[0]
        is_converted(PARTS, message)
        assert b'\r\nAAECAw==\r\n' in message.body and message.body.count(b'quoted-printable') == 1, message.body


def test_8bit_text_stays_for_a_next_hop_with_8bitmime():
    with Sink(extensions=INTERNATIONAL) as sink, relay_to(sink.port) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], PARTS, ' BODY=8BITMIME')
        message = sink.wait(1)[0]
        assert message.body == PARTS.partition(b'\r\n\r\n')[2] and 'BODY=8BITMIME' in message.mail, message


def test_postfix_without_8bitmime_gets_quoted_printable():
    with Sink() as sink, UnpackedPostfix({'relayhost': '[127.0.0.1]:%d' % sink.port, 'smtpd_discard_ehlo_keywords': '8bitmime'}) as postfix:
        with relay_to(postfix.port) as relay:
            with Client(relay.port) as client:
                client.message('a@example.org', ['x@example.net'], PARTS, ' BODY=8BITMIME')
            is_converted(PARTS, sink.wait(1)[0])


def send_international(relay):
    with Client(relay.port) as client:
        assert 'SMTPUTF8' in client.hello.text, client.hello
        content = 'Subject: Grüße\r\nFrom: a@example.org\r\nTo: %s\r\n\r\n%s' % (ADDRESS, GREETING)
        client.message('a@example.org', [ADDRESS], content.encode(), ' SMTPUTF8 BODY=8BITMIME')


def arrives_unchanged(sink):
    message = sink.wait(1)[0]
    assert message.recipients == [ADDRESS] and 'SMTPUTF8' in message.mail.split(), message
    assert message.body == GREETING.encode() and 'Subject: Grüße\r\n'.encode() in message.data, message.data


def test_an_international_address_reaches_a_next_hop_with_smtputf8():
    with Sink(extensions=INTERNATIONAL) as sink, relay_to(sink.port) as relay:
        send_international(relay)
        arrives_unchanged(sink)


def test_an_international_address_reaches_postfix():
    with Sink(extensions=INTERNATIONAL) as sink, UnpackedPostfix({'relayhost': '[127.0.0.1]:%d' % sink.port}) as postfix, relay_to(postfix.port) as relay:
        send_international(relay)
        arrives_unchanged(sink)


def test_an_international_address_reaches_exim():
    with Sink(extensions=INTERNATIONAL) as sink, UnpackedExim(sink) as exim, relay_to(exim.port) as relay:
        send_international(relay)
        arrives_unchanged(sink)


def bounces(relay, sink):
    """The sender hears of it; the report itself must reach a next hop that has no SMTPUTF8."""
    send_international(relay)
    relay.wait_log(r'to=<j.*@example.net>.*dsn=5.6.7, status=bounced \(SMTPUTF8 is required, but was not offered by host 127.0.0.1')
    bounce = sink.wait(1)[0]
    assert bounce.mail.startswith('MAIL FROM:<>') and bounce.recipients == ['a@example.org'], bounce
    assert b'5.6.7' in bounce.body and re.search(b'Action: failed', bounce.body), bounce.data
    relay.wait_log(': removed', 2)
    assert not any('RCPT TO:<j' in command for command in sink.commands), sink.commands


def test_an_international_address_bounces_at_a_next_hop_without_smtputf8():
    with Sink() as sink, relay_to(sink.port) as relay:
        bounces(relay, sink)


def test_an_international_address_bounces_at_postfix_without_smtputf8():
    with Sink() as sink, UnpackedPostfix({'relayhost': '[127.0.0.1]:%d' % sink.port, 'smtputf8_enable': 'no'}) as postfix, relay_to(postfix.port) as relay:
        bounces(relay, sink)
