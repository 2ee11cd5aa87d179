"""TLS of the server as openssl s_client sees it."""
import os
import shutil
import subprocess

from kit import certificate, place
from kit.client import Client
from kit.relay import Relay


class Certificates:
    """mail.example.test for the server, others by name, in a folder that goes at the end."""

    def __enter__(self):
        self.folder = place.private_folder('server-tls')
        self.cert, self.key = certificate.issue('mail.example.test', self.folder)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def settings(self, **more):
        return dict({'smtpd_tls_security_level': 'may', 'smtpd_tls_loglevel': '1', 'smtpd_tls_cert_file': self.cert, 'smtpd_tls_key_file': self.key}, **more)

    def rsa(self, name, bits=2048):
        """Certificate and key of another kind, on its own word."""
        cert, key = os.path.join(self.folder, name + '.crt'), os.path.join(self.folder, name + '.key')
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:%d' % bits, '-nodes', '-days', '9', '-subj', '/CN=' + name, '-keyout', key, '-out', cert], check=True, capture_output=True)
        return cert, key

    def chain(self, name):
        """Key and certificate of `name` in one file."""
        cert, key = certificate.issue(name, self.folder)
        path = os.path.join(self.folder, name + '.pem')
        place.write(path, read(key) + read(cert))
        return path


def read(path):
    with open(path, encoding='ascii') as file:
        return file.read()


def talk(relay, *options, text='EHLO client.example\r\nQUIT\r\n', port=None, starttls=True):
    """Everything that s_client prints."""
    command = ['openssl', 's_client', '-connect', '127.0.0.1:%d' % (port or relay.port), '-crlf', '-ign_eof']
    command += ['-starttls', 'smtp'] if starttls else []
    done = subprocess.run(command + list(options), input=text.replace('\r\n', '\n').encode(), capture_output=True, timeout=60)
    return (done.stdout + done.stderr).decode(errors='replace')


def test_a_required_client_certificate_must_be_there_and_trusted():
    with Certificates() as made:
        own, own_key = certificate.issue('client.example.test', made.folder)
        alone, alone_key = os.path.join(made.folder, 'alone.crt'), os.path.join(made.folder, 'alone.key')
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '9', '-subj', '/CN=alone',
                        '-keyout', alone_key, '-out', alone], check=True, capture_output=True)
        strict = {'smtpd_tls_security_level': 'encrypt', 'smtpd_tls_req_ccert': 'yes', 'smtpd_tls_CAfile': certificate.authority()}
        services = {'strict': strict, 'shallow': dict(strict, smtpd_tls_ccert_verifydepth='0'), 'wrapped': dict(strict, smtpd_tls_wrappermode='yes'),
                    'ignored': dict(strict, smtpd_tls_security_level='may')}
        with Relay(made.settings(), services=services) as relay:
            said = talk(relay, port=relay.ports['strict'])
            assert '421 4.7.1 relay.example.test Error: No client certificate presented' in said, said
            relay.wait_log(r'NOQUEUE: abort: TLS from .*\[127.0.0.1\]: No client certificate presented')
            said = talk(relay, '-cert', alone, '-key', alone_key, port=relay.ports['strict'])
            assert '421 4.7.1 relay.example.test Error: Client certificate not trusted' in said, said
            said = talk(relay, '-cert', own, '-key', own_key, port=relay.ports['strict'])
            assert '221 2.0.0 Bye' in said, said
            relay.wait_log('Trusted TLS connection established from')
            said = talk(relay, '-cert', own, '-key', own_key, port=relay.ports['shallow'])
            assert '421 4.7.1 relay.example.test Error: Client certificate not trusted' in said, said
            said = talk(relay, port=relay.ports['wrapped'], starttls=False, text='')
            assert '421 4.7.1 relay.example.test Error: No client certificate presented' in said, said
            said = talk(relay, port=relay.ports['ignored'])
            assert '221 2.0.0 Bye' in said, said
            relay.wait_log('smtpd_tls_req_ccert has no effect')


