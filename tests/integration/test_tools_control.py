"""postfix(1), postlog(1) and what they say: start, stop, reload, check, logrotate."""
import os
import re
import signal
import socket
import subprocess
import time

from kit import place
from kit.client import Client
from kit.relay import Relay


def run(relay, *command, user=None):
    """Exit status, standard output and standard error together."""
    done = subprocess.run([os.path.join(place.BIN, command[0]), *command[1:]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                          user=user, env=dict(os.environ, MAIL_CONFIG=relay.folder))
    return done.returncode, done.stdout


def append(relay, name, text):
    with open(os.path.join(relay.folder, name), 'a') as file:
        file.write(text)


def is_listening(port):
    try:
        socket.create_connection(('127.0.0.1', port), 5, source_address=('127.0.0.98', 0)).close()
        return True
    except OSError:
        return False


def wait_until(condition, timeout=30):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, 'waited in vain'
        time.sleep(0.02)


def test_a_refused_reload_says_why_and_keeps_what_runs():
    with Relay({'smtpd_banner': 'old'}) as relay:
        good = open(relay.folder + '/main.cf').read()
        for setting, reason in (('smtpd_recipient_limit = many', 'smtpd_recipient_limit'),
                                ('virtual_alias_maps = texthash:%s/nothing' % relay.folder, 'No such file'),
                                ('smtpd_client_restrictions = reject_nonsense', 'reject_nonsense'),
                                ('inet_interfaces = 192.0.2.1', 'listen')):
            place.write(relay.folder + '/main.cf', good + 'smtpd_banner = new\n' + setting + '\n')
            status, said = run(relay, 'postfix', 'reload')
            assert status == 1 and reason in said, (setting, status, said)
            relay.wait_log('reload refused.*' + reason)
            with Client(relay.port) as client:
                assert client.greeting.text == '220 old', client.greeting
        place.write(relay.folder + '/main.cf', good + 'smtpd_banner = new\n')
        assert run(relay, 'postfix', 'reload')[0] == 0
        with Client(relay.port) as client:
            assert client.greeting.text == '220 new', client.greeting


def test_what_was_wrong_at_the_start_does_not_refuse_a_reload():
    with Relay({'virtual_alias_maps': 'texthash:@folder@/nothing'}) as relay:
        append(relay, 'main.cf', 'smtpd_banner = new\n')
        assert run(relay, 'postfix', 'reload')[0] == 0
        with Client(relay.port) as client:
            assert client.greeting.text == '220 new', client.greeting


def test_a_reload_opens_and_closes_listeners():
    with Relay() as relay:
        rows, extra = open(relay.folder + '/master.cf').read(), place.free_port()
        append(relay, 'master.cf', '%d inet n - n - - smtpd\n' % extra)
        relay.process.send_signal(signal.SIGHUP)
        wait_until(lambda: is_listening(extra))
        with Client(extra) as session:
            place.write(relay.folder + '/master.cf', rows)
            assert run(relay, 'postfix', 'reload')[0] == 0
            wait_until(lambda: not is_listening(extra))
        with Client(relay.port) as client:
            client.command('NOOP', 250)


def test_check_finds_what_only_opening_it_shows():
    relay = Relay({'virtual_alias_maps': 'texthash:@folder@/nothing',
                   'smtpd_recipient_restrictions': 'permit_mynetworks, reject_nonsense',
                   'smtpd_tls_security_level': 'may', 'smtpd_tls_cert_file': '@folder@/none.pem',
                   'relayhost': '[127.0.0.1]:1', 'smtp_sasl_auth_enable': 'yes', 'smtp_sasl_password_maps': 'texthash:@folder@/passwords'},
                  files={'passwords': 'other.example user:secret\n'})
    lines = open(relay.folder + '/main.cf').read().splitlines()
    line_of = lambda name: 1 + next(i for i, line in enumerate(lines) if line.startswith(name))  # noqa: E731
    status, said = run(relay, 'postfix', 'check')
    assert status == 1, said
    assert '/main.cf:%d: error: texthash:%s/nothing' % (line_of('virtual_alias_maps'), relay.folder) in said, said
    assert '/main.cf:%d: error: smtpd_recipient_restrictions: unknown smtpd restriction: "reject_nonsense"' % line_of('smtpd_recipient_restrictions') in said, said
    assert '/main.cf:%d: warning: smtp_sasl_password_maps' % line_of('relayhost') in said, said
    assert '/master.cf:1: error: service %d: TLS is not available: %s/none.pem' % (relay.port, relay.folder) in said, said
    assert not os.path.exists(relay.folder + '/queue/spool/spool.sqlite')
    assert not is_listening(relay.port)


def test_a_warning_of_the_start_says_so_once():
    with Relay({'smtp_sasl_auth_enable': 'yes', 'unheard_of': 'yes'}) as relay:
        for count in (1, 2):
            line = relay.wait_log('unused parameter: unheard_of=yes', count)[count - 1]
            assert line.count('warning:') == 1 and re.search(r'postfix/master\[\d+\]: warning: %s/main.cf:\d+: unused parameter' % relay.folder, line), line
            if count == 1:
                relay.tool('postfix', 'reload')


def test_check_finds_unreadable_files_of_tls_as_a_client():
    relay = Relay({'smtp_tls_security_level': 'may', 'smtp_tls_CAfile': '@folder@/none.pem', 'smtp_tls_cert_file': '@folder@/main.cf'})
    line = 1 + next(i for i, line in enumerate(open(relay.folder + '/main.cf')) if line.startswith('smtp_tls_CAfile'))
    status, said = run(relay, 'posthouse', 'check')
    assert status == 1 and '/main.cf:%d: error: smtp_tls_CAfile: ' % line in said and 'none.pem: No such file' in said, said
    assert 'smtp_tls_cert_file' not in said, said
    append(relay, 'main.cf', 'smtp_tls_security_level = none\n')
    status, said = run(relay, 'posthouse', 'check')
    assert status == 0 and 'smtp_tls_CAfile' not in said, said


def test_check_knows_the_protocols_of_tls_as_a_client():
    relay = Relay({'smtp_tls_security_level': 'may', 'smtp_tls_protocols': 'TLSv1.2, TLSv9', 'smtp_tls_mandatory_protocols': '!SSLv2, >=TLSv1.2'})
    status, said = run(relay, 'posthouse', 'check')
    assert status == 1 and ': error: smtp_tls_protocols = TLSv1.2, TLSv9: ' in said and 'unknown TLS protocol: TLSv9' in said and 'mandatory' not in said, said


def test_the_folder_may_come_after_the_command():
    relay, other = Relay(), Relay({'myhostname': 'other.example.test', 'mynetworks': '0.0.0.0/0'})
    status, said = run(relay, 'posthouse', 'check', '-c', other.folder)
    assert status == 0 and other.folder + '/main.cf' in said and 'mynetworks contains 0.0.0.0/0' in said, said


def test_check_tells_an_open_relay():
    relay = Relay({'smtpd_relay_restrictions': '', 'smtpd_recipient_restrictions': 'permit_mynetworks'})
    status, said = run(relay, 'posthouse', 'check')
    assert status == 1 and 'reject_unauth_destination' in said, said


def test_check_is_silent_about_a_good_configuration():
    status, said = run(Relay(), 'postfix', 'check')
    assert status == 0 and 'error' not in said and 'warning' not in said, said


def test_start_and_stop_are_logged():
    with Relay() as relay:
        relay.stop()
        os.unlink(relay.log_file)
        try:
            assert run(relay, 'postfix', 'start')[0] == 0
            status, said = run(relay, 'postfix', 'start')
            assert status == 1 and 'already running' in said, said
            assert run(relay, 'postfix', 'flush')[0] == 0
        finally:
            assert run(relay, 'postfix', 'stop')[0] == 0
        status, said = run(relay, 'postfix', 'stop')
        assert status == 1 and 'not running' in said, said
        log = relay.log()
        for text in ('postfix/postfix-script[', 'starting the Postfix mail system', 'daemon started -- version', 'stopping the Postfix mail system',
                     'terminating on signal 15'):
            assert text in log, log


def test_a_start_that_fails_says_why():
    with Relay() as relay:
        relay.stop()
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(('127.0.0.1', relay.port))
            taken.listen()
            status, said = run(relay, 'postfix', 'start')
        assert status == 1 and 'Address already in use' in said, said


def test_a_rotated_log_is_begun_anew():
    with Relay({'maillog_file_rotate_suffix': 'old', 'maillog_file_compressor': 'true'}) as relay:
        run(relay, 'postlog', '-p', 'warn', '-t', 'before', 'one thing')
        relay.wait_log(r'before\[\d+\]: warning: one thing')
        assert run(relay, 'postfix', 'logrotate')[0] == 0
        run(relay, 'postlog', 'another thing')
        relay.wait_log(r'postfix/postlog\[\d+\]: another thing')
        assert 'one thing' not in relay.log()
        assert 'one thing' in open(relay.log_file + '.old').read()


def test_postfix_says_what_does_not_apply():
    with Relay() as relay:
        status, said = run(relay, 'postfix', 'upgrade-configuration', 'biff=no', 'relay_domains=a.example')
        assert status == 0 and 'nothing to upgrade' in said, said
        main = open(relay.folder + '/main.cf').read()
        assert 'biff = no\n' in main and 'relay_domains = a.example\n' in main, main
        status, said = run(relay, 'postfix', 'set-permissions', 'biff')
        assert status == 1 and "missing '=' after attribute name" in said, said
        assert 'nothing to set' in run(relay, 'postfix', 'set-permissions')[1]
        status, said = run(relay, 'postfix', 'tls', 'enable-client')
        assert status == 1 and 'no "postfix tls" here' in said, said
        status, said = run(relay, 'postfix', '-D', 'bogus')
        assert status == 1 and 'warning: -D: ' in said and "unknown command: 'bogus'. Usage: postfix start (or stop" in said, said


def test_postlog_writes_while_the_server_is_down():
    with Relay() as relay:
        relay.stop()
        run(relay, 'postlog', '-t', 'me', 'while down')
        relay.wait_log(r'^\w{3} [ \d]\d [\d:]{8} relay me\[\d+\]: while down')


def test_only_the_owner_of_the_queue_may_stop_the_server():
    if os.getuid() != 0:
        raise place.Skip('another user is needed: run as root')
    with Relay() as relay:
        for command in ('stop', 'abort', 'reload'):
            status, said = run(relay, 'postfix', command, user=65534)
            assert status == 1 and 'reserved for the superuser' in said, said
        status, said = run(relay, 'postsuper', '-d', 'ALL', user=65534)
        assert status == 1 and 'superuser' in said, (status, said)
        assert run(relay, 'mailq', user=65534)[0] == 0
        assert is_listening(relay.port)


def test_abort_ends_at_once_and_leaves_a_queue_that_starts_again():
    with Relay() as relay:
        relay.stop()
        assert run(relay, 'postfix', 'start')[0] == 0
        assert run(relay, 'postfix', 'abort')[0] == 0
        assert run(relay, 'postfix', 'status')[0] == 1
        relay.start()
        with Client(relay.port) as client:
            client.command('NOOP', 250)
