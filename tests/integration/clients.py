"""Programs that people send mail with, against the relay: curl, swaks, msmtp, nodemailer, openssl, Python's smtplib, and the product's own sendmail."""
import base64
import email
import os
import re
import smtplib
import ssl
import subprocess

from kit import certificate, place, unpacked
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
        with smtplib.SMTP('127.0.0.1', site.port('submission'), local_hostname='client.example', timeout=60) as client:
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


def msmtp_sends(service, mechanism, *options, expect=0, password='secret'):
    """A message with -t and a Bcc, to a submission service; the site's log and what arrived."""
    need('msmtp')
    with Site() as site:
        settings = place.write(site.folder + '/msmtprc', 'account default\nhost 127.0.0.1\nport %d\ndomain client.example\ntls on\n'
                               'tls_starttls %s\ntls_trust_file %s\nauth %s\nuser demo\npassword %s\n' % (
                                   site.port(service), 'on' if service == 'submission' else 'off', certificate.authority(), mechanism, password), 0o600)
        run('msmtp', '-C', settings, '-f', 'a@example.org', *options, '-t', expect=expect,
            text='To: x@example.net\nCc: "Y" <y@example.net>\nBcc: z@example.net\nSubject: from msmtp\n\n.hello\nGrüße\n')
        if expect == 0:
            site.sink.wait(1)
            site.relay.wait_log('status=sent', 3)
        else:
            site.relay.wait_log('SASL PLAIN authentication failed')
        return site.relay.log(), site.sink.messages


def arrived_from_msmtp(messages):
    message = messages[0]
    assert sorted(message.recipients) == ['x@example.net', 'y@example.net', 'z@example.net'], message
    assert message.body == '.hello\r\nGrüße\r\n'.encode() and b'Bcc' not in message.header, message.data
    assert b'with ESMTPSA' in message.header, message.header


def test_msmtp_submits_with_starttls_and_each_login_mechanism():
    for mechanism in ('PLAIN', 'LOGIN'):
        log, messages = msmtp_sends('submission', mechanism.lower())
        arrived_from_msmtp(messages)
        assert 'sasl_method=%s, sasl_username=demo' % mechanism in log, log


def test_msmtp_submits_with_implicit_tls_and_chooses_the_mechanism():
    log, messages = msmtp_sends('submissions', 'on')
    arrived_from_msmtp(messages)
    assert 'sasl_method=PLAIN, sasl_username=demo' in log, log


def test_msmtp_asks_for_delivery_reports():
    _, messages = msmtp_sends('submission', 'plain', '-N', 'never', '-R', 'hdrs')
    arrived_from_msmtp(messages)


def test_msmtp_is_refused_with_a_wrong_password():
    _, messages = msmtp_sends('submissions', 'plain', expect=77, password='wrong')  # EX_NOPERM
    assert not messages


NODEMAILER = '''
const [, , library, port, secure, authority, password] = process.argv;
const transport = require(library).createTransport({
    host: '127.0.0.1', port: Number(port), secure: secure === 'true', requireTLS: true, name: 'client.example', pool: true, maxConnections: 1,
    auth: {user: 'demo', pass: password}, tls: {ca: require('fs').readFileSync(authority), servername: 'localhost'}});
const message = number => ({
    from: 'Ä <a@example.org>', to: ['x@example.net'], bcc: 'y@example.net', subject: `Nachricht ${number}: Grüße`,
    text: `.Grüße ${number}\\n..\\n` + 'long '.repeat(300), attachments: [{filename: 'ß.bin', content: Buffer.alloc(100000, number)}],
    dsn: {id: `id+${number}`, return: 'headers', notify: ['failure', 'delay'], recipient: 'a@example.org'}});
Promise.all([1, 2, 3].map(number => transport.sendMail(message(number))))
    .then(results => results.forEach(result => console.log(result.response)), error => { console.log(error.code); process.exitCode = 3; })
    .finally(() => transport.close());
'''


