"""Bytes that want to be a second message, a second command, a second header or a second log line; and secrets that must stay
out of the log. One row is one attack."""
import base64
import socket
import threading

from kit import certificate, place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

EVIL = b'MAIL FROM:<evil@example.org>\r\nRCPT TO:<evil@example.net>\r\nDATA\r\nSubject: evil\r\n\r\nevil\r\n.\r\n'

# What some server somewhere takes for the end of the data. Only CRLF.CRLF is one.
FALSE_ENDS = [b'\n.\n', b'\n.\r\n', b'\r\n.\n', b'\r.\r', b'\r.\r\n', b'\r\n.\r', b'\r\n\x00.\r\n', b'\r\n.\x00\r\n', b'\r\n.\r\r\n', b'\r\r\n.\r\r\n',
              b'\n\n.\r\n', b'\n\r.\r\n', b'\r\n\r.\r\n', b'\r\n. \r\n', b'\r\n.\t\r\n', b'\xc2\x85.\xc2\x85', b'\r\n.\x0b\r\n', b'\x1a', b'\r\n..\r\n', b'\r\n.\x7f\r\n']


def client_settings(sink, **more):
    return dict({'relayhost': '[127.0.0.1]:%d' % sink.port, 'mynetworks': '127.0.0.0/8', 'smtpd_error_sleep_time': '0', 'smtpd_hard_error_limit': '1000',
                 'smtpd_soft_error_limit': '1000', 'syslog_name': 'postfix'}, **more)


def lines_are_whole(data):
    return b'\n' not in data.replace(b'\r\n', b'') and b'\r' not in data.replace(b'\r\n', b'')


def test_no_false_end_of_data_comes_in_or_goes_out():
    # The sink ends lines at LF, so a bare one that went out would be seen; and it counts messages.
    for framing in ('DATA', 'BDAT'):
        with Sink() as sink, Relay(client_settings(sink)) as relay:
            for number, end in enumerate(FALSE_ENDS):
                with Client(relay.port) as client:
                    client.command('MAIL FROM:<a@example.org>', 250)
                    client.command('RCPT TO:<x%d@example.net>' % number, 250)
                    content = b'Subject: n%d\r\n\r\nbefore' % number + end + EVIL[:-5]
                    if framing == 'DATA':
                        client.command('DATA', 354)
                        client.send(content + b'\r\n.\r\n')
                    else:
                        client.send(b'BDAT %d LAST\r\n' % len(content) + content)
                    assert client.reply().code == 250, (framing, end)
                    assert client.command('NOOP').code == 250, (framing, end)
            got = sink.wait(len(FALSE_ENDS))
            relay.wait_log(': removed', count=len(FALSE_ENDS))
            assert len(sink.messages) == len(FALSE_ENDS), len(sink.messages)
            assert sorted(m.recipients for m in got) == sorted([['x%d@example.net' % n] for n in range(len(FALSE_ENDS))])
            assert all('evil' not in m.mail and lines_are_whole(m.data) and b'MAIL FROM:<evil' in m.data for m in got)


def test_strict_servers_refuse_what_has_a_bare_newline():
    with Sink() as sink, Relay(client_settings(sink, smtpd_forbid_bare_newline='reject')) as relay:
        for end in (e for e in FALSE_ENDS if b'\n' in e.replace(b'\r\n', b'')):
            with Client(relay.port) as client:
                client.command('MAIL FROM:<a@example.org>', 250)
                client.command('RCPT TO:<x@example.net>', 250)
                client.command('DATA', 354)
                client.send(b'Subject: s\r\n\r\nbefore' + end + EVIL[:-5] + b'\r\n.\r\n')
                assert client.reply().code == 550, end
        assert not sink.messages


