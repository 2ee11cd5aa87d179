"""What guides say of listeners and of TLS for those who connect, one test a statement: their lines as they are written, replies letter for letter."""
import os
import socket
import subprocess

from integration.server_tls import Certificates, read, talk
from kit import certificate, place
from kit.client import Client
from kit.passwords import SETTINGS, password_file
from kit.relay import Relay
from kit.sink import Sink

TEXT = b'Subject: t\r\n\r\nhello\r\n'
SUBMISSION = {'syslog_name': 'postfix/submission', 'smtpd_tls_security_level': 'encrypt'}


def connects(port, address):
    try:
        socket.create_connection((address, port), 5).close()
        return True
    except OSError:
        return False


def keywords(client):
    """What EHLO offered, without the first line."""
    return [line[4:] for line in client.hello.lines[1:]]


def relayed(main, port='smtp', prepare=lambda client: None, services=None):
    """The header of a message that came in on `port` and left, and the log."""
    with Sink() as sink, Relay(dict(main, relayhost='[127.0.0.1]:%d' % sink.port), services=services) as relay:
        with Client(relay.ports[port]) as client:
            prepare(client)
            client.message('a@example.org', ['x@example.net'], TEXT)
        return sink.wait(1)[0].header.decode(), relay.log()


def test_printers_on_port_25_see_no_starttls_if_no_level_is_set():
    with Relay() as relay, Client(relay.port) as printer:
        assert 'STARTTLS' not in keywords(printer)
        assert printer.command('STARTTLS').text == '502 5.5.1 Error: command not implemented'


def test_inet_interfaces_with_a_stray_comma_is_a_list_of_one_name():
    with Relay({'inet_interfaces': 'localhost,'}) as relay:
        assert connects(relay.port, '127.0.0.1') and not connects(relay.port, '127.0.0.2')


def test_inet_interfaces_all_is_every_address():
    with Relay({'inet_interfaces': 'all'}) as relay:
        assert connects(relay.port, '127.0.0.1') and connects(relay.port, '127.0.0.2')


def test_auth_before_helo_is_accepted():
    main = dict(SETTINGS, smtpd_sasl_auth_enable='yes')
    with Relay(main, files={'passwords': password_file(john='secret')}) as relay, Client(relay.port, greet=False) as client:
        client.reply()
        assert client.login('john', 'secret').text == '235 2.7.0 Authentication successful'


def test_inet_protocols_ipv4_listens_on_no_ipv6_address_and_asks_for_none():
    records = {('example.net', 'MX'): ['10 mx.example.net'], ('mx.example.net', 'A'): ['127.0.0.1']}
    with Sink() as sink:
        main = {'inet_interfaces': 'all', 'inet_protocols': 'ipv4', 'smtp_tcp_port': str(sink.port), 'smtp_host_lookup': 'dns'}
        with Relay(main, records=records) as relay:
            assert not connects(relay.port, '::1')
            with Client(relay.port) as client:
                client.message('a@example.org', ['x@example.net'], TEXT)
            sink.wait(1)
            assert ('mx.example.net', 'A') in relay.resolver.asked
            assert not [question for question in relay.resolver.asked if question[1] == 'AAAA'], relay.resolver.asked
        if not os.path.exists('/proc/net/if_inet6') or ' lo' not in open('/proc/net/if_inet6', encoding='ascii').read():
            raise place.Skip('no IPv6 on the loopback interface, so a listener there could not be seen')
        with Relay(dict(main, inet_protocols='all'), records=records) as relay:
            assert connects(relay.port, '::1')


def test_the_banner_is_myhostname_and_mail_name_or_what_debian_wrote():
    with Relay({'myhostname': 'webmail'}, services={'debian': {'smtpd_banner': '$myhostname ESMTP $mail_name (Debian/GNU)'}}) as relay:
        with Client(relay.port) as client:
            assert client.greeting.text == '220 webmail ESMTP Postfix'
        with Client(relay.ports['debian']) as client:
            assert client.greeting.text == '220 webmail ESMTP Postfix (Debian/GNU)'