def nodemailer_sends(site, service, password, expect=0):
    need('node')
    library = os.path.join(unpacked.tree('node-nodemailer'), 'usr/share/nodejs/nodemailer')
    script = place.write(site.folder + '/send.js', NODEMAILER)
    return run('node', script, library, str(site.port(service)), 'true' if service == 'submissions' else 'false', certificate.authority(), password,
               expect=expect)


def nodemailer_messages_arrive(service):
    with Site() as site:
        out = nodemailer_sends(site, service, 'secret')
        assert len(re.findall('^250 2.0.0 Ok: queued as ', out, re.M)) == 3, out
        for message in site.sink.wait(3):
            assert sorted(message.recipients) == ['x@example.net', 'y@example.net'] and b'Bcc:' not in message.header, message
            text, attachment = (part.get_payload(decode=True) for part in email.message_from_bytes(message.data).get_payload())
            number = attachment[0]
            assert attachment == bytes([number]) * 100000, attachment[:20]
            assert text.decode().splitlines()[:2] == ['.Grüße %d' % number, '..'] and text.count(b'long') == 300, text
        assert len(site.relay.wait_log('client=.*sasl_method=PLAIN, sasl_username=demo', 3)) == 3


def test_nodemailer_submits_several_messages_with_starttls():
    nodemailer_messages_arrive('submission')


def test_nodemailer_submits_several_messages_with_implicit_tls():
    nodemailer_messages_arrive('submissions')


def test_nodemailer_is_refused_with_a_wrong_password():
    with Site() as site:
        assert 'EAUTH' in nodemailer_sends(site, 'submission', 'wrong', expect=3)
        assert not site.sink.messages


def openssl_talks(service, *options):
    """A whole transaction typed into openssl s_client; each line waits for the reply to the one before."""
    with Site() as site:
        with subprocess.Popen(['openssl', 's_client', '-connect', '127.0.0.1:%d' % site.port(service), *options, '-servername', 'localhost', '-CAfile',
                               certificate.authority(), '-verify_return_error', '-crlf', '-quiet'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True) as talk:
            def say(line, code):
                if line is not None:
                    talk.stdin.write(line + '\n')
                    talk.stdin.flush()
                heard = talk.stdout.readline()
                while heard[3:4] == '-':
                    heard = talk.stdout.readline()
                assert heard.startswith(code), '%r was answered %r' % (line, heard)

            if service == 'submissions':
                say(None, '220')
            say('EHLO client.example', '250')
            say('AUTH PLAIN ' + base64.b64encode(b'\0demo\0secret').decode(), '235')
            say('MAIL FROM:<a@example.org>', '250')
            say('RCPT TO:<x@example.net>', '250')
            say('DATA', '354')
            say('Subject: typed\n\nRenegotiate\nQuit\n..\n.', '250')
            say('QUIT', '221')
            talk.stdin.close()
        message = site.sink.wait(1)[0]
        assert message.body == b'Renegotiate\r\nQuit\r\n.\r\n' and b'with ESMTPSA' in message.header, message.data


def test_openssl_talks_after_starttls():
    openssl_talks('submission', '-starttls', 'smtp', '-name', 'client.example')


def test_openssl_talks_over_implicit_tls():
    openssl_talks('submissions')


def test_openssl_pours_in_a_transaction_without_waiting():
    with Site() as site:
        typed = ['EHLO client.example', 'AUTH PLAIN ' + base64.b64encode(b'\0demo\0secret').decode(), 'MAIL FROM:<a@example.org>',
                 'RCPT TO:<x@example.net>', 'DATA', 'Subject: poured', '', 'hello', '.', 'QUIT', '']
        out = run('openssl', 's_client', '-connect', '127.0.0.1:%d' % site.port('submission'), '-starttls', 'smtp', '-crlf', '-quiet', text='\n'.join(typed))
        assert re.search(r'^354 .*^250 2.0.0 Ok: queued as .*^221 ', out, re.M | re.S), out
        assert site.sink.wait(1)[0].body == b'hello\r\n'
