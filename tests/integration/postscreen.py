"""postscreen rows: clients before the screen, on real sockets, and the sessions behind it."""
import os
import shutil
import subprocess
import tempfile

from kit import certificate, place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

MAIN = {'postscreen_greet_wait': '1s', 'mynetworks': '127.0.0.9/32', 'relay_domains': 'partner.example', 'smtpd_peername_lookup': 'no'}
PASS = 'smtpd pass - - n - - smtpd\ndnsblog unix - - n - 0 dnsblog\ntlsproxy unix - - n - 0 tlsproxy\n'


class Screened(Relay):
    """A relay with a postscreen row at `screen`."""

    def __init__(self, main=None, behind=PASS, **more):
        self.screen = place.free_port()
        super().__init__(dict(MAIN, **(main or {})), master='%d inet n - n - 1 postscreen\n%s' % (self.screen, behind), **more)

    def client(self, source):
        return Client(self.screen, source=source, greet=False)


def rest(client):
    """What comes until the server closes."""
    text = client.pending
    while True:
        try:
            got = client.socket.recv(65536)
        except ConnectionResetError:
            got = b''
        if not got:
            return text.decode()
        text += got


def test_a_client_that_waits_sends_its_mail_on_the_same_connection_and_is_known_after_a_restart():
    with Sink() as hop:
        with Screened({'relayhost': '[127.0.0.1]:%d' % hop.port}) as relay:
            with relay.client('127.0.0.6') as client:
                port = client.socket.getsockname()[1]
                assert client.line() == '220-relay.example.test ESMTP Postfix'
                assert client.line() == '220 relay.example.test ESMTP Postfix'
                assert 'PIPELINING' in client.command('EHLO good.example', 250).text
                client.message('a@example.org', ['x@partner.example'], b'Subject: t\r\n\r\nhello\r\n')
                client.command('QUIT', 221)
            assert b'hello' in hop.wait(1)[0].data
            relay.wait_log(r'postfix/postscreen\[\d+\]: CONNECT from \[127\.0\.0\.6\]:%d to \[127\.0\.0\.1\]:%d$' % (port, relay.screen))
            relay.wait_log(r'postfix/postscreen\[\d+\]: PASS NEW \[127\.0\.0\.6\]:%d$' % port)
            relay.wait_log(r'postfix/smtpd\[\d+\]: connect from unknown\[127\.0\.0\.6\]$')
            relay.stop()
            assert os.stat(relay.folder + '/data/postscreen_cache.records').st_mode & 0o777 == 0o600
            relay.start()
            with relay.client('127.0.0.6') as client:
                assert client.line() == '220 relay.example.test ESMTP Postfix'
                client.command('QUIT', 221)
            relay.wait_log(r'PASS OLD \[127\.0\.0\.6\]')


def test_who_speaks_too_early_is_heard_by_the_session_refused_or_dropped():
    with Screened() as relay, relay.client('127.0.0.3') as client:
        client.send(b'EHLO early.example\r\n')
        assert client.line().startswith('220-') and client.line().startswith('220 ')
        assert 'PIPELINING' in client.reply().text  # the session heard what was said to the screen
        client.command('MAIL FROM:<a@example.org>', 250)
        relay.wait_log(r'PREGREET 20 after \S+ from \[127\.0\.0\.3\]:\d+: EHLO early\.example\\r\\n')
    with Screened({'postscreen_greet_action': 'enforce'}) as relay, relay.client('127.0.0.3') as client:
        client.send(b'EHLO early.example\r\n')
        assert client.line().startswith('220-')
        assert 'PIPELINING' not in client.reply().text
        client.command('MAIL FROM:<a@example.org>', 250)
        assert client.command('RCPT TO:<x@partner.example>').text == '550 5.5.1 Protocol error'
        client.command('QUIT', 221)
        assert rest(client) == ''
        relay.wait_log(r'NOQUEUE: reject: RCPT from \[127\.0\.0\.3\]:\d+: 550 5\.5\.1 Protocol error; from=<a@example\.org>, to=<x@partner\.example>, proto=ESMTP, helo=<early\.example>')
        relay.wait_log(r'DISCONNECT \[127\.0\.0\.3\]')
    with Screened({'postscreen_greet_action': 'drop'}) as relay, relay.client('127.0.0.3') as client:
        client.send(b'EHLO early.example\r\n')
        assert rest(client) == '220-relay.example.test ESMTP Postfix\r\n521 5.5.1 Protocol error\r\n'


def test_dns_lists_that_add_up_keep_a_client_out():
    records = {('4.0.0.127.bad.example', 'A'): ['127.0.0.2', '127.0.0.9'], ('4.0.0.127.secret.worse.example', 'A'): ['127.0.0.4'],
               ('5.0.0.127.bad.example', 'A'): ['127.0.0.2'], ('5.0.0.127.good.example', 'A'): ['127.0.0.1']}
    main = {'postscreen_dnsbl_sites': 'bad.example=127.0.0.[2..3] secret.worse.example*2 good.example*-3', 'postscreen_dnsbl_threshold': '3',
            'postscreen_dnsbl_action': 'drop', 'postscreen_dnsbl_allowlist_threshold': '-1', 'postscreen_dnsbl_reply_map': 'texthash:@folder@/names'}
    with Screened(main, records=records, files={'names': 'secret.worse.example worse.example\n'}) as relay:
        with relay.client('127.0.0.4') as listed:
            assert listed.line().startswith('220-')
            assert rest(listed) == '521 5.7.1 Service unavailable; client [127.0.0.4] blocked using worse.example\r\n'
        relay.wait_log(r'postfix/dnsblog\[\d+\]: addr 127\.0\.0\.4 listed by domain secret\.worse\.example as 127\.0\.0\.4')
        relay.wait_log(r'DNSBL rank 3 for \[127\.0\.0\.4\]')
        with relay.client('127.0.0.5') as vouched_for:
            assert vouched_for.line().startswith('220-') and vouched_for.line().startswith('220 ')
            vouched_for.command('QUIT', 221)
        relay.wait_log(r'PASS NEW \[127\.0\.0\.5\]')