def test_the_ehlo_list_has_these_words_in_this_order():
    with Certificates() as made:
        made_up = made.settings(**SETTINGS, smtpd_sasl_auth_enable='yes')
        with Relay(made_up, services={'unlimited': {'message_size_limit': '0', 'mailbox_size_limit': '0'}}, files={'passwords': 'john:$6$x$x\n'}) as relay, Client(relay.port) as client:
            assert client.hello.lines == [
                '250-relay.example.test', '250-PIPELINING', '250-SIZE 10240000', '250-VRFY', '250-ETRN', '250-STARTTLS', '250-AUTH PLAIN LOGIN', '250-ENHANCEDSTATUSCODES',
                '250-8BITMIME', '250-DSN', '250-SMTPUTF8', '250 CHUNKING'], client.hello
            assert client.command('HELO client.example').lines == ['250 relay.example.test']
            with Client(relay.ports['unlimited']) as other:
                assert '250-SIZE' in other.hello.lines, other.hello


def test_starttls_with_level_may_begins_anew_and_works_once():
    with Certificates() as made, Relay(made.settings()) as relay, Client(relay.port) as client:
        assert client.command('STARTTLS now').text == '501 5.5.4 Syntax: STARTTLS'
        client.command('MAIL FROM:<a@example.org>', 250)
        client.send(b'STARTTLS\r\nMAIL FROM:<smuggled@example.org>\r\n')
        assert client.reply().text == '220 2.0.0 Ready to start TLS'
        client.encrypt()
        assert client.command('RCPT TO:<x@example.net>').code == 503  # no MAIL, neither the old nor the pipelined one
        assert 'STARTTLS' not in client.command('EHLO client.example', 250).text
        assert client.command('STARTTLS').text == '554 5.5.1 Error: TLS already active'


def test_submission_with_level_encrypt_wants_starttls_first():
    with Certificates() as made, Relay(made.settings(), services={'submission': SUBMISSION}) as relay, Client(relay.ports['submission'], greet=False) as client:
        client.reply()
        for command in ('MAIL FROM:<a@example.org>', 'RCPT TO:<x@example.net>', 'DATA', 'RSET', 'VRFY x', 'AUTH PLAIN', 'ETRN x.example', 'HELP'):
            assert client.command(command).text == '530 5.7.0 Must issue a STARTTLS command first', command
        for command in ('HELO client.example', 'EHLO client.example', 'NOOP'):
            client.command(command, 250)
        client.starttls()
        client.command('MAIL FROM:<a@example.org>', 250)
        client.command('QUIT', 221)


def certificate_files(made):
    """(settings of a guide, whether TLS works with them)."""
    cert, key = made.cert, made.key
    together = made.chain('together.example.test')
    yield {'smtpd_tls_cert_file': cert, 'smtpd_tls_key_file': key, 'smtpd_tls_CAfile': certificate.authority()}, True
    yield {'smtpd_tls_cert_file': together}, True  # the key's file is $smtpd_tls_cert_file
    yield {'smtpd_tls_chain_files': together}, True
    yield {'smtpd_tls_cert_file': made.folder, 'smtpd_tls_key_file': key}, False  # the folder that a web page made of the value
    yield {'smtpd_tls_cert_file': '/nonexistent/server.crt', 'smtpd_tls_key_file': key}, False


