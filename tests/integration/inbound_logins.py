"""What guides say of logins, one test a statement: their lines as they are written, replies and log lines letter for letter."""
import base64
import os
import socket
import threading

from integration.cyrus_logins import asks
from integration.server_tls import Certificates
from kit import place
from kit.client import Client
from kit.dovecot import Dovecot
from kit.milter import Milter
from kit.passwords import SETTINGS, password_file
from kit.relay import Relay
from kit.saslauthd import Saslauthd, database
from kit.sink import Sink

TEXT = b'Subject: t\r\n\r\nhello\r\n'
JOHN, SECRET = 'john@example.org', 'summersun'
GUIDE = {'smtpd_sasl_type': 'dovecot', 'smtpd_sasl_path': 'private/auth', 'smtpd_sasl_auth_enable': 'yes', 'mynetworks': '127.0.0.9/32', 'smtpd_peername_lookup': 'no'}


def plain(user, password):
    return base64.b64encode(('\0%s\0%s' % (user, password)).encode()).decode()


class Served(Relay):
    """A relay whose private/auth is Dovecot's socket."""

    def __init__(self, dovecot, main=None, **more):
        super().__init__(dict(GUIDE, **(main or {})), **more)
        os.makedirs(self.folder + '/queue/private')
        os.symlink(dovecot.socket, self.folder + '/queue/private/auth')


def test_smtpd_sasl_path_is_below_the_queue_or_a_host_and_port():
    port = place.free_port()
    with Dovecot({JOHN: SECRET}, port=port) as dovecot:
        with Served(dovecot, services={'inet': {'smtpd_sasl_path': 'inet:127.0.0.1:%d' % port}}) as relay:
            for listener in (relay.port, relay.ports['inet']):
                with Client(listener) as client:
                    assert '250-AUTH PLAIN LOGIN' in client.hello.lines, client.hello
                    assert client.login(JOHN, SECRET).text == '235 2.7.0 Authentication successful'


class Scripted:
    """A server of Dovecot's protocol that gives `answer` to each AUTH and keeps what was said."""

    def __init__(self, path, answer):
        self.answer, self.lines = answer, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, 0o666)
        self.listener.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with connection, connection.makefile('rw') as stream:
            stream.write('VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\tx\nDONE\n')
            stream.flush()
            for line in stream:
                self.lines.append(line.rstrip('\n'))
                if line.startswith('AUTH\t'):
                    stream.write(self.answer.replace('ID', line.split('\t')[1]) + '\n')
                    stream.flush()


def scripted(answer, **main):
    """The reply to a login and what the server was asked."""
    relay = Relay(dict(GUIDE, **main))
    os.makedirs(relay.folder + '/queue/private')
    server = Scripted(relay.folder + '/queue/private/auth', answer)
    with relay, Client(relay.port) as client:
        return client.login(JOHN, SECRET).text, server.lines


def test_dovecot_is_asked_for_smtp_with_both_addresses_and_the_response_last():
    said, lines = scripted('OK\tID\tuser=' + JOHN)
    assert said == '235 2.7.0 Authentication successful'
    assert lines[0] == 'VERSION\t1\t1' and lines[1].startswith('CPID\t'), lines
    words = next(line.split('\t') for line in lines if line.startswith('AUTH'))
    assert words[2:] == ['PLAIN', 'service=smtp', 'nologin', 'lip=127.0.0.1', 'rip=127.0.0.1', 'resp=' + plain(JOHN, SECRET)], words


def test_a_refusal_has_dovecots_reason_or_none():
    assert scripted('FAIL\tID\tuser=' + JOHN)[0] == '535 5.7.8 Error: authentication failed: (reason unavailable)'
    assert scripted('FAIL\tID\tuser=%s\treason=Account is closed' % JOHN)[0] == '535 5.7.8 Error: authentication failed: Account is closed'
    assert scripted('FAIL\tID\tuser=%s\ttemp' % JOHN)[0].startswith('454 4.7.0 ')