def test_the_name_that_a_client_asks_for_chooses_the_certificate():
    with Certificates() as made:
        one, two = made.chain('one.example.test'), made.chain('two.example.test')
        broken = os.path.join(made.folder, 'broken.pem')
        place.write(broken, 'no key at all\n')
        table = os.path.join(made.folder, 'sni')
        place.write(table, 'one.example.test %s\n.two.example.test %s\nbroken.example.test %s\n' % (one, two, broken))
        with Relay(made.settings(tls_server_sni_maps='texthash:' + table)) as relay:
            def shown(name):
                said = talk(relay, '-servername', name)
                return [line.split('CN = ')[1] for line in said.splitlines() if line.startswith('subject=')]
            assert shown('one.example.test') == ['one.example.test']
            assert shown('ONE.example.test') == ['one.example.test']
            assert shown('deep.below.two.example.test') == ['two.example.test']
            assert shown('two.example.test') == ['mail.example.test']
            assert shown('broken.example.test') == []
            relay.wait_log('TLS connection established from .* to one.example.test: TLSv1.3 with cipher')
            relay.wait_log('TLS SNI two.example.test from .* not matched, using default chain')
            said = talk(relay, '-noservername')
            assert 'mail.example.test' in said, said


def test_curves_ciphers_and_options_are_what_the_operator_says():
    with Certificates() as made:
        services = {'curve': {'tls_eecdh_auto_curves': 'nonsense secp384r1'}, 'list': {'tls_medium_cipherlist': 'ECDHE-ECDSA-AES256-GCM-SHA384', 'smtpd_tls_protocols': 'TLSv1.2'},
                    'tickets': {'tls_session_ticket_cipher': ''}, 'other': {'tls_session_ticket_cipher': 'aes-128-cbc', 'smtpd_tls_protocols': 'TLSv1.2'},
                    'option': {'tls_ssl_options': 'NO_TICKET', 'tls_disable_workarounds': 'CVE-2010-4180 0xffff'.split()[0]},
                    'wrong': {'tls_ssl_options': 'NO_SUCH_THING'}}
        with Relay(made.settings(), services=services) as relay:
            said = talk(relay, port=relay.ports['curve'])
            assert 'ECDH, secp384r1, 384 bits' in said or 'ECDH, P-384, 384 bits' in said, said
            said = talk(relay, port=relay.ports['list'])
            assert 'Cipher is ECDHE-ECDSA-AES256-GCM-SHA384' in said, said
            said = talk(relay, '-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256', '-tls1_2', port=relay.ports['list'])
            assert 'Cipher is (NONE)' in said, said
            for name in ('tickets', 'option'):
                assert 'TLS session ticket:' not in talk(relay, '-tls1_2', port=relay.ports[name])
            session = os.path.join(made.folder, 'session')
            for name in ('smtp', 'other'):
                assert 'New, ' in talk(relay, '-tls1_2', '-sess_out', session, port=relay.ports[name])
                said = talk(relay, '-tls1_2', '-sess_in', session, port=relay.ports[name])
                assert 'Reused, ' in said, (name, said)
            relay.wait_log('TLS is not available: tls_ssl_options: unknown name: NO_SUCH_THING')
            with Client(relay.ports['wrong']) as client:
                client.command('STARTTLS', 454)


def test_too_many_new_sessions_are_refused_and_a_resumed_one_is_not():
    with Certificates() as made:
        settings = made.settings(smtpd_client_new_tls_session_rate_limit='1', smtpd_client_event_limit_exceptions='')
        with Relay(settings) as relay:
            session = os.path.join(made.folder, 'session')
            assert '221 2.0.0 Bye' in talk(relay, '-tls1_2', '-sess_out', session)
            assert '221 2.0.0 Bye' in talk(relay, '-tls1_2', '-sess_in', session)
            said = talk(relay, '-tls1_2')
            assert '421 4.7.0 relay.example.test Error: too many new TLS sessions from' in said, said
            relay.wait_log('New TLS session rate limit exceeded: 2 from ')
            assert 'Refusing STARTTLS' not in relay.log()
            talk(relay, '-tls1_2')
            relay.wait_log('Refusing STARTTLS request from ')


