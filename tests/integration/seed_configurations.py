"""Configurations of guides that people follow, if their folder is beside the project: `posthouse check` says what is wrong with each, and nothing else; and
each starts and relays or refuses as its guide says."""
import contextlib
import os
import re
import shutil
import subprocess

from kit import certificate, place
from kit.client import Client
from kit.dovecot import Dovecot
from kit.milter import Milter
from kit.relay import GROUP, OWNER, Relay
from kit.saslauthd import Saslauthd
from kit.sink import Sink
from kit.unpacked_databases import MariaDb

FOLDER = os.environ.get('POSTHOUSE_SEEDS') or os.path.join(place.ROOT, '../shared/spec/configs')

LOGIN_MECHANISMS = 'warning: PLAIN and LOGIN are never used, by the default of smtp_sasl_security_options'
READABLE = 'warning: smtp_sasl_password_maps: everybody on this host may read'
MISSING = 'warning: database @DIR@/%s.db is missing: using its source file'
NO_DOVECOT = 'warning: smtpd_sasl_path: there is no @DIR@/q/private/auth, so nobody can log in'
NO_CERTIFICATE = 'error: service 127.0.0.1:587: TLS is not available: @DIR@/server.crt: No such file or directory'

# What each says, by its beginning; a line of main.cf behind the last of the guide's is the test bench's own.
FINDINGS = {
    's0-internal-relay': [],
    's1-ip-based': [],
    's1-direct': ['main.cf:11: note: milter inet:127.0.0.1:8891: with the default action accept, mail leaves without a signature', 'main.cf:14: note: smtp_tls_session_cache_database has no effect here'],
    's1-header-cleanup': ['main.cf:5: note: smtp_header_checks: regexp:@DIR@/smtp_header_checks line 2: removes Received fields'],
    's1-ses': ['main.cf:4: ' + READABLE, 'main.cf:4: ' + MISSING % 'sasl_passwd'],
    's1-smarthost': ['main.cf:14: ' + READABLE, 'main.cf:14: ' + MISSING % 'sasl_passwd'],
    's1-per-domain': [
        'main.cf:5: warning: @DIR@/transport: "* default_relay:" names no host', 'main.cf:5: note: @DIR@/transport: "* default_relay:" takes mail for our own domains',
        'main.cf:5: ' + MISSING % 'transport', 'master.cf:4: warning: service "default_relay": -o relayhost has no effect',
        'master.cf:4: warning: service "default_relay": mail that is routed to default_relay: without a host', 'master.cf:5: ' + LOGIN_MECHANISMS, 'master.cf:6: ' + READABLE,
        'master.cf:6: ' + MISSING % 'sasl_default', 'master.cf:8: warning: service "premium_relay": -o relayhost has no effect',
        'master.cf:8: warning: service "premium_relay": mail that is routed to premium_relay: without a host', 'master.cf:9: ' + LOGIN_MECHANISMS, 'master.cf:10: ' + READABLE,
        'master.cf:10: ' + MISSING % 'sasl_premium'],
    's1-open-relay-comments': ['main.cf:4: warning: smtpd_recipient_restrictions contains "#"', 'main.cf:4: error: smtpd_recipient_restrictions: unknown smtpd restriction: "#"'],
    's1-submission': ['main.cf:7: ' + NO_DOVECOT, 'master.cf:2: ' + NO_CERTIFICATE],
    's2-submission-dovecot': ['main.cf:7: ' + NO_DOVECOT, 'main.cf:15: ' + MISSING % 'email2email', 'master.cf:2: ' + NO_CERTIFICATE],
    's2-reader-submission': ['main.cf:12: warning: smtpd_sender_login_maps is never asked', 'master.cf:2: ' + NO_CERTIFICATE, 'master.cf:10: ' + NO_DOVECOT],
    's3-postscreen-relay': [
        'main.cf:9: note: postscreen_blacklist_action is an old name', 'main.cf:15: note: postscreen_whitelist_interfaces is an old name',
        'main.cf:16: note: postscreen_bare_newline_action has no effect: the test is off', 'main.cf:26: warning: mynetworks is empty', 'main.cf:28: note: sendmail_path has no effect here',
        'main.cf:35: warning: local_recipient_maps is empty', 'main.cf:39: note: biff has no effect here', 'main.cf:48: note: smtpd_recipient_restrictions: permit at the end changes nothing',
        'main.cf:54: ' + LOGIN_MECHANISMS, 'main.cf:55: ' + READABLE, 'main.cf:59: warning: smtpd_sasl_path: there is no smtpd.conf',
        'main.cf:65: warning: overriding earlier entry: smtpd_sasl_authenticated_header=yes (of line 60)', 'main.cf:77: note: smtpd_tls_session_cache_database has no effect here',
        'main.cf:92: note: proxy_read_maps has no effect here', 'master.cf:10: error: service 127.0.0.1:25: TLS is not available', 'master.cf:11: error: service smtpd: TLS is not available',
        'master.cf:14: error: service 127.0.0.1:587: TLS is not available', 'master.cf:28: error: service 127.0.0.1:465: TLS is not available',
        'master.cf:64: warning: service "policy" is never used'],
}


