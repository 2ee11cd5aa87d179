"""Clients that show a certificate: who may relay, what access lists, Received fields and the log say of it."""
import hashlib
import os
import re
import shutil
import subprocess

from kit import certificate, place
from kit.relay import Relay
from kit.sink import Sink


class Site:
    """A relay that asks for certificates, two clients with one of the test's authority, one with its own word only."""

    def __init__(self, main=None, services=None, files=None):
        self.folder = place.private_folder('client-certificates')
        cert, key = certificate.issue('mail.example.test', self.folder)
        self.clients = {name: certificate.issue(name, self.folder) for name in ('laptop', 'printer')}
        self.clients['stranger'] = self.alone('stranger')
        self.sink = Sink()
        settings = {'smtpd_tls_security_level': 'may', 'smtpd_tls_loglevel': '1', 'smtpd_tls_received_header': 'yes', 'smtpd_tls_ask_ccert': 'yes', 'smtpd_tls_cert_file': cert,
                    'smtpd_tls_key_file': key, 'smtpd_tls_CAfile': certificate.authority(), 'relayhost': '[127.0.0.1]:%d' % self.sink.port, 'mynetworks': '127.0.0.9/32'}
        self.relay = Relay(dict(settings, **(main or {})), services=services, files={name: self.fill(text) for name, text in (files or {}).items()})

    def alone(self, name):
        cert, key = os.path.join(self.folder, name + '.crt'), os.path.join(self.folder, name + '.key')
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '9', '-subj', '/CN=' + name, '-keyout', key, '-out', cert], check=True, capture_output=True)
        return cert, key

    def fill(self, text):
        """@cert:laptop@ and @key:laptop@ are the fingerprints; @cert:laptop:sha1@ has the digest in it."""
        return re.sub(r'@(cert|key):(\w+)(?::(\w+))?@', lambda found: self.fingerprint(found[2], found[1], found[3] or 'sha256'), text)

    def fingerprint(self, name, what, digest='sha256'):
        cert = self.clients[name][0]
        if what == 'cert':
            said = subprocess.run(['openssl', 'x509', '-noout', '-fingerprint', '-' + digest, '-in', cert], check=True, capture_output=True, text=True).stdout
            return said.strip().split('=')[1]
        public = subprocess.run(['openssl', 'x509', '-noout', '-pubkey', '-in', cert], check=True, capture_output=True).stdout
        der = subprocess.run(['openssl', 'pkey', '-pubin', '-outform', 'DER'], input=public, check=True, capture_output=True).stdout
        return hashlib.new(digest, der).digest().hex(':').upper()

    def __enter__(self):
        self.sink.__enter__()
        self.relay.__enter__()
        return self

    def __exit__(self, *what):
        self.relay.__exit__(*what)
        self.sink.__exit__(*what)
        shutil.rmtree(self.folder, ignore_errors=True)

    def talk(self, client, *lines, service='smtp', options=()):
        """What the server says to an EHLO and these lines, with TLS and the client's certificate, if it has one."""
        command = ['openssl', 's_client', '-connect', '127.0.0.1:%d' % self.relay.ports[service], '-crlf', '-ign_eof', '-quiet', '-starttls', 'smtp', *options]
        if client:
            command += ['-cert', self.clients[client][0], '-key', self.clients[client][1]]
        text = ''.join(line + '\n' for line in ('EHLO client.example', *lines, 'QUIT'))
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=60)
        return done.stdout.decode(errors='replace')

    def rcpt(self, client, service='smtp'):
        """The reply to a RCPT that only who may relay gets through."""
        said = self.talk(client, 'MAIL FROM:<a@example.org>', 'RCPT TO:<x@example.net>', service=service)
        return re.search(r'^250 2\.1\.0.*\n(.*?)\r?$', said, re.M)[1]