def test_replies_to_auth():
    with Dovecot({JOHN: SECRET}) as dovecot, Served(dovecot) as relay, Client(relay.port) as client:
        assert client.login(JOHN, 'wrong').text == '535 5.7.8 Error: authentication failed: (reason unavailable)'
        assert client.command('AUTH NONSENSE').text == '535 5.7.8 Error: authentication failed: Invalid authentication mechanism'
        client.command('AUTH LOGIN', 334)
        assert client.command('*').text == '501 5.7.0 Authentication aborted'
        assert client.command('AUTH').text == '501 5.5.4 Syntax: AUTH mechanism'
        client.command('MAIL FROM:<a@example.org>', 250)
        assert client.command('AUTH PLAIN').text == '503 5.5.1 Error: MAIL transaction in progress'
        client.command('RSET', 250)
        assert client.login(JOHN, SECRET).text == '235 2.7.0 Authentication successful'
        assert client.command('AUTH PLAIN').text == '503 5.5.1 Error: already authenticated'


def test_smtpd_tls_auth_only_has_no_auth_before_tls():
    with Certificates() as made, Dovecot({JOHN: SECRET}) as dovecot:
        with Served(dovecot, made.settings(smtpd_tls_auth_only='yes')) as relay, Client(relay.port) as client:
            assert 'AUTH' not in client.hello.text
            assert client.login(JOHN, SECRET).text == '503 5.5.1 Error: authentication not enabled'
            client.starttls()
            assert '250-AUTH PLAIN LOGIN' in client.hello.lines
            assert client.login(JOHN, SECRET).code == 235


def test_plain_comes_with_the_command_or_after_334_and_login_is_prompted():
    with Dovecot({JOHN: SECRET}) as dovecot, Served(dovecot) as relay:
        with Client(relay.port) as client:
            assert client.command('AUTH PLAIN ' + plain(JOHN, SECRET)).code == 235
        with Client(relay.port) as client:
            assert client.command('AUTH PLAIN').text == '334 '
            assert client.command(plain(JOHN, SECRET)).code == 235
        with Client(relay.port) as client:
            assert client.command('AUTH LOGIN').text == '334 VXNlcm5hbWU6'
            assert client.command(base64.b64encode(JOHN.encode()).decode()).text == '334 UGFzc3dvcmQ6'
            assert client.command(base64.b64encode(SECRET.encode()).decode()).code == 235


def test_a_backend_that_is_down_stops_logins_and_nothing_else():
    with Relay(dict(GUIDE, relay_domains='partner.example')) as relay, Client(relay.port) as client:
        assert client.greeting.code == 220 and 'AUTH' not in client.hello.text
        assert client.login(JOHN, SECRET).text.startswith('454 4.7.0 ')
        client.command('MAIL FROM:<a@example.org>', 250)
        client.command('RCPT TO:<x@partner.example>', 250)


CYRUS = {'smtpd_sasl_type': 'cyrus', 'smtpd_sasl_path': 'smtpd', 'smtpd_sasl_auth_enable': 'yes', 'smtpd_sasl_local_domain': '$mydomain', 'smtpd_sasl_security_options': 'noanonymous',
         'cyrus_sasl_config_path': '@folder@/sasl', 'mynetworks': '127.0.0.9/32', 'smtpd_peername_lookup': 'no'}


def test_cyrus_reads_smtpd_conf_with_saslauthd_or_auxprop():
    folder = place.private_folder('sasldb')
    users = database(folder + '/users', 'example.test', {'ann': 'words'})
    other = 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: %s\nmech_list: PLAIN\n' % users
    with Saslauthd({'john': SECRET}) as daemon, Relay(CYRUS, services={'auxprop': {'smtpd_sasl_path': 'other'}}, files={'sasl/smtpd.conf': asks(daemon), 'sasl/other.conf': other}) as relay:
        with Client(relay.port) as client:
            assert client.login('john', 'wrong').text == '535 5.7.8 Error: authentication failed: authentication failure'
            assert client.login('john', SECRET).text == '235 2.7.0 Authentication successful'
        with Client(relay.ports['auxprop']) as client:
            assert '250-AUTH PLAIN' in client.hello.lines
            assert client.login('ann', 'words').code == 235