def put(name, folder, values, main=''):
    """The guide's files into `folder`, with its ports and paths; `main` goes to the end of main.cf."""
    if not os.path.isdir(FOLDER):
        raise place.Skip('the configurations of the guides are not here')
    source = os.path.join(FOLDER, name)
    for parent, _, files in os.walk(source):
        for file in files:
            with open(os.path.join(parent, file), encoding='utf-8') as opened:
                place.write(os.path.join(folder, os.path.relpath(parent, source), file), opened.read())
    with open(os.path.join(FOLDER, 'common-master.cf'), encoding='utf-8') as stock, open(os.path.join(FOLDER, 'common.cf'), encoding='utf-8') as bench:
        rows, lines = stock.read(), bench.read()
    master = folder + '/master.cf'
    if not os.path.exists(os.path.join(source, 'master.cf')):
        place.write(master, rows)
    elif values.get('whole'):
        with open(master, encoding='utf-8') as file:
            own = file.read()
        place.write(master, own if 'qmgr' in own else rows + own)
    with open(folder + '/main.cf', 'a', encoding='utf-8') as file:
        file.write(lines + main)
    for parent, _, files in os.walk(folder):
        for file in files:
            path = os.path.join(parent, file)
            with open(path, encoding='utf-8') as opened:
                text = opened.read()
            place.write(path, re.sub('@[A-Z0-9_]+@', lambda found: str(values.get(found[0], found[0])), text))


def prepared(name):
    """The guide's files in a folder of their own."""
    folder = place.private_folder('seed') + '/etc'
    put(name, folder, {'@DIR@': folder, '@PORT_25@': '25', '@PORT_587@': '587', '@PORT_465@': '465', '@UP@': '2525', '@UP2@': '2526', '@PORT_8891@': '8891'})
    return folder


def findings(name):
    folder = prepared(name)
    try:
        done = subprocess.run([place.BIN + '/posthouse', 'check', '-c', folder], capture_output=True, text=True, timeout=60, env=dict(os.environ, POSTHOUSE_RESOLVER='127.0.0.1:9'))
    finally:
        shutil.rmtree(os.path.dirname(folder), ignore_errors=True)
    said = (done.stdout + done.stderr).replace(folder + '/main.cf', 'main.cf').replace(folder + '/master.cf', 'master.cf').replace(folder, '@DIR@')
    # The bench's own lines, and the default of alias_maps, which names a type that Debian's Postfix has.
    return [line for line in said.splitlines() if 'maillog_file' not in line and 'nis:mail.aliases' not in line]


def test_each_guide_hears_what_is_wrong_with_it_and_nothing_else():
    for name, expected in FINDINGS.items():
        said = findings(name)
        unexpected = [line for line in said if not any(line.startswith(begin) for begin in expected)]
        missing = [begin for begin in expected if not any(line.startswith(begin) for line in said)]
        assert not unexpected and not missing and len(said) == len(expected), '%s:\n%s\nnot expected: %s\nmissing: %s' % (name, '\n'.join(said), unexpected, missing)