def test_an_unreadable_certificate_is_said_at_the_start_and_starttls_answers_454():
    with Certificates() as made:
        files = list(certificate_files(made))
        rows = {'s%d' % number: dict(settings, smtpd_tls_security_level='may') for number, (settings, _) in enumerate(files)}
        rows['strict'] = {'smtpd_tls_cert_file': made.folder, 'smtpd_tls_security_level': 'encrypt'}
        with Relay(services=rows) as relay:
            for number, (settings, works) in enumerate(files):
                with Client(relay.ports['s%d' % number]) as client:
                    assert 'STARTTLS' in keywords(client), settings
                    if works:
                        client.starttls()
                    else:
                        assert client.command('STARTTLS').text == '454 4.7.0 TLS not available due to local problem', settings
            with Client(relay.ports['strict']) as client:
                client.command('STARTTLS', 454)
                client.command('MAIL FROM:<a@example.org>', 530)
            relay.wait_log('TLS is not available: .*/nonexistent/server.crt: No such file or directory')
            done = subprocess.run([place.BIN + '/posthouse', 'check', '-c', relay.folder], capture_output=True, text=True, timeout=60)
            assert done.returncode == 1 and 'TLS is not available: /nonexistent/server.crt' in done.stdout + done.stderr, done


def test_one_certificate_per_domain_by_tls_server_sni_maps():
    with Certificates() as made:
        chain = made.chain('one.example.test')
        made_table = {'sni': 'one.example.test %s\n' % chain}
        # An indexed table holds the files' contents: postmap -F.
        with Relay(made.settings(tls_server_sni_maps='hash:@folder@/sni'), files=made_table) as relay:
            relay.tool('postmap', '-F', relay.fill('hash:@folder@/sni'))
            os.rename(chain, chain + '.gone')
            assert 'subject=CN = one.example.test' in talk(relay, '-servername', 'one.example.test')
            assert 'subject=CN = mail.example.test' in talk(relay, '-servername', 'other.example.test')


def test_smtps_has_tls_from_the_first_byte():
    with Certificates() as made:
        smtps = {'syslog_name': 'postfix/smtps', 'smtpd_tls_wrappermode': 'yes'}
        with Relay(made.settings(), services={'smtps': smtps}) as relay:
            with Client(relay.ports['smtps'], wrapper=True) as client:
                assert client.greeting.text == '220 relay.example.test ESMTP Postfix'
                assert 'STARTTLS' not in keywords(client)
                assert client.command('STARTTLS').text == '554 5.5.1 Error: TLS already active'
                client.command('MAIL FROM:<a@example.org>', 250)
            with Client(relay.ports['smtps'], greet=False) as plain:
                plain.send(b'EHLO client.example\r\n')
                got = plain.socket.recv(1000)
                assert not got.startswith(b'220'), got  # an alert of TLS, or nothing
            relay.wait_log(r'postfix/smtps/smtpd\[\d+\]: SSL_accept error from ')


def test_a_service_row_may_name_its_port_as_etc_services_does():
    with open('/etc/services', encoding='utf-8') as services:
        named = [line.split()[:2] for line in services if line[:1].isalpha()]
    named = [(name, int(port[:-4])) for name, port in named if port.endswith('/tcp') and 10000 < int(port[:-4])]
    assert ('submissions', '465/tcp') and named
    name, port = next((name, port) for name, port in named if not connects(port, '127.0.0.1'))
    with Relay(master='%s inet n - n - - smtpd\n' % name) as relay, Client(port) as client:
        assert client.greeting.text == '220 relay.example.test ESMTP Postfix'
        relay.stop()


def test_smtpd_tls_loglevel_1_is_one_line_a_handshake():
    with Certificates() as made, Relay(made.settings(smtpd_tls_loglevel='1', smtpd_peername_lookup='no')) as relay:
        with Client(relay.port) as client:
            client.starttls()
            client.command('QUIT', 221)
        line, = relay.wait_log('TLS connection established')
        assert line.endswith(': Anonymous TLS connection established from unknown[127.0.0.1]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)') or \
            'Anonymous TLS connection established from unknown[127.0.0.1]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange ' in line, line


def test_smtpd_tls_received_header_shows_tls_in_received():
    with Certificates() as made:
        header, _ = relayed(made.settings(smtpd_tls_received_header='yes'), prepare=Client.starttls)
        received = ' '.join(header.split())
        assert '(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)' in received and ' with ESMTPS id ' in received, header
        assert '(No client certificate requested)' in received, header
        header, _ = relayed(made.settings(), prepare=Client.starttls)
        assert 'using TLS' not in header and 'with ESMTPS id' in header, header