def test_old_words_and_levels_of_clients_mean_what_they_mean_in_postfix():
    with Certificates() as made:
        main = made.settings()
        del main['smtpd_tls_security_level']
        with Relay(main, services={'use': {'smtpd_use_tls': 'yes'}, 'enforce': {'smtpd_enforce_tls': 'yes'}, 'verify': {'smtpd_tls_security_level': 'verify'}}) as relay:
            for name in ('use', 'enforce', 'verify'):
                assert '221 2.0.0 Bye' in talk(relay, port=relay.ports[name]), name
            for name, code in (('use', 250), ('enforce', 530), ('verify', 530)):
                with Client(relay.ports[name]) as client:
                    client.command('MAIL FROM:<a@example.org>', code)
            relay.wait_log('smtpd_tls_security_level = verify: not a level of a server')


def signature(said):
    return [line.split(': ')[1] for line in said.splitlines() if line.startswith('Peer signature type: ')]


def test_keys_of_two_kinds_serve_side_by_side():
    with Certificates() as made:
        rsa, rsa_key = made.rsa('rsa.example.test')
        chain = place.write(os.path.join(made.folder, 'both.pem'), read(rsa_key) + read(rsa) + read(made.key) + read(made.cert))
        old = {'smtpd_tls_chain_files': '', 'smtpd_tls_cert_file': rsa, 'smtpd_tls_key_file': rsa_key, 'smtpd_tls_eccert_file': made.cert, 'smtpd_tls_eckey_file': made.key}
        two = {'smtpd_tls_chain_files': '%s, %s' % (place.write(os.path.join(made.folder, 'one.pem'), read(rsa_key) + read(rsa)), place.write(os.path.join(made.folder, 'two.pem'), read(made.key) + read(made.cert)))}
        with Relay(made.settings(smtpd_tls_chain_files=chain), services={'old': old, 'two': two}) as relay:
            for name in ('smtp', 'old', 'two'):
                port = relay.ports[name]
                assert signature(talk(relay, '-tls1_2', '-cipher', 'ECDHE-RSA-AES256-GCM-SHA384', port=port)) == ['RSA-PSS'], name
                assert signature(talk(relay, '-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-GCM-SHA384', port=port)) == ['ECDSA'], name
                assert signature(talk(relay, '-tls1_3', '-sigalgs', 'ecdsa_secp256r1_sha256', port=port)) == ['ECDSA'], name
                assert signature(talk(relay, '-tls1_3', '-sigalgs', 'rsa_pss_rsae_sha256', port=port)) == ['RSA-PSS'], name


def test_where_tls_is_required_its_own_protocols_ciphers_and_exclusions_count():
    with Certificates() as made:
        strict = {'smtpd_tls_security_level': 'encrypt', 'smtpd_tls_mandatory_protocols': '>=TLSv1.3'}
        ciphers = {'smtpd_tls_security_level': 'encrypt', 'smtpd_tls_mandatory_ciphers': 'high', 'tls_high_cipherlist': 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256',
                   'smtpd_tls_mandatory_exclude_ciphers': 'AES256', 'smtpd_tls_mandatory_protocols': 'TLSv1.2'}
        may = dict(ciphers, smtpd_tls_security_level='may', smtpd_tls_ciphers='high', smtpd_tls_protocols='!TLSv1.3', smtpd_tls_exclude_ciphers='AES128')
        with Relay(made.settings(), services={'strict': strict, 'ciphers': ciphers, 'may': may}) as relay:
            assert 'Cipher is (NONE)' in talk(relay, '-tls1_2', port=relay.ports['strict'])
            assert 'New, TLSv1.3, Cipher is' in talk(relay, '-tls1_3', port=relay.ports['strict'])
            assert 'New, TLSv1.3, Cipher is' in talk(relay)  # the others do not count there
            assert 'Cipher is ECDHE-ECDSA-AES128-GCM-SHA256' in talk(relay, port=relay.ports['ciphers'])
            assert 'Cipher is ECDHE-ECDSA-AES256-GCM-SHA384' in talk(relay, port=relay.ports['may'])
            assert 'Cipher is (NONE)' in talk(relay, '-tls1_3', port=relay.ports['may'])