class Guide(Relay):
    """The server with a guide's configuration. `up`, `up2`, `milter`: ports of the next hops, of a milter; `main`: lines that only the test needs."""

    def __init__(self, name, up=9, up2=9, main='', records=None, milter=9):
        super().__init__(records=records)
        self.ports.update({'submission': place.free_port(), 'smtps': place.free_port()})
        values = {'@DIR@': self.folder, '@PORT_25@': self.port, '@PORT_587@': self.ports['submission'], '@PORT_465@': self.ports['smtps'], '@UP@': up, '@UP2@': up2, '@PORT_8891@': milter, 'whole': True}
        os.mkdir(self.folder + '/q')
        cert, key = certificate.issue('server', self.folder)
        assert (cert, key) == (self.folder + '/server.crt', self.folder + '/server.key')
        shutil.copy(certificate.authority(), self.folder + '/ca.crt')
        owner = 'mail_owner = %s\nsetgid_group = %s\n' % (OWNER, GROUP) if os.getuid() == 0 else ''
        put(name, self.folder, values, owner + 'smtpd_peername_lookup = no\n' + main)

    def logs_in_by(self, dovecot):
        os.makedirs(self.folder + '/q/private')
        os.symlink(dovecot.socket, self.folder + '/q/private/auth')
        return self

    def said(self, recipient='x@example.net', source='127.0.0.5', port='smtp', sender='a@example.org', prepare=lambda client: None):
        """The reply to RCPT."""
        with Client(self.ports[port], source=source) as client:
            prepare(client)
            client.command('MAIL FROM:<%s>' % sender, 250)
            return client.command('RCPT TO:<%s>' % recipient).text

    def send(self, recipient='x@example.net', sender='a@example.org', port='smtp', prepare=lambda client: None):
        with Client(self.ports[port]) as client:
            prepare(client)
            client.message(sender, [recipient], b'Subject: t\r\n\r\nhello\r\n')


@contextlib.contextmanager
def upstream(login=None):
    """A next hop with STARTTLS, and with a login if one is given."""
    folder = place.private_folder('upstream')
    try:
        with Sink(tls='starttls', certificate=certificate.issue('up.example', folder), login=login) as sink:
            yield sink
    finally:
        shutil.rmtree(folder, ignore_errors=True)


REFUSED = '554 5.7.1 <x@example.net>: Recipient address rejected: Access denied'


def test_s0_internal_relay_sends_on_with_tls_and_refuses_strangers():
    with upstream() as up, Guide('s0-internal-relay', up.port) as relay:
        relay.send()
        assert up.wait(1)[0].tls and relay.said() == REFUSED
        with Client(relay.port) as printer:
            assert 'STARTTLS' not in printer.hello.text
    with Sink() as bare, Guide('s0-internal-relay', bare.port) as relay:
        relay.send()
        relay.wait_log(r'dsn=4\.7\.4, status=deferred \(TLS is required, but was not offered by host 127\.0\.0\.1\[127\.0\.0\.1\]\)')


def test_s1_ses_logs_in_over_tls():
    with upstream(('AKIAIOSFODNN7EXAMPLE', 'wJalrXUtnFEMI/K7MDENG')) as up, Guide('s1-ses', up.port) as relay:
        relay.send()
        message, = up.wait(1)
        assert message.tls and message.login == 'AKIAIOSFODNN7EXAMPLE'


def test_s1_smarthost_relays_for_its_networks_only():
    with upstream(('your-api-key-or-username', 'your-password')) as up, Guide('s1-smarthost', up.port) as relay:
        relay.send()
        assert up.wait(1)[0].login == 'your-api-key-or-username' and relay.said() == REFUSED
        assert relay.said('x@yourdomain.com').startswith('554 5.7.1 ')  # a pure relay receives nothing for its own domain
        relay.wait_log(r'Untrusted TLS connection established to 127\.0\.0\.1\[127\.0\.0\.1\]:%d: TLSv1' % up.port)
        relay.wait_log(r'relay=127\.0\.0\.1\[127\.0\.0\.1\]:%d, .*dsn=2\.0\.0, status=sent \(250 2\.0\.0 Ok' % up.port)


def test_s1_ip_based_trusts_addresses_and_defers_strangers():
    with Sink() as up, Guide('s1-ip-based', up.port) as relay:
        relay.send()
        up.wait(1)
        assert relay.said() == '454 4.7.1 <x@example.net>: Relay access denied'