def test_settings_of_the_session_cache_are_accepted():
    with Certificates() as made:
        cache = made.settings(smtpd_tls_session_cache_timeout='10800s', smtpd_tls_session_cache_database='btree:@folder@/data/smtpd_scache')
        rows = {unit: {'smtpd_tls_session_cache_timeout': '1' + unit} for unit in 'smhdw'}
        with Relay(cache, services=rows) as relay:
            session = os.path.join(made.folder, 'session')
            assert 'New, ' in talk(relay, '-tls1_2', '-sess_out', session) and 'Reused, ' in talk(relay, '-tls1_2', '-sess_in', session)
            assert 'fatal' not in relay.log()


def test_sources_of_randomness_are_accepted():
    with Relay({'tls_random_source': 'dev:/dev/urandom', 'tls_random_exchange_name': '@folder@/data/prng_exch'}) as relay, Client(relay.port) as client:
        client.command('NOOP', 250)
        assert 'fatal' not in relay.log() and 'error' not in relay.log(), relay.log()


def test_ports_25_587_465_and_2525_are_services_side_by_side():
    rows = {'submission': SUBMISSION, 'smtps': {'smtpd_tls_wrappermode': 'yes', 'syslog_name': 'postfix/smtps'}, '2525': {'smtpd_banner': '$myhostname second'}}
    own = place.free_port()
    with Certificates() as made, Relay(made.settings(), services=rows, master='127.0.0.1:%d inet n - n - - smtpd\n -o smtpd_banner=$myhostname\n' % own) as relay:
        with Client(relay.port) as one, Client(relay.ports['submission']) as two, Client(relay.ports['smtps'], wrapper=True) as three, Client(relay.ports['2525']) as four, Client(own) as five:
            assert 'STARTTLS' in keywords(one) and 'STARTTLS' in keywords(two) and 'STARTTLS' not in keywords(three)
            assert four.greeting.text == '220 relay.example.test second' and five.greeting.text == '220 relay.example.test'


def test_an_mx_host_offers_tls_to_other_servers_and_relays_only_after_a_login_elsewhere():
    with Certificates() as made:
        main = made.settings(**SETTINGS, mynetworks='127.0.0.9/32', relay_domains='example.com', smtpd_tls_auth_only='yes')
        submission = dict(SUBMISSION, smtpd_sasl_auth_enable='yes')
        with Relay(main, services={'submission': submission}, files={'passwords': password_file(john='secret')}) as relay:
            with Client(relay.port) as mta:
                mta.starttls()
                assert 'AUTH' not in mta.hello.text
                assert mta.login('john', 'secret').text == '503 5.5.1 Error: authentication not enabled'
                mta.command('MAIL FROM:<a@example.org>', 250)
                mta.command('RCPT TO:<x@example.com>', 250)
                assert mta.command('RCPT TO:<x@example.net>').text == '454 4.7.1 <x@example.net>: Relay access denied'
            with Client(relay.ports['submission']) as user:
                user.starttls()
                assert user.login('john', 'secret').code == 235
                user.command('MAIL FROM:<a@example.org>', 250)
                user.command('RCPT TO:<x@example.net>', 250)


def test_the_whole_chain_of_certificates_is_sent():
    with Certificates() as made:
        whole = place.write(made.folder + '/whole.crt', read(made.cert) + read(certificate.authority()))
        with Relay(made.settings(smtpd_tls_cert_file=whole), services={'submission': SUBMISSION}) as relay:
            said = talk(relay, '-CAfile', certificate.authority(), '-showcerts', port=relay.ports['submission'])
            assert 'Verify return code: 0 (ok)' in said and said.count('BEGIN CERTIFICATE') >= 2, said
            assert 'Verify return code: 19 (self-signed certificate in certificate chain)' in talk(relay, '-no-CAfile', '-no-CApath', port=relay.ports['submission'])