def test_whose_order_of_ciphers_counts_is_the_operators_choice():
    with Certificates() as made:
        first = {'smtpd_tls_protocols': 'TLSv1.2', 'tls_medium_cipherlist': 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256'}
        with Relay(made.settings(**first), services={'ours': {'tls_preempt_cipherlist': 'yes'}}) as relay:
            wish = ('-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384')
            assert 'Cipher is ECDHE-ECDSA-AES128-GCM-SHA256' in talk(relay, *wish)
            assert 'Cipher is ECDHE-ECDSA-AES256-GCM-SHA384' in talk(relay, *wish, port=relay.ports['ours'])


def test_tickets_live_as_long_as_the_operator_says():
    with Certificates() as made:
        with Relay(made.settings(smtpd_tls_session_cache_timeout='1234s'), services={'none': {'smtpd_tls_session_cache_timeout': '0'}}) as relay:
            for version in ('-tls1_2', '-tls1_3'):
                assert 'TLS session ticket lifetime hint: 1234 (seconds)' in talk(relay, version), version
            assert 'TLS session ticket' not in talk(relay, '-tls1_2', port=relay.ports['none'])


def test_a_group_of_the_operators_own_serves_for_diffie_hellman():
    with Certificates() as made:
        rsa, key = made.rsa('rsa.example.test')
        group = os.path.join(made.folder, 'dh.pem')
        subprocess.run(['openssl', 'dhparam', '-dsaparam', '-out', group, '1536'], check=True, capture_output=True)
        main = dict(made.settings(), smtpd_tls_cert_file=rsa, smtpd_tls_key_file=key, smtpd_tls_dh1024_param_file=group)
        with Relay(main, services={'auto': {'smtpd_tls_dh1024_param_file': 'auto'}, 'broken': {'smtpd_tls_dh1024_param_file': rsa}}) as relay:
            wish = ('-tls1_2', '-cipher', 'DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0')
            assert 'Server Temp Key: DH, 1536 bits' in talk(relay, *wish)
            assert 'Server Temp Key: DH, 2048 bits' in talk(relay, *wish, port=relay.ports['auto'])
            # Without authentication, which opportunistic TLS allows, it is no weaker.
            assert 'Server Temp Key: DH, 2048 bits' in talk(relay, '-tls1_2', '-cipher', 'ADH-AES128-SHA256:@SECLEVEL=0', port=relay.ports['auto'])
            relay.wait_log('TLS is not available: .*rsa.example.test.crt')
            with Client(relay.ports['broken']) as client:
                client.command('STARTTLS', 454)


def test_postmap_puts_keys_and_certificates_into_a_table():
    with Certificates() as made:
        one = made.chain('one.example.test')
        table = place.write(os.path.join(made.folder, 'sni'), 'one.example.test %s\n' % one)
        for kind in ('hash', 'lmdb'):
            with Relay(made.settings(tls_server_sni_maps='%s:%s' % (kind, table))) as relay:
                relay.stop()
                subprocess.run([os.path.join(place.BIN, 'postmap'), '-F', '%s:%s' % (kind, table)], check=True, env=dict(os.environ, MAIL_CONFIG=relay.folder))
                os.rename(one, one + '.away')  # what counts is in the table
                try:
                    relay.start()
                    assert 'subject=CN = one.example.test' in talk(relay, '-servername', 'one.example.test'), kind
                    assert relay.tool('postmap', '-Fq', 'one.example.test', '%s:%s' % (kind, table)).startswith('-----BEGIN'), kind
                finally:
                    os.rename(one + '.away', one)