def test_certificates_and_keys_that_are_listed_may_relay():
    lists = {'smtpd_relay_restrictions': 'permit_tls_clientcerts, reject_unauth_destination', 'relay_clientcerts': 'texthash:@folder@/certs'}
    files = {'certs': '@cert:laptop@ laptop\n@key:stranger@ stranger\n', 'old': '@cert:laptop:sha1@ laptop\n'}
    services = {'sha1': {'smtpd_tls_fingerprint_digest': 'sha1', 'relay_clientcerts': 'texthash:@folder@/old'}, 'silent': {'smtpd_tls_ask_ccert': 'no'}}
    with Site(lists, services, files) as site:
        assert site.rcpt('laptop') == '250 2.1.5 Ok'
        assert site.rcpt('stranger') == '250 2.1.5 Ok'  # its key is known; who signed it does not matter
        assert site.rcpt('printer').startswith('554 5.7.1'), site.relay.log()
        assert site.rcpt(None).startswith('554 5.7.1')
        assert site.rcpt('laptop', 'sha1') == '250 2.1.5 Ok'
        assert site.rcpt('stranger', 'sha1').startswith('554 5.7.1')
        assert site.rcpt('laptop', 'silent').startswith('554 5.7.1')
        site.relay.wait_log('restriction permit_tls_clientcerts has no effect: smtpd_tls_ask_ccert = no')


def test_an_authority_of_our_own_may_open_the_relay():
    lists = {'smtpd_relay_restrictions': 'permit_tls_all_clientcerts, reject_unauth_destination'}
    with Site(lists, {'none': {'smtpd_tls_CAfile': '', 'tls_append_default_CA': 'yes'}}) as site:
        assert site.rcpt('laptop') == '250 2.1.5 Ok'
        assert site.rcpt('printer') == '250 2.1.5 Ok'
        assert site.rcpt('stranger').startswith('554 5.7.1')
        assert site.rcpt('laptop', 'none').startswith('554 5.7.1')


def test_authorities_in_a_folder_count_and_those_of_the_system_beside_them_only_if_asked_for():
    folder = place.private_folder('authorities')
    try:
        shutil.copy(certificate.authority(), folder + '/ours.pem')
        subprocess.run(['openssl', 'rehash', folder], check=True, capture_output=True)
        lists = {'smtpd_relay_restrictions': 'permit_tls_all_clientcerts, reject_unauth_destination', 'smtpd_tls_CAfile': '', 'smtpd_tls_CApath': folder}
        other = {'smtpd_tls_CApath': '', 'smtpd_tls_CAfile': '@folder@/other.pem'}
        site = Site(lists, {'other': other, 'both': dict(other, tls_append_default_CA='yes')})
        shutil.copy(site.clients['stranger'][0], site.relay.folder + '/other.pem')
        # What this system trusts is our authority, as the server sees it.
        site.relay.within = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', 'mount --bind %s /etc/ssl/certs && exec "$@"' % folder, 'sh']
        if subprocess.run(site.relay.within + ['true'], capture_output=True).returncode != 0:
            raise place.Skip('needs the right to mount a folder')
        with site:
            assert site.rcpt('laptop') == '250 2.1.5 Ok'
            assert site.rcpt('laptop', 'other').startswith('554 5.7.1')
            assert site.rcpt('stranger', 'other') == '250 2.1.5 Ok'
            assert site.rcpt('laptop', 'both') == '250 2.1.5 Ok', site.relay.log()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_an_access_list_says_what_happens_to_a_certificate():
    lists = {'smtpd_client_restrictions': 'check_ccert_access texthash:@folder@/certs', 'smtpd_relay_restrictions': 'permit_tls_all_clientcerts, reject_unauth_destination'}
    services = {'keys': {'smtpd_client_restrictions': 'check_ccert_access { texthash:@folder@/certs, { search_order = pubkey_fingerprint } }'}}
    with Site(lists, services, {'certs': '@cert:laptop@ 550 5.7.0 stolen\n@key:printer@ REJECT\n'}) as site:
        assert site.rcpt('laptop') == '550 5.7.0 <localhost[127.0.0.1]>: Client certificate rejected: stolen'
        assert site.rcpt('printer') == '554 5.7.1 <localhost[127.0.0.1]>: Client certificate rejected: Access denied'
        assert site.rcpt('laptop', 'keys') == '250 2.1.5 Ok'
        assert site.rcpt('printer', 'keys').startswith('554 5.7.1')
        site.relay.wait_log(r'NOQUEUE: reject: RCPT from localhost\[127.0.0.1\]: 550 5.7.0 <localhost\[127.0.0.1\]>: Client certificate rejected: stolen; from=')


