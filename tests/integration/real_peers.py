"""Servers that are there in the field: Postfix as the next hop, Dovecot checking passwords, pflogsumm reading the log."""
import subprocess

from kit import certificate, place
from kit.client import Client
from kit.dovecot import Dovecot
from kit.relay import Relay
from kit.sink import Sink
from kit.unpacked_postfix import UnpackedPostfix


def test_postfix_takes_mail_over_verified_tls_with_login():
    with Dovecot({'relay@example.org': 'secret'}) as dovecot, Sink() as sink:
        cert, key = certificate.issue('peer.example.test', dovecot.folder)
        with UnpackedPostfix({'relayhost': '[127.0.0.1]:%d' % sink.port, 'mynetworks': '127.0.0.9/32', 'smtpd_tls_security_level': 'encrypt',
                              'smtpd_tls_cert_file': cert, 'smtpd_tls_key_file': key, 'smtpd_sasl_auth_enable': 'yes',
                              'smtpd_sasl_type': 'dovecot', 'smtpd_sasl_path': dovecot.socket}) as postfix:
            with Relay({'relayhost': '[127.0.0.1]:%d' % postfix.port, 'smtp_tls_security_level': 'secure', 'smtp_tls_secure_cert_match': 'peer.example.test',
                        'smtp_tls_CAfile': certificate.authority(), 'smtp_sasl_auth_enable': 'yes', 'smtp_sasl_security_options': 'noanonymous',
                        'smtp_sasl_password_maps': 'texthash:@folder@/logins', 'smtp_tls_loglevel': '1'},
                       files={'logins': '[127.0.0.1]:%d relay@example.org:secret\n' % postfix.port}) as relay:
                with Client(relay.port) as client:
                    client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\n.hello\r\n')
                assert sink.wait(1)[0].body == b'.hello\r\n'
                relay.wait_log('Verified TLS connection established to 127.0.0.1')
                relay.wait_log(r'status=sent \(250 2.0.0 Ok: .*queued as')
            assert 'sasl_username=relay@example.org' in postfix.log()


def test_postfix_with_a_certificate_of_another_name_gets_nothing():
    with Dovecot({'relay@example.org': 'secret'}) as dovecot, Sink() as sink:
        cert, key = certificate.issue('other.example.test', dovecot.folder)
        with UnpackedPostfix({'relayhost': '[127.0.0.1]:%d' % sink.port, 'smtpd_tls_security_level': 'may', 'smtpd_tls_cert_file': cert,
                              'smtpd_tls_key_file': key}) as postfix:
            with Relay({'relayhost': '[127.0.0.1]:%d' % postfix.port, 'smtp_tls_security_level': 'secure', 'smtp_tls_secure_cert_match': 'peer.example.test',
                        'smtp_tls_CAfile': certificate.authority()}) as relay:
                with Client(relay.port) as client:
                    client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
                relay.wait_log(r'status=deferred \(Server certificate not verified\)')
                assert not sink.messages


def test_postfix_relays_through_us_by_smtp():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay:
        with UnpackedPostfix({'relayhost': '[127.0.0.1]:%d' % relay.port}) as postfix:
            with Client(postfix.port) as client:
                client.message('a@example.org', ['x@example.net', 'y@example.net'], b'Subject: t\r\n\r\nhello\r\n')
            got = sink.wait(1)
            assert sorted(got[0].recipients) == ['x@example.net', 'y@example.net'] and got[0].body == b'hello\r\n', got