def test_s1_open_relay_comments_relays_for_trusted_clients_and_is_451_for_others():
    with Sink() as up, Guide('s1-open-relay-comments', up.port, main='relay_domains = ours.example\n') as relay:
        relay.send()
        up.wait(1)
        relay.wait_log('unknown smtpd restriction: "#"')
        assert relay.said('x@ours.example') == '451 4.3.5 Server configuration error'
        assert relay.said() == '454 4.7.1 <x@example.net>: Relay access denied'  # the default relay list comes first


ZONE = {(domain, 'MX'): ['10 mx.' + domain] for domain in ('highpriority.com', 'example.net')}
ZONE.update({('mx.' + domain, 'A'): ['127.0.0.1'] for domain in ('highpriority.com', 'example.net')})
DIRECT = 'smtp_tcp_port = %d\nsmtp_sasl_security_options = noanonymous\n'


def test_s1_per_domain_as_written_goes_past_the_relays_and_as_meant_to_them():
    with Sink(login=('default-user', 'default-password')) as one, Sink(login=('premium-user', 'premium-password')) as two, Sink() as mx:
        with Guide('s1-per-domain', one.port, two.port, DIRECT % mx.port, ZONE) as relay:
            relay.send('x@highpriority.com')
            relay.send('x@example.net')
            assert {message.recipients[0] for message in mx.wait(2)} == {'x@highpriority.com', 'x@example.net'} and not one.messages and not two.messages
            shutil.copy(relay.folder + '/fixed/transport', relay.folder + '/transport')
            relay.tool('postfix', 'reload')
            relay.send('x@sub.highpriority.com')
            relay.send('x@example.net')
            assert two.wait(1)[0].login == 'premium-user' and one.wait(1)[0].login == 'default-user' and len(mx.messages) == 2


def test_s1_header_cleanup_removes_what_it_names_and_our_own_received_of_localhost():
    with Sink() as up, Guide('s1-header-cleanup', up.port) as relay:
        for helo in ('localhost', 'client.example'):
            with Client(relay.port) as client:
                client.command('EHLO ' + helo, 250)
                client.message('a@example.org', ['x@example.net'], b'Received: from internal.example by x; date\r\nReceived: from far.example by y; date\r\n'
                               b'X-Originating-IP: [10.0.0.1]\r\nX-PHP-Originating-Script: 0:x.php\r\nX-Mailer: kept\r\nSubject: t\r\n\r\nX-Originating-IP: of the body\r\n')
        local, other = (message.data for message in up.wait(2))
        if b'from localhost' in other or b'from client.example' in local:
            local, other = other, local
        for data in (local, other):
            assert b'X-Originating-IP: [' not in data and b'X-PHP' not in data and b'internal.example' not in data, data
            assert b'X-Mailer: kept' in data and b'from far.example' in data and b'X-Originating-IP: of the body' in data, data
        assert b'from localhost' not in local and b'from client.example (unknown [127.0.0.1])' in other, (local, other)


DIRECT_ZONE = {('example.net', 'MX'): ['10 mx.example.net'], ('mx.example.net', 'A'): ['127.0.0.1']}


def test_s1_direct_is_signed_by_its_milter_and_goes_to_the_mx_or_unsigned_without_it():
    with Sink() as mx, Milter([('eom', '*', [('addheader', 'DKIM-Signature', 'v=1; signed')])]) as milter:
        with Guide('s1-direct', mx.port, records=DIRECT_ZONE, milter=milter.port, main='smtp_host_lookup = dns\n') as relay:
            relay.send()
            relay.tool('sendmail', '-f', 'root@yourdomain.com', 'x@example.net', text='Subject: from cron\n\nhello\n')  # non_smtpd_milters
            assert all(b'DKIM-Signature: v=1; signed' in message.header for message in mx.wait(2))
            assert relay.said() == '454 4.7.1 <x@example.net>: Relay access denied'
        with Guide('s1-direct', mx.port, records=DIRECT_ZONE, main='smtp_host_lookup = dns\n') as relay:
            relay.send()
            assert b'DKIM-Signature' not in mx.wait(3)[2].header  # milter_default_action = accept
            relay.wait_log('warning: connect to Milter service inet:127.0.0.1:9: Connection refused')


JOHN, SECRET = 'john@example.org', 'summersun'


def secured(client):
    client.starttls()
    assert client.login(JOHN, SECRET).text == '235 2.7.0 Authentication successful'


