"""Tables over what next hops and name servers say: that main.cf reaches them."""
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

TEXT = b'Subject: t\r\n\r\nhello\r\n'


def test_replies_keywords_and_outcomes_pass_their_tables():
    with Sink(replies={'RCPT TO:<odd@': '550 5.7.1 odd'}, extensions=('PIPELINING', 'DSN', 'CHUNKING')) as sink:
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port,
                    'smtp_reply_filter': 'inline:{{550 5.7.1 odd = 450 4.7.1 odd}}',
                    'smtp_discard_ehlo_keyword_address_maps': 'inline:{{127.0.0.1 = dsn, chunking}}'}) as relay:
            with Client(relay.port) as client:
                client.message('a@example.org', ['x@example.net', 'odd@example.net'], TEXT)
            relay.wait_log(r'to=<odd@example.net>.* dsn=4.7.1, status=deferred \(host .* said: 450 4.7.1 odd ')
            assert sink.wait(1)[0].recipients == ['x@example.net']
            assert 'DATA' in sink.commands and not any('ORCPT' in c or c.startswith('BDAT') for c in sink.commands), sink.commands
            relay.wait_log('discarding EHLO keywords: DSN CHUNKING')


def test_a_status_filter_keeps_mail_that_would_go_back():
    with Sink(replies={'RCPT TO:<gone@': '550 5.1.1 gone'}) as sink:
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'default_delivery_status_filter': 'regexp:@folder@/status'},
                   files={'status': '/^5\\.1\\.1 (.*)/ 4.1.1 for now: $1\n'}) as relay:
            with Client(relay.port) as client:
                client.message('a@example.org', ['gone@example.net'], TEXT)
            relay.wait_log(r'to=<gone@example.net>.* dsn=4.1.1, status=deferred \(for now: host .* said: 550 5.1.1 gone')
            assert 'gone@example.net' in relay.tool('postqueue', '-p')


def test_small_messages_go_in_chunks():
    with Sink(extensions=('PIPELINING', 'CHUNKING')) as sink:
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay:
            with Client(relay.port) as client:
                client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\n.hello\r\n')
                client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\n' + b'.0123456789\r\n' * 20000)
            got = sorted(sink.wait(2), key=lambda m: len(m.data))
            assert got[0].body == b'.hello\r\n' and got[1].body == b'.0123456789\r\n' * 20000
            verbs = sorted(c.split()[0] for c in sink.commands if c[:4] in ('BDAT', 'DATA'))
            assert verbs == ['BDAT', 'DATA'], sink.commands