def test_smtpd_sasl_local_domain_is_the_realm_that_is_shown_and_logged():
    with Saslauthd({'john': SECRET}) as daemon, Sink() as sink:
        main = dict(CYRUS, relayhost='[127.0.0.1]:%d' % sink.port, smtpd_sasl_authenticated_header='yes')
        with Relay(main, files={'sasl/smtpd.conf': asks(daemon)}) as relay, Client(relay.port) as client:
            assert client.login('john', 'wrong').code == 535
            assert client.login('john', SECRET).code == 235
            client.message(JOHN, ['x@example.net'], TEXT)
            assert b'(Authenticated sender: john@example.test)' in sink.wait(1)[0].header
            relay.wait_log(r'warning: unknown\[127.0.0.1\]: SASL PLAIN authentication failed: authentication failure, sasl_username=john@example.test$')
            relay.wait_log(r'client=unknown\[127.0.0.1\], sasl_method=PLAIN, sasl_username=john@example.test$')


def test_security_options_filter_the_list_before_and_in_tls():
    with Certificates() as made, Dovecot({JOHN: SECRET}, 'plain login cram-md5') as dovecot:
        options = {'smtpd_sasl_security_options': 'noanonymous, noplaintext', 'smtpd_sasl_tls_security_options': 'noanonymous'}
        with Served(dovecot, made.settings(**options)) as relay, Client(relay.port) as client:
            assert '250-AUTH CRAM-MD5' in client.hello.lines, client.hello
            client.starttls()
            offered = next(line for line in client.hello.lines if line.startswith('250-AUTH '))
            assert sorted(offered[9:].split()) == ['CRAM-MD5', 'LOGIN', 'PLAIN'], offered


def test_smtpd_sasl_exceptions_networks_only_hides_the_list():
    main = dict(CYRUS, mynetworks='127.0.0.4/32', smtpd_sasl_exceptions_networks='$mynetworks')
    with Saslauthd({'john': SECRET}) as daemon, Relay(main, files={'sasl/smtpd.conf': asks(daemon)}) as relay:
        with Client(relay.port, source='127.0.0.4') as exempt:
            assert 'AUTH' not in exempt.hello.text
            assert exempt.login('john', SECRET).code == 235
        with Client(relay.port) as client:
            assert '250-AUTH PLAIN LOGIN' in client.hello.lines


def test_broken_sasl_auth_clients_adds_a_line():
    with Dovecot({JOHN: SECRET}) as dovecot, Served(dovecot, {'broken_sasl_auth_clients': 'yes'}) as relay, Client(relay.port) as client:
        at = client.hello.lines.index('250-AUTH PLAIN LOGIN')
        assert client.hello.lines[at + 1] == '250-AUTH=PLAIN LOGIN'


def test_the_last_smtpd_sasl_authenticated_header_wins():
    relay = Relay(dict(GUIDE, **SETTINGS), files={'passwords': password_file(john='secret')})
    with Sink() as sink:
        with open(relay.folder + '/main.cf', 'a', encoding='ascii') as main:
            main.write('relayhost = [127.0.0.1]:%d\nsmtpd_sasl_authenticated_header = yes\nsmtpd_sasl_security_options     = noanonymous\nsmtpd_sasl_authenticated_header = no\n' % sink.port)
        with relay, Client(relay.port) as client:
            client.login('john', 'secret')
            client.message('a@example.org', ['x@example.net'], TEXT)
            received = sink.wait(1)[0].header
            assert b'with ESMTPA id' in received and b'Authenticated' not in received, received


OWNERS = 'john@example.org john@example.org\njane@example.org jane@example.org\nteam@example.org john@example.org, jane@example.org\n@all.example john@example.org\nlocal john@example.org\n'
OWNED = {'smtpd_sender_login_maps': 'hash:@folder@/email2email', 'smtpd_sender_restrictions': 'reject_sender_login_mismatch,permit_sasl_authenticated,reject', 'myhostname': 'mail.example.org',
         'mydestination': 'here.example'}


def refusals(client, *senders):
    """What RCPT says for each."""
    said = {}
    for sender in senders:
        client.command('MAIL FROM:<%s>' % sender, 250)  # 250 2.1.0 Ok: the refusal waits for RCPT
        said[sender] = client.command('RCPT TO:<x@example.net>').text
        client.command('RSET', 250)
    return said