def test_s1_submission_relays_after_a_login():
    with Dovecot({JOHN: SECRET}) as dovecot, Sink() as up, Guide('s1-submission', up.port).logs_in_by(dovecot) as relay:
        relay.send(port='submission', prepare=secured)
        up.wait(1)
        relay.wait_log(r'postfix/submission/smtpd\[\d+\]: \w+: client=unknown\[127\.0\.0\.1\], sasl_method=PLAIN, sasl_username=john@example\.org')
        assert relay.said(port='submission', prepare=Client.starttls) == '554 5.7.1 <unknown[127.0.0.5]>: Client host rejected: Access denied'
        assert relay.said(port='smtp') == '454 4.7.1 <x@example.net>: Relay access denied'


def test_s2_submission_dovecot_lets_owners_send():
    with Dovecot({JOHN: SECRET}) as dovecot, Sink() as up, Guide('s2-submission-dovecot', up.port).logs_in_by(dovecot) as relay:
        relay.send(port='submission', sender=JOHN, prepare=secured)
        up.wait(1)
        assert relay.said(port='submission', sender='jane@example.org', prepare=secured) == \
            '553 5.7.1 <jane@example.org>: Sender address rejected: not owned by user john@example.org'
        assert relay.said(port='submission', sender=JOHN, prepare=Client.starttls) == '553 5.7.1 <john@example.org>: Sender address rejected: not logged in'
        assert relay.said() == '454 4.7.1 <x@example.net>: Relay access denied'
        with Client(relay.ports['submission']) as client:
            assert client.command('MAIL FROM:<john@example.org>').text == '530 5.7.0 Must issue a STARTTLS command first'
        with Client(relay.port) as client:
            assert client.login(JOHN, SECRET).text == '503 5.5.1 Error: authentication not enabled'


def test_s2_reader_submission_refuses_without_a_login():
    with Dovecot({JOHN: SECRET}) as dovecot, Sink() as up, Guide('s2-reader-submission', up.port).logs_in_by(dovecot) as relay:
        relay.send(port='submission', prepare=secured)
        up.wait(1)
        assert relay.said(port='submission', prepare=Client.starttls) == REFUSED
        with Client(relay.port) as client:
            client.starttls()
            assert 'AUTH' not in client.hello.text


S3_ZONE = {('example.net', 'MX'): ['10 localhost'], ('example.org', 'A'): ['127.0.0.1'], ('7.0.0.127.zen.spamhaus.org', 'A'): ['127.0.0.2']}


class Screened(Guide):
    """The third guide with saslauthd; `mx`: where mail for example.net goes."""

    def __init__(self, daemon, mx=9):
        super().__init__('s3-postscreen-relay', main='smtp_tcp_port = %d\npostscreen_greet_wait = 1s\n' % mx, records=S3_ZONE)
        place.write(self.folder + '/sasl/smtpd.conf', 'pwcheck_method: saslauthd\nsaslauthd_path: %s\nmech_list: PLAIN LOGIN\n' % daemon.socket)

    def screened(self, source='127.0.0.6'):
        """A client that waited for both greetings."""
        client = Client(self.port, source=source, greet=False)
        assert client.line() == '220-relay1.sanitized.fqdn [POSTSCREEN] ESMTP'
        assert client.line() == '220 relay1.sanitized.fqdn ESMTP'
        client.hello = client.command('EHLO client.example', 250)
        return client


def test_s3_postscreen_greets_tests_and_refuses():
    with Saslauthd({'john': SECRET}) as daemon, Screened(daemon) as relay:
        with relay.screened() as client:
            assert 'STARTTLS' in client.hello.text and 'AUTH' not in client.hello.text and 'VRFY' not in client.hello.text
            client.command('MAIL FROM:<a@example.org>', 250)
            assert client.command('RCPT TO:<x@example.net>').text == '454 4.7.1 <x@example.net>: Relay access denied'
        with Client(relay.port, source='127.0.0.5', greet=False) as listed:
            assert listed.line() == '521 5.3.2 Service currently unavailable'
        with Client(relay.port, source='127.0.0.7', greet=False) as bot:
            assert bot.line().startswith('220-') and bot.line().startswith('220 ')
            bot.command('EHLO bot.example', 250)
            bot.command('MAIL FROM:<a@example.org>', 250)
            assert bot.command('RCPT TO:<joe@sanitized.example>').text == '550 5.7.1 Service unavailable; client [127.0.0.7] blocked using dnsbl.hidden'


