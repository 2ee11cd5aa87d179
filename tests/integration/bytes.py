"""Bodies arrive byte for byte, and a large message takes no memory of its size."""
import hashlib
import random

from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

MEGABYTE = 1 << 20

# AddressSanitizer keeps freed blocks back, by default 256 MB of them: that is not the relay's memory.
MEASURABLE = {'ASAN_OPTIONS': 'quarantine_size_mb=2:thread_local_quarantine_size_kb=64'}


def relay_to(sink, **main):
    return Relay(dict({'relayhost': '[127.0.0.1]:%d' % sink.port}, **main), environment=MEASURABLE)


def arrives(body, parameters=''):
    with Sink() as sink, relay_to(sink) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], b'Subject: t\r\nFrom: a@example.org\r\n\r\n' + body, parameters)
        got = sink.wait(1)[0]
        assert got.body == body, 'sent %d bytes %r..., got %d bytes %r...' % (len(body), body[:60], len(got.body), got.body[:60])
        return got


def test_lines_that_begin_with_dots():
    arrives(b'.\r\n..\r\n...\r\n.a\r\n\r\n.\r\n')


def test_eight_bit_bytes_of_every_value():
    values = bytes(b for b in range(256) if b not in b'\r\n\0')
    got = arrives(values + b'\r\n' + values[::-1] + b'\r\n', ' BODY=8BITMIME')
    assert 'BODY=8BITMIME' in got.mail, got.mail


def test_lines_of_998_bytes():
    arrives(b'x' * 998 + b'\r\n' + b'.' + b'y' * 997 + b'\r\n')


def test_lines_longer_than_998_bytes_are_folded_for_the_next_hop():
    with Sink() as sink, relay_to(sink) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\n' + b'z' * 2500 + b'\r\n')
        body = sink.wait(1)[0].body
        assert all(len(line) <= 998 for line in body.split(b'\r\n')), [len(line) for line in body.split(b'\r\n')]
        assert body.replace(b'\r\n ', b'').replace(b'\r\n', b'') == b'z' * 2500, body[:100]


def test_empty_body_and_empty_lines():
    arrives(b'')
    arrives(b'\r\n\r\n\r\n')


def test_no_newline_at_the_end_of_a_chunked_message():
    with Sink() as sink, relay_to(sink) as relay:
        with Client(relay.port) as client:
            content = b'Subject: t\r\n\r\nno end'
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<x@example.net>', 250)
            client.send(b'BDAT %d LAST\r\n' % len(content) + content)
            assert client.reply().code == 250
        assert sink.wait(1)[0].body == b'no end\r\n'


def test_chunk_ends_inside_of_a_line_end():
    with Sink() as sink, relay_to(sink) as relay:
        with Client(relay.port) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<x@example.net>', 250)
            for piece in (b'Subject: t\r', b'\n\r\nfirst\r', b'\n.', b'second\r\n'):
                client.send(b'BDAT %d\r\n' % len(piece) + piece)
                assert client.reply().code == 250
            client.command('BDAT 0 LAST', 250)
        assert sink.wait(1)[0].body == b'first\r\n.second\r\n'


def test_25_megabytes_arrive_unchanged_in_flat_memory():
    random.seed(25)
    line = lambda: random.choice([b'', b'.']) + random.randbytes(35).hex().encode() + b'\r\n'  # noqa: E731
    block = b''.join(line() for _ in range(9000))
    body = block * (25 * MEGABYTE // len(block) + 1)
    with Sink(keep=False) as sink, relay_to(sink, message_size_limit=40 * MEGABYTE) as relay:
        header = b'Subject: large\r\nFrom: a@example.org\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-Id: <1@example.org>\r\n\r\n'
        with Client(relay.port) as client:
            # The first large message fills caches; a second one, three times as large, must not need more.
            client.message('a@example.org', ['x@example.net'], header + block * (len(body) // len(block) // 3))
            sink.wait(1)
            before = relay.peak_memory()
            client.message('a@example.org', ['x@example.net'], header + body)
        got = sink.wait(2, timeout=120)[1]
        grown = relay.peak_memory() - before
        # The header that the relay adds comes first; the sum over the rest would need the bytes, so compare sizes and then all of it.
        assert got.size > len(header) + len(body), (got.size, len(header) + len(body))
        assert grown < 6 * MEGABYTE, 'the relay grew by %d bytes for a message of %d' % (grown, len(body))
    with Sink() as sink, relay_to(sink, message_size_limit=40 * MEGABYTE) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], header + body)
        got = sink.wait(1, timeout=120)[0].body
        assert len(got) == len(body) and hashlib.sha256(got).digest() == hashlib.sha256(body).digest()


def test_twenty_large_messages_at_once_stay_in_bounds():
    body = (b'0123456789' * 7 + b'\r\n') * (2 * MEGABYTE // 72)
    with Sink(keep=False) as sink, relay_to(sink) as relay:
        clients = [Client(relay.port) for _ in range(20)]
        for number, client in enumerate(clients):
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<x%d@example.net>' % number, 250)
            client.command('DATA', 354)
        for client in clients:
            client.send(b'Subject: t\r\n\r\n' + body + b'.\r\n')
        for client in clients:
            assert client.reply().code == 250
        got = sink.wait(20, timeout=120)
        assert len({m.size for m in got}) <= 2, 'sizes differ: %r' % {m.size for m in got}
        peak = relay.peak_memory()
        assert peak < 250 * MEGABYTE, 'peak %d MB' % (peak // MEGABYTE)  # sanitizers' own memory included