def test_reject_sender_login_mismatch_lets_owners_only():
    not_owned = '553 5.7.1 <%s>: Sender address rejected: not owned by user john@example.org'
    with Dovecot({JOHN: SECRET}) as dovecot, Served(dovecot, OWNED, files={'email2email': OWNERS}) as relay:
        relay.tool('postmap', relay.fill('hash:@folder@/email2email'))
        with Client(relay.port) as client:
            said = refusals(client, JOHN)[JOHN]
            assert said == '553 5.7.1 <john@example.org>: Sender address rejected: not logged in', said
            client.login(JOHN, SECRET)
            for sender, expected in refusals(client, JOHN, 'JOHN@Example.Org', 'team@example.org', 'who@all.example', 'local@here.example', '').items():
                assert expected == '250 2.1.5 Ok', (sender, expected)
            for sender, expected in refusals(client, 'jane@example.org', 'unlisted@example.org', 'local@elsewhere.example', 'john+x@example.org').items():
                assert expected == not_owned % sender, (sender, expected)


def test_an_owner_check_without_logins_is_told_once():
    with Relay({'smtpd_sender_restrictions': 'reject_sender_login_mismatch', 'smtpd_sasl_auth_enable': 'no'}) as relay:
        assert len(relay.wait_log('restriction "reject_sender_login_mismatch" has no effect: smtpd_sasl_auth_enable = no')) == 1, relay.log()


def test_the_mismatch_comes_at_rcpt_and_with_smtpd_delay_reject_no_at_mail():
    services = {'now': {'smtpd_delay_reject': 'no'}}
    with Dovecot({JOHN: SECRET}) as dovecot, Served(dovecot, OWNED, services=services, files={'email2email': OWNERS}) as relay:
        with Client(relay.port) as client:
            client.login(JOHN, SECRET)
            assert client.command('MAIL FROM:<jane@example.org>').text == '250 2.1.0 Ok'
            assert client.command('RCPT TO:<x@example.net>').code == 553
        with Client(relay.ports['now']) as client:
            client.login(JOHN, SECRET)
            assert client.command('MAIL FROM:<jane@example.org>').text == '553 5.7.1 <jane@example.org>: Sender address rejected: not owned by user john@example.org'


def test_the_mismatch_is_logged_as_a_reject_of_rcpt():
    with Dovecot({JOHN: SECRET}) as dovecot, Served(dovecot, OWNED, files={'email2email': OWNERS}) as relay, Client(relay.port) as client:
        client.login(JOHN, SECRET)
        refusals(client, 'jane@example.org')
        line, = relay.wait_log('NOQUEUE: reject')
        assert line.endswith(': NOQUEUE: reject: RCPT from unknown[127.0.0.1]: 553 5.7.1 <jane@example.org>: Sender address rejected: not owned by user john@example.org; '
                             'from=<jane@example.org> to=<x@example.net> proto=ESMTP helo=<client.example>'), line


def test_a_login_is_logged_with_its_message_and_a_failure_as_a_warning():
    with Dovecot({JOHN: SECRET}) as dovecot, Sink() as sink, Served(dovecot, {'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay, Client(relay.port) as client:
        client.login(JOHN, 'wrong')
        client.login(JOHN, SECRET)
        client.message(JOHN, ['x@example.net'], TEXT)
        relay.wait_log(r'postfix/smtpd\[\d+\]: [0-9A-F]\w+: client=unknown\[127.0.0.1\], sasl_method=PLAIN, sasl_username=john@example.org$')
        relay.wait_log(r'postfix/smtpd\[\d+\]: warning: unknown\[127.0.0.1\]: SASL PLAIN authentication failed: \(reason unavailable\), sasl_username=john@example.org$')


def test_milter_macro_daemon_name_is_what_milters_hear():
    with Milter() as milter:
        services = {'submission': {'milter_macro_daemon_name': 'ORIGINATING'}}
        with Relay({'smtpd_milters': milter.name}, services=services) as relay, Client(relay.ports['submission']) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            assert 'ORIGINATING' in [macros['{daemon_name}'] for event, _, macros in milter.came if event == 'connect'], milter.came


def test_smtp_and_smtpd_settings_are_not_interchangeable_and_postconf_shows_both():
    main = {'smtp_sasl_security_options': 'noanonymous', 'smtpd_sasl_security_options': 'noanonymous, noplaintext', 'smtp_tls_security_level': 'may'}
    with Relay(main) as relay, Client(relay.port) as client:
        assert 'STARTTLS' not in client.hello.text  # smtp_tls_security_level is of the client's side
        shown = relay.tool('postconf', '-n').splitlines()
        assert {'%s = %s' % item for item in main.items()} <= set(shown), shown
