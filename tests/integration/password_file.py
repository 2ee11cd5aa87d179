"""smtpd_sasl_type = file: keys as doveadm and gsasl print them, and GNU SASL as a client that binds its login to the TLS session."""
import os
import shutil
import subprocess

from kit import certificate, place, unpacked
from kit.client import Client
from kit.relay import Relay


def gsasl(*arguments):
    """The program of Debian's package, which is unpacked only: its status and what it said."""
    try:
        done = subprocess.run([unpacked.tree('gsasl') + '/usr/bin/gsasl', *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    except OSError as error:
        raise place.Skip('gsasl: %s' % error) from None
    if done.returncode == 127:
        raise place.Skip('gsasl: ' + done.stderr)
    return done.returncode, done.stdout + done.stderr


def doveadm(password):
    if not shutil.which('doveadm'):
        raise place.Skip('dovecot-core is not installed')
    return subprocess.run(['doveadm', '-c', '/dev/null', 'pw', '-s', 'SCRAM-SHA-256', '-p', password], capture_output=True, text=True, check=True).stdout.strip()


class Site:
    def __init__(self, passwords, **main):
        self.folder = place.private_folder('password-file')
        cert, key = certificate.issue('localhost', self.folder)
        settings = {'smtpd_tls_security_level': 'may', 'smtpd_tls_cert_file': cert, 'smtpd_tls_key_file': key, 'smtpd_tls_auth_only': 'no', 'smtpd_sasl_auth_enable': 'yes',
                    'smtpd_sasl_type': 'file', 'smtpd_sasl_path': '@folder@/passwords', 'smtpd_sasl_local_domain': 'example.org'}
        services = {'filtered': {'smtpd_sasl_mechanism_filter': '!SCRAM-SHA-256-PLUS, static:rest'}, 'old': {'smtpd_tls_protocols': 'TLSv1.2'}}
        self.relay = Relay(dict(settings, **main), services=services, files={'passwords': passwords})

    def __enter__(self):
        self.relay.__enter__()
        return self

    def __exit__(self, *what):
        self.relay.__exit__(*what)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_in(self, mechanism, user, password, *options, service='smtp'):
        status, said = gsasl('--smtp', '--verbose', '--connect=127.0.0.1:%d' % self.relay.ports[service], '--mechanism=' + mechanism, '--authentication-id=' + user,
                             '--password=' + password, '--x509-ca-file=' + certificate.authority(), *options)
        return ('235 2.7.0 Authentication successful' in said), said


def test_gsasl_logs_in_with_scram_bound_and_unbound():
    status, made = gsasl('--mkpasswd', '--mechanism=SCRAM-SHA-256', '--password=gsasl secret', '--iteration-count=4096')
    assert status == 0, made
    with Site('joe:%s\nann:%s\n' % (doveadm('secret'), made.strip())) as site:
        with Client(site.relay.port) as client:
            assert 'AUTH PLAIN LOGIN SCRAM-SHA-256\n' in client.hello.text + '\n', client.hello.text
            client.starttls()
            assert 'AUTH PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS' in client.hello.text, client.hello.text
        for user, password in (('joe', 'secret'), ('ann', 'gsasl secret')):
            for mechanism, options in (('SCRAM-SHA-256', ['--no-starttls']), ('SCRAM-SHA-256', ['--starttls', '--no-cb']), ('SCRAM-SHA-256-PLUS', ['--starttls']), ('PLAIN', ['--starttls'])):
                good, said = site.log_in(mechanism, user, password, *options)
                assert good, (mechanism, options, said, site.relay.log())
                good, said = site.log_in(mechanism, user, 'wrong', *options)
                assert not good, said
                good, said = site.log_in(mechanism, 'nobody', password, *options)
                assert not good, said
        site.relay.wait_log('SASL SCRAM-SHA-256-PLUS authentication failed: authentication failure, sasl_username=joe@example.org')
        site.relay.wait_log('SASL SCRAM-SHA-256 authentication failed: authentication failure, sasl_username=nobody@example.org')
        good, said = site.log_in('SCRAM-SHA-256-PLUS', 'joe', 'secret', '--starttls', service='filtered')
        assert not good, said
        good, said = site.log_in('SCRAM-SHA-256-PLUS', 'joe', 'secret', '--starttls', service='old')
        assert good, said


def test_a_file_where_some_have_no_keys_offers_no_scram():
    hashed = subprocess.run(['openssl', 'passwd', '-6', 'words'], capture_output=True, text=True, check=True).stdout.strip()
    with Site('joe:%s\nann:%s\n' % (doveadm('secret'), hashed)) as site:
        site.relay.wait_log('SCRAM-SHA-256 is not offered: clients would choose it, and ann has no keys for it')
        with Client(site.relay.port) as client:
            assert 'SCRAM' not in client.hello.text, client.hello.text
            assert client.login('ann', 'words').code == 235
        with Client(site.relay.port) as client:
            assert client.login('joe', 'words').code == 535
            assert client.login('joe', 'secret').code == 235