def test_received_fields_and_the_log_say_who_the_client_is():
    lists = {'smtpd_relay_restrictions': 'permit_tls_clientcerts, reject_unauth_destination', 'relay_clientcerts': 'texthash:@folder@/certs', 'smtpd_tls_loglevel': '2'}
    with Site(lists, {'quiet': {'smtpd_tls_loglevel': '1'}}, {'certs': '@cert:laptop@ x\n@cert:stranger@ x\n'}) as site:
        message = ('MAIL FROM:<a@example.org>', 'RCPT TO:<x@example.net>', 'DATA', 'Subject: t', '', 'hello', '.')
        assert '250 2.0.0 Ok: queued' in site.talk('laptop', *message)
        assert '250 2.0.0 Ok: queued' in site.talk('stranger', *message, options=['-tls1_2'])
        assert '250 2.0.0 Ok: queued' in site.talk('stranger', *message)
        first, second, third = (message.header.decode() for message in sorted(site.sink.wait(3), key=lambda got: got.header.find(b'Issuer "Posthouse') < 0))
        field = re.sub(r'\s+', ' ', first)
        assert 'server-digest SHA256 client-signature ECDSA (P-256) client-digest SHA256)' in field, field
        assert '(Client CN "laptop", Issuer "Posthouse test authority" (verified OK))' in field, field
        old, new = sorted((re.sub(r'\s+', ' ', text) for text in (second, third)), key=lambda text: 'TLSv1.3' in text)
        assert 'client-signature' not in old and '(Client CN "stranger", Issuer "stranger" (not verified))' in old, old
        assert 'client-signature RSA-PSS (2048 bits) client-digest SHA256' in new, new
        site.relay.wait_log(r'localhost\[127.0.0.1\]: subject_CN=laptop, issuer=Posthouse test authority, fingerprint=%s, pkey_fingerprint=%s$' % (
            site.fingerprint('laptop', 'cert'), site.fingerprint('laptop', 'key')))
        site.relay.wait_log(r'certificate verification failed for localhost\[127.0.0.1\]: self-signed certificate', 2)
        site.relay.wait_log(r'Trusted TLS connection established from localhost\[127.0.0.1\]: TLSv1.3 with cipher .* client-signature ECDSA \(P-256\) client-digest SHA256')
        site.relay.wait_log(r'Untrusted TLS connection established from localhost\[127.0.0.1\]: TLSv1.2')
        before = site.relay.log().count('certificate verification failed')
        site.talk('stranger', service='quiet')
        site.relay.wait_log('Untrusted TLS connection established', 3)
        assert site.relay.log().count('certificate verification failed') == before


def test_a_resumed_session_remembers_whose_it_is():
    lists = {'smtpd_relay_restrictions': 'permit_tls_clientcerts, reject_unauth_destination', 'relay_clientcerts': 'texthash:@folder@/certs'}
    with Site(lists, {'second': {}}, {'certs': '@cert:laptop@ x\n'}) as site:
        session = site.folder + '/session'
        mail = ('MAIL FROM:<a@example.org>', 'RCPT TO:<x@example.net>')
        assert '250 2.1.5 Ok' in site.talk('laptop', *mail, options=['-tls1_2', '-sess_out', session])
        assert '250 2.1.5 Ok' in site.talk(None, *mail, options=['-tls1_2', '-sess_in', session])
        # Another service may trust others: it begins anew.
        assert '554 5.7.1' in site.talk(None, *mail, service='second', options=['-tls1_2', '-sess_in', session])