def test_dovecot_checks_passwords_for_submission():
    with Dovecot({'john@example.org': 'secret'}) as dovecot, Sink() as sink:
        cert, key = certificate.issue('relay.example.test', dovecot.folder)
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'mynetworks': '127.0.0.9/32', 'smtpd_sasl_type': 'dovecot', 'smtpd_sasl_path': dovecot.socket,
                    'smtpd_tls_cert_file': cert, 'smtpd_tls_key_file': key},
                   services={'submission': {'smtpd_tls_security_level': 'encrypt', 'smtpd_sasl_auth_enable': 'yes'}}) as relay:
            with Client(relay.ports['submission']) as client:
                assert 'AUTH' not in client.hello.text, client.hello
                client.starttls()
                assert 'AUTH PLAIN LOGIN' in client.hello.text, client.hello
                assert client.login('john@example.org', 'wrong').code == 535
                assert client.login('john@example.org', 'secret').code == 235
                client.message('john@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
            sink.wait(1)
            relay.wait_log('sasl_method=PLAIN, sasl_username=john@example.org')


def test_dovecot_that_goes_away_is_found_again():
    with Dovecot({'john@example.org': 'secret'}) as dovecot:
        cert, key = certificate.issue('relay.example.test', dovecot.folder)
        with Relay({'smtpd_sasl_type': 'dovecot', 'smtpd_sasl_path': dovecot.socket, 'smtpd_tls_cert_file': cert, 'smtpd_tls_key_file': key},
                   services={'submissions': {'smtpd_tls_wrappermode': 'yes', 'smtpd_sasl_auth_enable': 'yes'}}) as relay:
            for _ in range(2):
                with Client(relay.ports['submissions'], wrapper=True) as client:
                    answer = client.login('john@example.org', 'secret')
                    assert answer.code == 235, answer
                dovecot.stop()
                dovecot.start()


def test_pflogsumm_counts_what_happened():
    if subprocess.run(['which', 'pflogsumm'], capture_output=True).returncode:
        raise place.Skip('pflogsumm is not installed')
    with Sink(replies={'RCPT TO:<gone@': '550 5.1.1 no such user', 'RCPT TO:<busy@': '451 4.2.0 busy'}) as sink:
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay:
            with Client(relay.port) as client:
                for number in range(3):
                    client.message('a@example.org', ['x%d@example.net' % number], b'Subject: t\r\n\r\nhello\r\n')
                client.message('a@example.org', ['gone@example.net'], b'Subject: t\r\n\r\nhello\r\n')
                client.message('a@example.org', ['busy@example.net'], b'Subject: t\r\n\r\nhello\r\n')
            with Client(relay.port, source='127.0.0.7') as stranger:
                stranger.command('MAIL FROM:<s@example.org>', 250)
                assert stranger.command('RCPT TO:<y@example.com>').code == 454
            sink.wait(4)  # three messages and the bounce
            relay.wait_log('status=deferred')
            relay.wait_log(': removed', 5)
            done = subprocess.run(['pflogsumm', relay.log_file], capture_output=True, text=True, timeout=60)
            totals = {' '.join(line.split()[1:]): line.split()[0] for line in done.stdout.splitlines() if len(line.split()) >= 2}
            for what, count in (('received', '5'), ('delivered', '4'), ('bounced', '1')):
                assert totals.get(what) == count, '%s: %r, not %s\n%s\n%s' % (what, totals.get(what), count, done.stdout[:1500], relay.log())
            assert any(k.startswith('deferred') and v == '1' for k, v in totals.items()), done.stdout[:1500]
            assert any(k.startswith('rejected') and v == '1' for k, v in totals.items()), done.stdout[:1500]


def leave_after(port, last):
    """Clients that close the connection without QUIT, each at its own point of the dialog."""
    steps = {'EHLO': [], 'MAIL': [b'MAIL FROM:<a@example.org>'], 'RCPT': [b'RCPT TO:<x@example.net>']}
    with Client(port) as client:
        for name, lines in steps.items():
            for line in lines:
                client.command(line.decode(), 250)
            if name == last:
                return
        if last.startswith('BDAT'):
            client.send(b'BDAT %d%s\r\nab: c' % (50 if 'half' in last else 5, b' LAST' if 'LAST' in last else b''))
            if 'half' not in last:
                client.reply()
            return
        client.command('DATA', 354)
        client.send({'DATA': b'', 'DATA half': b'Subject: t\r\n', 'message': b'Subject: t\r\n\r\nhello\r\n.\r\n'}[last])
        if last == 'message':
            assert client.reply().code == 250


def test_clients_that_leave_are_logged_as_by_postfix():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay, UnpackedPostfix({'relayhost': '[127.0.0.1]:%d' % sink.port}) as postfix:
        said = []
        for server in (relay, postfix):
            for count, last in enumerate(('EHLO', 'MAIL', 'RCPT', 'DATA', 'DATA half', 'BDAT', 'BDAT half', 'BDAT LAST', 'message'), 1):
                leave_after(server.port, last)
                server.wait_log(r'disconnect from [^ ]*\[127.0.0.1\] ehlo=1', count)
            lines = [line.partition(': ')[2] for line in server.log().splitlines() if 'lost connection after' in line]
            said.append([line.partition(' from ')[0] for line in lines if 'after CONNECT' not in line])  # those look whether the server listens
        assert said[0] == said[1] and len(said[0]) == 7, '\n'.join(map(str, said))