def test_s3_smtps_is_the_trusted_path_after_a_login():
    with Saslauthd({'john': SECRET}) as daemon, Sink() as mx, Screened(daemon, mx.port) as relay:
        with Client(relay.ports['smtps'], wrapper=True) as client:
            assert '250-AUTH PLAIN LOGIN' in client.hello.lines and '250-AUTH=PLAIN LOGIN' in client.hello.lines, client.hello
            client.command('MAIL FROM:<a@example.org>', 250)
            assert client.command('RCPT TO:<x@example.net>').text == '454 4.7.1 <x@example.net>: Relay access denied'
            client.command('RSET', 250)
            assert client.login('john', SECRET).text == '235 2.7.0 Authentication successful'
            client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
        header = mx.wait(1)[0].header.decode()
        assert 'with ESMTPSA id' in header and '(using TLSv1.3 with cipher ' in header and 'Authenticated' not in header, header
        relay.wait_log(r'postfix/smtps/smtpd\[\d+\]: \w+: client=unknown\[127\.0\.0\.1\], sasl_method=PLAIN, sasl_username=john@sanitized\.fqdn$')
        with Client(relay.ports['submission']) as client:
            client.starttls()
            assert client.login('john', SECRET).code == 235


def test_s3_asks_for_the_senders_domain_at_mail():
    with Saslauthd({'john': SECRET}) as daemon, Screened(daemon) as relay, relay.screened() as client:
        assert client.command('MAIL FROM:<a@nowhere.example>').text == '450 4.1.8 <a@nowhere.example>: Sender address rejected: Domain not found'
        assert client.command('MAIL FROM:a@example.org').text == '501 5.1.7 Bad sender address syntax'
        client.command('MAIL FROM:<a@example.org>', 250)
        assert client.command('VRFY joe').text == '502 5.5.1 VRFY command is disabled'


TABLES = ('aliases', 'autoreply', 'domains', 'groups', 'mailboxes')


def rows_of(table):
    """What the stand-in for a table of the third guide has."""
    if not os.path.isdir(FOLDER):
        raise place.Skip('the configurations of the guides are not here')
    with open(os.path.join(FOLDER, 's3-postscreen-relay/tables', table), encoding='utf-8') as file:
        return dict(line.split(None, 1) for line in file.read().splitlines() if line.strip() and not line.startswith('#'))


def knows_the_users_of_the_tables(relay):
    with relay.screened() as client:
        client.command('MAIL FROM:<a@example.org>', 250)
        assert client.command('RCPT TO:<who@sanitized.example>').text == '550 5.1.1 <who@sanitized.example>: Recipient address rejected: User unknown in virtual mailbox table'
        for known in ('joe@sanitized.example', 'info@sanitized.example', 'all@sanitized.example', 'whoever@localhost'):
            assert client.command('RCPT TO:<%s>' % known).text == '250 2.1.5 Ok', known
        client.command('RSET', 250)


def test_s3_refuses_users_that_the_maps_do_not_list_but_every_local_one_is_taken():
    with Saslauthd({'john': SECRET}) as daemon, Screened(daemon) as relay:
        knows_the_users_of_the_tables(relay)


def test_s3_with_its_mysql_tables_asks_mariadb():
    with MariaDb({table: rows_of(table) for table in TABLES}) as database, Saslauthd({'john': SECRET}) as daemon:
        relay = Screened(daemon)
        with open(relay.folder + '/main.cf', encoding='utf-8') as file:
            before = file.read()
        after, count = re.subn('proxy:texthash:.*?/tables/([a-z]+)', lambda found: 'proxy:mysql:%s/mysql/%s.cf' % (relay.folder, found[1]), before)
        assert count == 6, before
        place.write(relay.folder + '/main.cf', after)
        for table in TABLES:
            place.write('%s/mysql/%s.cf' % (relay.folder, table), database.settings(table))
        shutil.rmtree(relay.folder + '/tables')
        with relay:
            knows_the_users_of_the_tables(relay)
            assert relay.tool('postmap', '-q', 'all@sanitized.example', 'mysql:%s/mysql/groups.cf' % relay.folder) == 'joe@sanitized.example\n'