def test_the_pass_row_serves_with_its_own_settings_and_a_reload_puts_a_screen_before_a_port():
    with Relay(dict(MAIN, mynetworks='127.0.0.1/32')) as relay:
        with Client(relay.port) as before:
            with open(relay.folder + '/master.cf', encoding='ascii') as file:
                rows = file.read().replace('inet n - n - - smtpd', 'inet n - n - 1 postscreen', 1)
            place.write(relay.folder + '/master.cf', rows + 'smtpd pass - - n - - smtpd\n  -o smtpd_banner=behind.example\n  -o syslog_name=postfix/behind\n')
            relay.tool('postfix', 'reload')
            with Client(relay.port, greet=False) as mine:
                assert mine.line() == '220 behind.example'
                relay.wait_log(r'ALLOWLISTED \[127\.0\.0\.1\]')
                relay.wait_log(r'postfix/behind/smtpd\[\d+\]: connect from')
            with Client(relay.port, greet=False, source='127.0.0.7') as other:
                assert other.line().startswith('220-relay.example.test')
                assert other.line() == '220 behind.example'
            before.command('NOOP', 250)  # began before the reload


def test_the_engine_behind_the_screen_speaks_tls():
    with tempfile.TemporaryDirectory(prefix='posthouse-postscreen-') as folder:
        os.chmod(folder, 0o755)
        cert, key = certificate.issue('mail.example.test', folder)
        main = {'postscreen_access_list': 'cidr:@folder@/access', 'postscreen_denylist_action': 'enforce', 'postscreen_greet_banner': '', 'smtpd_tls_security_level': 'may',
                'smtpd_tls_loglevel': '1', 'smtpd_tls_cert_file': cert, 'smtpd_tls_key_file': key}
        refused_over_tls(main)


def refused_over_tls(main):
    with Screened(main, files={'access': '127.0.0.5 reject\n'}) as relay, Client(relay.screen, source='127.0.0.5') as client:
        relay.wait_log(r'DENYLISTED \[127\.0\.0\.5\]')
        assert 'STARTTLS' in client.hello.text
        client.starttls()
        assert 'STARTTLS' not in client.hello.text
        client.command('MAIL FROM:<a@example.org>', 250)
        assert client.command('RCPT TO:<x@partner.example>').text == '550 5.3.2 Service currently unavailable'
        client.command('QUIT', 221)
        relay.wait_log(r'postfix/tlsproxy\[\d+\]: Anonymous TLS connection established from \[127\.0\.0\.5\]:\d+: TLSv1')


def test_a_good_client_comes_back_after_the_tests_that_follow_the_greeting():
    main = {'postscreen_greet_banner': '', 'postscreen_pipelining_enable': 'yes', 'postscreen_bare_newline_enable': 'yes', 'postscreen_non_smtp_command_enable': 'yes'}
    with Screened(main) as relay:
        with Client(relay.screen, source='127.0.0.8') as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            assert client.command('RCPT TO:<x@partner.example>').text == '450 4.3.2 Service currently unavailable'
            client.command('QUIT', 221)
        relay.wait_log(r'PASS NEW \[127\.0\.0\.8\]')
        with Client(relay.screen, source='127.0.0.8') as again:
            assert 'PIPELINING' in again.hello.text
            again.command('MAIL FROM:<a@example.org>', 250)
            again.command('RCPT TO:<x@partner.example>', 250)


def test_a_load_balancer_says_who_the_client_is_to_the_screen_and_the_session():
    main = {'postscreen_upstream_proxy_protocol': 'haproxy', 'postscreen_access_list': 'cidr:@folder@/access', 'postscreen_greet_banner': ''}
    with Screened(main, files={'access': '192.0.2.5 permit\n'}) as relay:
        with relay.client('127.0.0.1') as client:
            client.send(b'PROXY TCP4 192.0.2.5 198.51.100.1 1025 25\r\n')
            assert client.line().startswith('220 ')
            relay.wait_log(r'CONNECT from \[192\.0\.2\.5\]:1025 to \[198\.51\.100\.1\]:25$')
            relay.wait_log(r'ALLOWLISTED \[192\.0\.2\.5\]:1025')
            relay.wait_log(r'smtpd\[\d+\]: connect from unknown\[192\.0\.2\.5\]')
        with relay.client('127.0.0.1') as client:
            client.send(b'EHLO nobody\r\n')
            assert rest(client) == '421 4.3.2 No system resources\r\n'


def test_those_who_wait_are_told_when_the_server_stops():
    with Screened({'postscreen_greet_wait': '60s'}) as relay, relay.client('127.0.0.3') as client:
        assert client.line().startswith('220-')
        relay.stop()
        assert rest(client) == '421 4.3.2 Service currently unavailable\r\n'


def test_a_screen_without_a_pass_row_does_not_start():
    relay = Screened(behind='')
    try:
        done = subprocess.run(place.server_command() + [relay.folder], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                              env=dict(os.environ, MAIL_CONFIG=relay.folder, POSTHOUSE_RESOLVER=relay.resolver.address))
        said = done.stdout + done.stderr + relay.log()
        assert done.returncode != 0 and 'postscreen has nobody to pass clients on to: add a row "smtpd pass - - n - - smtpd"' in said, (done, said)
    finally:
        relay.resolver.stop()
        shutil.rmtree(relay.folder)
