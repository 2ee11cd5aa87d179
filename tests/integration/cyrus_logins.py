"""smtpd_sasl_type = cyrus: the library with a real saslauthd and a real sasldb behind it."""
import base64
import os
import shutil
import subprocess
import threading

from kit import certificate, place
from kit.client import Client
from kit.relay import Relay
from kit.saslauthd import Saslauthd, database
from kit.sink import Sink

LOGIN = {'smtpd_sasl_auth_enable': 'yes', 'smtpd_sasl_local_domain': 'example.org', 'mynetworks': '127.0.0.9/32',
         'smtpd_relay_restrictions': 'permit_sasl_authenticated, reject', 'cyrus_sasl_config_path': '@folder@/sasl'}


def conf(*lines):
    return ''.join(line + '\n' for line in lines)


def asks(saslauthd, *lines):
    return conf('pwcheck_method: saslauthd', 'saslauthd_path: ' + saslauthd.socket, 'mech_list: PLAIN LOGIN', *lines)


def test_saslauthd_checks_the_passwords_of_those_who_relay():
    with Saslauthd({'john': 'summer sun'}) as daemon, Sink() as sink:
        with Relay(dict(LOGIN, relayhost='[127.0.0.1]:%d' % sink.port), files={'sasl/smtpd.conf': asks(daemon)}) as relay:
            with Client(relay.port) as client:
                assert 'AUTH PLAIN LOGIN' in client.hello.text or 'AUTH LOGIN PLAIN' in client.hello.text, client.hello
                assert client.login('john', 'wrong').text == '535 5.7.8 Error: authentication failed: authentication failure'
                assert client.login('nobody', 'summer sun').text == '535 5.7.8 Error: authentication failed: authentication failure'
                client.command('MAIL FROM:<john@example.org>', 250)
                client.command('RCPT TO:<x@example.net>', 554)
                client.command('RSET', 250)
                assert client.login('john@example.org', 'summer sun').code == 235
                client.message('john@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
            assert sink.wait(1)[0].body == b'hello\r\n'
            relay.wait_log('SASL PLAIN authentication failed: authentication failure, sasl_username=john@example.org')
            relay.wait_log('sasl_method=PLAIN, sasl_username=john@example.org')
            relay.wait_log('warning: SASL authentication failure: Password verification failed')


def test_a_saslauthd_that_is_not_there_is_no_wrong_password():
    with Saslauthd({'john': 'secret'}) as daemon, Relay(LOGIN, files={'sasl/smtpd.conf': asks(daemon)}) as relay:
        with Client(relay.port) as client:
            daemon.stop()
            assert client.login('john', 'secret').code == 454
            relay.wait_log('SASL authentication failure: cannot connect to saslauthd server')
            daemon.start()
            assert client.login('john', 'secret').code == 235


def test_a_silent_saslauthd_holds_up_nobody_but_those_who_log_in():
    with Saslauthd({'john': 'secret'}) as daemon, Relay(LOGIN, files={'sasl/smtpd.conf': asks(daemon)}) as relay:
        daemon.stall()
        answers = []

        def log_in():
            with Client(relay.port) as client:
                answers.append(client.login('john', 'secret').code)
        waiting = [threading.Thread(target=log_in) for _ in range(24)]
        for thread in waiting:
            thread.start()
        try:
            relay.wait_log('connect from', 24)
            with Client(relay.port) as client:
                client.command('MAIL FROM:<a@example.org>', 250)
                client.command('RCPT TO:<x@example.net>', 554)
            assert not answers
        finally:
            daemon.resume()
            for thread in waiting:
                thread.join()
        assert answers == [235] * 24, answers


def test_a_silent_saslauthd_does_not_hold_up_the_end_of_the_server():
    with Saslauthd({'john': 'secret'}) as daemon, Relay(dict(LOGIN, smtpd_junk_command_limit='1000', smtpd_soft_error_limit='1000'), files={'sasl/smtpd.conf': asks(daemon)}) as relay:
        with Client(relay.port) as client, Client(relay.port) as other:
            daemon.stall()
            try:
                client.send(b'AUTH PLAIN %s\r\n' % base64.b64encode(b'\0john\0secret'))
                for _ in range(200):
                    other.command('EHLO client.example', 250)
                relay.stop()
            finally:
                daemon.resume()
        relay.wait_log('stopped without the end of lookups that hang')


def test_a_service_in_debians_chroot_finds_the_saslauthd_of_its_chroot():
    with Relay(LOGIN, files={'sasl/smtpd.conf': conf('pwcheck_method: saslauthd', 'mech_list: PLAIN')}, master='@port@ inet n - y - - smtpd\n'.replace('@port@', str(port := place.free_port()))) as relay:
        relay.stop()
        with Saslauthd({'john': 'secret'}, folder=relay.folder + '/queue/var/run/saslauthd'):
            relay.start()
            with Client(port) as client:
                assert client.login('john', 'secret').code == 235
            with Client(relay.port) as client:
                assert client.login('john', 'secret').code == 454


def msmtp(port, mechanism, user, password):
    """The exit status of a login and a message."""
    if not shutil.which('msmtp'):
        raise place.Skip('msmtp is not installed')
    command = ['msmtp', '--host=127.0.0.1', '--port=%d' % port, '--auth=' + mechanism, '--user=' + user, '--passwordeval=echo ' + password, '--tls=off', '-f', 'a@example.org', 'x@example.net']
    return subprocess.run(command, input='Subject: t\n\nhello\n', capture_output=True, text=True).returncode


def test_a_sasldb_serves_mechanisms_that_send_no_password():
    folder = place.private_folder('sasldb')
    try:
        path = database(folder + '/users', 'example.org', {'john': 'secret'})
        files = {'sasl/smtpd.conf': conf('pwcheck_method: auxprop', 'auxprop_plugin: sasldb', 'sasldb_path: ' + path, 'mech_list: SCRAM-SHA-256 SCRAM-SHA-1 DIGEST-MD5 CRAM-MD5 PLAIN')}
        with Sink() as sink, Relay(dict(LOGIN, relayhost='[127.0.0.1]:%d' % sink.port, smtpd_sasl_security_options='noanonymous, noplaintext'), files=files) as relay:
            with Client(relay.port) as client:
                assert 'PLAIN' not in client.hello.text and 'CRAM-MD5' in client.hello.text, client.hello
                assert client.login('john', 'secret').text == '535 5.7.8 Error: authentication failed: Invalid authentication mechanism'
            for mechanism in ('cram-md5', 'scram-sha-1', 'scram-sha-256'):
                assert msmtp(relay.port, mechanism, 'john', 'secret') == 0, (mechanism, relay.log())
                relay.wait_log('sasl_method=%s, sasl_username=john@example.org' % mechanism.upper())
                assert msmtp(relay.port, mechanism, 'john', 'wrong') != 0, mechanism
                relay.wait_log('SASL %s authentication failed: ' % mechanism.upper())
                assert msmtp(relay.port, mechanism, 'nobody', 'secret') != 0, mechanism
            sink.wait(3)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_who_logs_in_as_anonymous_has_the_rights_of_nobody():
    main = dict(LOGIN, smtpd_sasl_security_options='', smtpd_relay_restrictions='permit_sasl_authenticated, reject_unauth_destination', relay_domains='partner.example',
                local_header_rewrite_clients='permit_sasl_authenticated')
    with Sink() as sink, Relay(dict(main, relayhost='[127.0.0.1]:%d' % sink.port), files={'sasl/smtpd.conf': conf('mech_list: ANONYMOUS')}) as relay:
        with Client(relay.port) as client:
            assert '250-AUTH ANONYMOUS' in client.hello.lines, client.hello
            client.command('AUTH ANONYMOUS ' + base64.b64encode(b'trace').decode(), 235)
            client.command('MAIL FROM:<a@example.org>', 250)
            assert client.command('RCPT TO:<x@elsewhere.example>').text == '554 5.7.1 <x@elsewhere.example>: Relay access denied'
            client.command('RSET', 250)
            client.message('a@example.org', ['x@partner.example'], b'From: bare\r\nSubject: t\r\n\r\nhello\r\n')
        assert b'\r\nFrom: bare\r\n' in sink.wait(1)[0].data
        relay.wait_log('sasl_method=ANONYMOUS, sasl_username=anonymous')


def test_each_service_has_the_file_that_smtpd_sasl_path_names_and_tls_opens_more():
    folder = place.private_folder('sasldb')
    try:
        one = database(folder + '/one', 'example.org', {'john': 'secret'})
        two = database(folder + '/two', 'relay.example.test', {'ann': 'words'})
        cert, key = certificate.issue('relay.example.test', folder)
        files = {'sasl/smtpd.conf': conf('sasldb_path: ' + one, 'mech_list: PLAIN'), 'sasl/other.conf': conf('sasldb_path: ' + two, 'mech_list: LOGIN PLAIN', 'pwcheck_method: auxprop')}
        services = {'other': {'smtpd_sasl_path': 'other', 'smtpd_sasl_local_domain': '', 'smtpd_tls_security_level': 'may', 'smtpd_tls_cert_file': cert, 'smtpd_tls_key_file': key,
                              'smtpd_sasl_security_options': 'noplaintext', 'smtpd_sasl_tls_security_options': 'noanonymous'}}
        with Relay(LOGIN, services=services, files=files) as relay:
            with Client(relay.port) as client:
                assert client.login('ann', 'words').code == 535
                assert client.login('john', 'secret').code == 235
            with Client(relay.ports['other']) as client:
                assert 'AUTH' not in client.hello.text, client.hello
                client.starttls()
                assert client.login('john', 'secret').code == 535
                assert client.login('ann', 'words').code == 235
            os.unlink(two)
            with Client(relay.ports['other']) as client:
                client.starttls()
                assert client.login('ann', 'words').code in (454, 535)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_what_a_client_is_offered_and_how_much_it_may_say_is_for_the_operator_to_say():
    services = {'old': {'broken_sasl_auth_clients': 'yes'}, 'exempt': {'smtpd_sasl_exceptions_networks': '127.0.0.0/8'}, 'header': {'smtpd_sasl_authenticated_header': 'yes'},
                'short': {'smtpd_sasl_response_limit': '12288'}, 'one': {'smtpd_sasl_mechanism_filter': 'PLAIN'}, 'none': {'smtpd_sasl_auth_enable': 'no'}}
    with Saslauthd({'john': 'secret'}) as daemon, Sink() as sink:
        with Relay(dict(LOGIN, relayhost='[127.0.0.1]:%d' % sink.port), services=services, files={'sasl/smtpd.conf': asks(daemon)}) as relay:
            with Client(relay.ports['old']) as client:
                assert 'AUTH PLAIN LOGIN\n' in client.hello.text and 'AUTH=PLAIN LOGIN' in client.hello.text, client.hello.text
            with Client(relay.ports['exempt']) as client:
                assert 'AUTH' not in client.hello.text, client.hello.text
                assert client.login('john', 'secret').code == 235
            with Client(relay.ports['one']) as client:
                assert 'LOGIN' not in client.hello.text, client.hello.text
                client.command('AUTH LOGIN', 535)
                assert client.login('john', 'secret').code == 235
            with Client(relay.ports['none']) as client:
                client.command('AUTH LOGIN', 503)
            with Client(relay.ports['short']) as client:
                client.command('AUTH LOGIN', 334)
                assert client.command('A' * 12292).text == '500 5.5.6 SASL response limit exceeded'
                client.command('AUTH LOGIN', 334)
                client.command('*', 501)
                client.command('NOOP', 250)
            relay.wait_log(r'warning: localhost\[127.0.0.1\]: SASL LOGIN authentication aborted')
            with Client(relay.ports['header']) as client:
                assert client.login('john', 'secret').code == 235
                client.command('AUTH PLAIN', 503)
                client.message('john@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
            assert b'(Authenticated sender: john@example.org)' in sink.wait(1)[0].header


def test_a_reload_brings_another_application_file():
    with Saslauthd({'john': 'secret'}) as daemon, Relay(LOGIN, files={'sasl/smtpd.conf': conf('mech_list: NOSUCH')}) as relay:
        relay.wait_log('nobody can log in: libsasl2 offers no mechanism')
        with Client(relay.port) as client:
            assert 'AUTH' not in client.hello.text, client.hello
        place.write(relay.folder + '/sasl/smtpd.conf', asks(daemon))
        relay.tool('postfix', 'reload')
        relay.wait_log('daemon started', 2)  # it names folders of its own, so another process takes over
        with Client(relay.port) as client:
            assert client.login('john', 'secret').code == 235