COMMANDS = [
    # what is sent, what must come; the session goes on and knows no transaction
    (b'MAIL FROM:<a@example.org\rRCPT TO:<x@example.net>>\r\n', '501'),
    (b'MAIL FROM:<"a\x00"@example.org>\r\n', '501'),
    (b'MAIL FROM:<a@example.org> ENVID=x+0D+0AX-Evil:+20yes\r\n', '501'),
    (b'MAIL FROM:<a@example.org> ENVID=x+0\r\n', '501'),
    (b'MAIL FROM:<a@example.org> AUTH=<evil>+0A\r\n', '5'),
    (b'MAIL FROM:<a@exa\xc2mple.org> SMTPUTF8\r\n', '5'),
    (b'MAIL FROM:<a@\xc0\xaeexample.org> SMTPUTF8\r\n', '5'),
    (b'MAIL FROM:<a@example.org> SIZE=99999999999999999999\r\n', '5'),
    (b'XCLIENT HELO=evil+0D+0AX-Evil:+20yes\r\n', '501'),
    (b'XCLIENT NAME=evil+0AX-Evil:+20yes\r\n', '501'),
    (b'XCLIENT LOGIN=evil+0D+0AX\r\n', '501'),
    (b'XFORWARD HELO=evil+0D+0AX-Evil:+20yes\r\n', '501'),
    (b'XFORWARD IDENT=evil+0A\r\n', '501'),
    (b'STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n', '502'),
]


def test_no_encoding_brings_a_line_end_into_the_envelope():
    with Sink() as sink, Relay(client_settings(sink, smtpd_authorized_xclient_hosts='127.0.0.1', smtpd_authorized_xforward_hosts='127.0.0.1')) as relay:
        wrong = []
        for sent, expected in COMMANDS:
            with Client(relay.port) as client:
                client.send(sent)
                reply = client.reply()
                if not reply.text.startswith(expected):
                    wrong.append('%r: %r, not %s' % (sent, reply.text, expected))
        assert not wrong, '\n'.join(wrong)


ENVELOPES = [
    # EHLO, XCLIENT, XFORWARD, RCPT parameters; none of it may make a header field or a second line
    ('EHLO a) (x; Mon, 1 Jan 2024\tX-Evil: yes', '', ''),
    ('EHLO <evil>"@;\\', '', ''),
    ('EHLO c.example', 'XFORWARD HELO=a)+28b+3B NAME=(evil) PROTO=ESMTP', ''),
    ('EHLO c.example', '', 'ORCPT=rfc822;x+40example.net+20X-Evil:+20yes'),
    ('EHLO c.example', '', 'ORCPT=utf-8;x\\x{61}@example.net'),
]


def test_what_a_client_calls_itself_stays_in_its_field():
    with Sink(extensions=('PIPELINING', 'DSN', '8BITMIME', 'SMTPUTF8')) as sink, Relay(client_settings(sink, smtpd_authorized_xforward_hosts='127.0.0.1')) as relay:
        for hello, extra, parameter in ENVELOPES:
            with Client(relay.port, greet=False) as client:
                client.reply()
                client.command(hello, 250)
                if extra:
                    client.command(extra, 250)
                client.command('MAIL FROM:<a@example.org>', 250)
                client.command('RCPT TO:<x@example.net> ' + parameter, 250)
                client.command('DATA', 354)
                client.send(b'Subject: t\r\n\r\nt\r\n.\r\n')
                assert client.reply().code == 250
        for message in sink.wait(len(ENVELOPES)):
            fields = message.header.replace(b'\r\n\t', b' ').replace(b'\r\n ', b' ').split(b'\r\n')
            received = [f for f in fields if f.startswith(b'Received:')]
            assert len(received) == 1 and received[0].count(b';') == 1, fields
            assert received[0].count(b'(') == received[0].count(b')') and not any(f.startswith(b'X-Evil') for f in fields), fields
        assert all('\n' not in c for c in sink.commands)


def test_nothing_a_client_says_is_a_log_line_of_its_own():
    forged = 'Nov 22 00:00:00 relay postfix/smtpd[1]: FORGED'
    attacks = [b'EHLO x\r' + forged.encode(), b'\x1b[2J' + forged.encode(), b'\x9b2J\xc2\x9b2J' + forged.encode(), b'HELO x\x0b' + forged.encode(), b'MAIL FROM:<a\xc2\x85' + forged.encode() + b'@example.org>',
               b'EHLO x\xe2\x80\xa8' + forged.encode(), b'RCPT TO:<%n%s%x@example.net>', b'VRFY {}{0}%s', b'EHLO ' + b'A' * 1900, b'\x00\x01\x02\x7f', b'\xff' * 500]
    with Sink() as sink, Relay(client_settings(sink, smtpd_relay_restrictions='reject', notify_classes='')) as relay:
        for attack in attacks:
            with Client(relay.port, greet=False) as client:
                client.reply()
                client.send(attack + b'\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<x@example.net>\r\nQUIT\r\n')
                while client.reply().code != 221:
                    pass
        relay.wait_log('disconnect from', count=len(attacks))
        with open(relay.log_file, 'rb') as file:
            log = file.read()
        for line in log.decode('utf-8').splitlines():  # it is UTF-8, and no viewer's line ends are in it
            assert line.startswith(('Nov', 'Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Dec')) and ' relay postfix/' in line[:40], line
            assert not line.startswith(forged), line
        assert not any(byte < 32 and byte != 10 or byte == 127 for byte in log)


