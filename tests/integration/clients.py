"""Programs that people send mail with, against the relay: curl, swaks, Python's smtplib, and the product's own sendmail."""
import os
import re
import smtplib
import ssl
import subprocess

from kit import certificate, place
from kit.relay import Relay
from kit.sink import Sink

# "demo", "secret"
PASSWORDS = 'demo:$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1\n'


class Site:
    """A relay with submission (STARTTLS), submissions (TLS from the start) and a password file; its next hop is `sink`."""

    def __init__(self):
        self.folder = place.private_folder('site')
        cert, key = certificate.issue('localhost', self.folder)
        login = {'smtpd_sasl_auth_enable': 'yes', 'smtpd_relay_restrictions': 'permit_sasl_authenticated, reject'}
        self.sink = Sink()
        self.relay = Relay({'relayhost': '[127.0.0.1]:%d' % self.sink.port, 'mynetworks': '127.0.0.9/32', 'smtpd_sasl_type': 'file',
                            'smtpd_sasl_path': '@folder@/passwords', 'smtpd_tls_cert_file': cert, 'smtpd_tls_key_file': key,
                            'smtpd_tls_security_level': 'may'},
                           services={'submission': dict(login, smtpd_tls_security_level='encrypt'),
                                     'submissions': dict(login, smtpd_tls_wrappermode='yes')},
                           files={'passwords': PASSWORDS})

    def __enter__(self):
        self.relay.__enter__()
        return self

    def __exit__(self, *failure):
        self.relay.__exit__(*failure)

    def port(self, service):
        return self.relay.ports[service]


def run(*command, text=None, expect=0):
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == expect, '%s ended with %d\n%s%s' % (command[0], done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def need(program):
    if subprocess.run(['which', program], capture_output=True).returncode:
        raise place.Skip(program + ' is not installed')


def write_message(site, text):
    return place.write(os.path.join(site.folder, 'message'), text)


def curl_sends(service, scheme, *options):
    need('curl')
    with Site() as site:
        path = write_message(site, 'Subject: from curl\r\n\r\nhello\r\n')
        run('curl', '-sS', '--max-time', '60', '%s://127.0.0.1:%d/client.example' % (scheme, site.port(service)), '--mail-from', 'a@example.org',
            '--mail-rcpt', 'x@example.net', '--mail-rcpt', 'y@example.net', '-T', path, '--cacert', certificate.authority(), *options)
        message = site.sink.wait(1)[0]
        assert sorted(message.recipients) == ['x@example.net', 'y@example.net'], message.recipients
        assert b'\r\nSubject: from curl' in b'\r\n' + message.header and message.body == b'hello\r\n', message.data
        assert b'with ESMTPSA' in message.header, message.header


def test_curl_submits_with_starttls_and_login():
    curl_sends('submission', 'smtp', '--ssl-reqd', '--user', 'demo:secret')


def test_curl_submits_with_implicit_tls_and_login():
    curl_sends('submissions', 'smtps', '--user', 'demo:secret')


def test_curl_is_refused_with_a_wrong_password():
    need('curl')
    with Site() as site:
        path = write_message(site, 'Subject: t\r\n\r\nhello\r\n')
        run('curl', '-sS', '--max-time', '60', 'smtps://127.0.0.1:%d' % site.port('submissions'), '--mail-from', 'a@example.org', '--mail-rcpt',
            'x@example.net', '-T', path, '--cacert', certificate.authority(), '--user', 'demo:wrong', expect=67)
        site.relay.wait_log('SASL PLAIN authentication failed')
        assert not site.sink.messages


def test_swaks_submits_with_starttls_and_each_login_mechanism():
    need('swaks')
    with Site() as site:
        for count, mechanism in enumerate(('PLAIN', 'LOGIN'), 1):
            out = run('swaks', '--server', '127.0.0.1:%d' % site.port('submission'), '--ehlo', 'client.example', '-tls', '-a', mechanism, '-au', 'demo',
                      '-ap', 'secret', '--from', 'a@example.org', '--to', 'x@example.net', '--header', 'Subject: by ' + mechanism)
            assert 'queued as' in out, out
            site.sink.wait(count)
        site.relay.wait_log('sasl_method=LOGIN, sasl_username=demo')


def test_swaks_pipelines_many_recipients():
    need('swaks')
    with Site() as site:
        recipients = ['r%d@example.net' % i for i in range(120)]
        run('swaks', '--server', '127.0.0.1:%d' % site.port('submissions'), '--ehlo', 'client.example', '-tlsc', '-a', 'PLAIN', '-au', 'demo', '-ap', 'secret',
            '--pipeline', '--from', 'a@example.org', '--to', ','.join(recipients))
        got = site.sink.wait(lambda messages: sum(len(m.recipients) for m in messages) >= 120)
        assert sorted(r for m in got for r in m.recipients) == sorted(recipients)
        assert all(len(m.recipients) <= 50 for m in got), 'smtp_destination_recipient_limit is 50'


def test_smtplib_submits_over_verified_tls():
    with Site() as site:
        context = ssl.create_default_context(cafile=certificate.authority())
        with smtplib.SMTP('localhost', site.port('submission'), local_hostname='client.example', timeout=60) as client:
            client.starttls(context=context)
            client.login('demo', 'secret')
            refused = client.sendmail('a@example.org', ['x@example.net'], 'Subject: from Python\r\n\r\nhello\r\n')
            assert not refused, refused
        assert site.sink.wait(1)[0].recipients == ['x@example.net']


def test_own_sendmail_submits_and_completes_the_header():
    with Site() as site:
        site.relay.tool('sendmail', '-f', 'a@example.org', '-t', text='To: x@example.net\nBcc: y@example.net\nSubject: typed\n\nhello\n')
        message = site.sink.wait(lambda messages: sum(len(m.recipients) for m in messages) >= 2)[0]
        header = message.header.decode()
        assert 'Bcc' not in header and 'y@example.net' not in header, header
        assert 'Message-Id: <' in header and '\nDate: ' in header and re.search('^From: .*a@example.org', header, re.M), header


def test_own_sendmail_queues_while_the_server_is_down():
    with Site() as site:
        site.relay.stop()
        site.relay.tool('sendmail', '-f', 'a@example.org', 'x@example.net', text='Subject: early\n\nhello\n')
        site.relay.start()
        assert b'Subject: early' in site.sink.wait(1)[0].data