def test_passwords_are_in_no_log_and_no_queue_listing():
    user, password = 'john', 'Sw0rdfish-secret'
    encoded = [base64.b64encode(text.encode()).decode() for text in ('\0%s\0%s' % (user, password), password)]
    main = {'smtpd_sasl_auth_enable': 'yes', 'smtpd_sasl_type': 'file', 'smtpd_sasl_path': '@folder@/passwords', 'smtpd_tls_security_level': 'none', 'debug_peer_list': '127.0.0.1',
            'debug_peer_level': '3', 'smtp_sasl_auth_enable': 'yes', 'smtp_sasl_security_options': '', 'smtp_sasl_password_maps': 'texthash:@folder@/logins',
            'smtp_tls_loglevel': '2', 'smtpd_tls_loglevel': '2', 'notify_classes': 'policy, protocol, resource, software, bounce, delay'}
    with Sink(login=('other', 'other')) as sink:
        files = {'passwords': 'john:!\n', 'logins': '[127.0.0.1]:%d %s:%s\n' % (sink.port, user, password)}
        with Relay(client_settings(sink, **main), files=files) as relay:
            with Client(relay.port) as client:
                client.command('AUTH PLAIN ' + encoded[0], 535)
                client.command('AUTH PLAIN', 334)
                client.command(encoded[0], 535)
                client.command('AUTH LOGIN', 334)
                client.command(base64.b64encode(user.encode()).decode(), 334)
                client.command(encoded[1], 535)
                client.command('AUTH NOSUCH ' + encoded[0])
                client.command('AUTH PLAIN ' + encoded[0] + ' junk')
                client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nt\r\n')
            relay.wait_log('SASL authentication failed; server')
            shown = relay.log() + relay.output() + relay.tool('mailq')
            for secret in [password] + encoded:
                assert secret not in shown, [line for line in shown.splitlines() if secret in line]


class PlainTextInjector:
    """Answers STARTTLS and, in the same segment, what it wants to be taken for the replies under TLS."""

    def __init__(self, injected):
        self.folder = place.private_folder('injector')
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.injected, self.heard = injected, []
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        import ssl
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate.issue('peer.example.test', self.folder))
        connection, _ = self.listener.accept()
        connection.sendall(b'220 injector\r\n')
        connection.recv(4096)
        connection.sendall(b'250-injector\r\n250-STARTTLS\r\n250 SIZE 0\r\n')
        connection.recv(4096)
        connection.sendall(b'220 go\r\n' + self.injected)
        try:
            secure = context.wrap_socket(connection, server_side=True)
            stream = secure.makefile('rb')
            self.heard.append(stream.readline())
            secure.sendall(b'250 real\r\n')  # no AUTH, no DSN
            self.heard.append(stream.readline())
            secure.sendall(b'550 5.7.1 real refusal\r\n')
            self.heard.append(stream.readline())
        except OSError as error:
            self.heard.append(str(error).encode())
        self.done.set()


def test_replies_sent_ahead_of_tls_are_thrown_away():
    for injected in (b'250-injected\r\n250-AUTH PLAIN\r\n250 DSN\r\n', b'250 injected\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go\r\n250 2.0.0 taken\r\n', b'250-half'):
        server = PlainTextInjector(injected)
        main = {'relayhost': '[127.0.0.1]:%d' % server.port, 'smtp_tls_security_level': 'encrypt', 'smtp_sasl_auth_enable': 'yes', 'smtp_sasl_security_options': '',
                'smtp_sasl_password_maps': 'inline:{[127.0.0.1]:%d=user:secret}' % server.port, 'mynetworks': '127.0.0.0/8', 'notify_classes': ''}
        with Relay(main) as relay:
            with Client(relay.port) as client:
                client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nt\r\n')
            line = relay.wait_log(r'to=<x@example.net>')[0]
            assert 'status=sent' not in line and 'injected' not in line, line
            assert server.done.wait(60)
            assert server.heard[0].startswith(b'EHLO') and not any(b'AUTH' in h for h in server.heard), server.heard
        server.listener.close()
