"""What the relay and a Postfix behind it must agree on: fingerprints of certificates, CRAM-MD5, XFORWARD, kept TLS connections."""
import re
import subprocess

from kit import certificate, place
from kit.client import Client
from kit.dovecot import Dovecot
from kit.relay import Relay
from kit.sink import Sink
from kit.unpacked_postfix import UnpackedPostfix

TEXT = b'Subject: t\r\n\r\nhello\r\n'


def postfix_before(sink, **main):
    return UnpackedPostfix(dict({'relayhost': '[127.0.0.1]:%d' % sink.port}, **main))


def relay_to(postfix, files=None, **main):
    return Relay(dict({'relayhost': '[127.0.0.1]:%d' % postfix.port, 'smtp_tls_loglevel': '1'}, **main), files=files)


def send(relay, source='127.0.0.1'):
    with Client(relay.port, source=source) as client:
        client.message('a@example.org', ['x@example.net'], TEXT)


def openssl(*arguments, data=None):
    return subprocess.run(['openssl', *arguments], input=data, capture_output=True, check=True).stdout


def certificate_fingerprint(path, digest):
    return openssl('x509', '-noout', '-fingerprint', '-' + digest, '-in', path).decode().strip().partition('=')[2]


def key_fingerprint(path, digest):
    key = openssl('pkey', '-pubin', '-outform', 'DER', data=openssl('x509', '-noout', '-pubkey', '-in', path))
    return openssl('dgst', '-c', '-' + digest, data=key).decode().split()[-1]


def sends_by_fingerprint(fingerprints, judge, **main):
    """Sends mail to a Postfix whose certificate must have one of `fingerprints(its certificate)`; then judge(relay, sink)."""
    cert, key = certificate.issue('peer.example.test', place.private_folder('fingerprint'))
    with Sink() as sink, postfix_before(sink, smtpd_tls_security_level='may', smtpd_tls_cert_file=cert, smtpd_tls_key_file=key) as postfix:
        policy = '[127.0.0.1]:%d fingerprint %s\n' % (postfix.port, ' '.join('match=' + one for one in fingerprints(cert)))
        with relay_to(postfix, {'policy': policy}, smtp_tls_policy_maps='texthash:@folder@/policy', **main) as relay:
            send(relay)
            judge(relay, sink)


def is_delivered(relay, sink):
    assert sink.wait(1)[0].body == b'hello\r\n'
    relay.wait_log('Verified TLS connection established to 127.0.0.1')
    relay.wait_log(r'status=sent \(250 2.0.0 Ok: .*queued as')


def is_kept_back(relay, sink):
    relay.wait_log(r'dsn=4.7.5, status=deferred \(Server certificate not verified\)')
    assert not sink.messages


def wrong(fingerprint):
    return ('00' if not fingerprint.startswith('00') else '11') + fingerprint[2:]


def test_a_certificate_is_known_by_its_fingerprint():
    sends_by_fingerprint(lambda cert: [certificate_fingerprint(cert, 'sha256')], is_delivered)


def test_a_certificate_is_known_by_the_fingerprint_of_its_key():
    sends_by_fingerprint(lambda cert: [key_fingerprint(cert, 'sha256')], is_delivered)


def test_one_of_several_fingerprints_is_enough():
    sends_by_fingerprint(lambda cert: [wrong(certificate_fingerprint(cert, 'sha1')) + '|' + certificate_fingerprint(cert, 'sha1').lower()], is_delivered,
                         smtp_tls_fingerprint_digest='sha1')


def test_a_certificate_with_another_fingerprint_gets_nothing():
    sends_by_fingerprint(lambda cert: [wrong(certificate_fingerprint(cert, 'sha256')), wrong(key_fingerprint(cert, 'sha256'))], is_kept_back)


def test_a_fingerprint_by_another_digest_gets_nothing():
    sends_by_fingerprint(lambda cert: [certificate_fingerprint(cert, 'sha1')], is_kept_back)


LOGIN = {'smtp_sasl_auth_enable': 'yes', 'smtp_sasl_security_options': 'noplaintext, noanonymous', 'smtp_sasl_password_maps': 'texthash:@folder@/logins'}


def logs_in_without_tls(mechanisms, password, judge):
    with Dovecot({'relay@example.org': 'secret'}, mechanisms) as dovecot, Sink() as sink:
        with postfix_before(sink, mynetworks='127.0.0.9/32', smtpd_sasl_auth_enable='yes', smtpd_sasl_type='dovecot', smtpd_sasl_path=dovecot.socket) as postfix:
            logins = '[127.0.0.1]:%d relay@example.org:%s\n' % (postfix.port, password)
            with relay_to(postfix, {'logins': logins}, **LOGIN) as relay:
                send(relay)
                judge(relay, sink)
            return postfix.log()


def test_a_plain_connection_gets_cram_md5():
    log = logs_in_without_tls('plain login cram-md5', 'secret', lambda relay, sink: sink.wait(1))
    assert 'sasl_method=CRAM-MD5, sasl_username=relay@example.org' in log, log


def test_a_wrong_password_in_cram_md5_defers():
    log = logs_in_without_tls('plain login cram-md5', 'wrong', lambda relay, sink: relay.wait_log(
        r'status=deferred \(SASL authentication failed; server 127.0.0.1\[127.0.0.1\] said: 535 5.7.8 Error: authentication failed'))
    assert 'SASL CRAM-MD5 authentication failed' in log, log


def test_a_password_is_not_sent_in_plain():
    log = logs_in_without_tls('plain login', 'secret', lambda relay, sink: relay.wait_log(
        r'status=deferred \(SASL authentication failed; cannot authenticate to server 127.0.0.1\[127.0.0.1\]: no mechanism available\)'))
    assert 'auth=' not in log, log


def test_postfix_hears_who_sent_the_message():
    with Sink() as sink, postfix_before(sink, smtpd_authorized_xforward_hosts='127.0.0.0/8') as postfix:
        with relay_to(postfix, mynetworks='127.0.0.0/8', smtp_send_xforward_command='yes') as relay:
            send(relay, source='127.0.0.5')
            sink.wait(1)
            queue_id = relay.wait_log('from=<a@example.org>')[0].split(': ')[1]
        lines = postfix.wait_log(r': client=[^ ]*\[127.0.0.1\], orig_queue_id=%s, orig_client=unknown\[127.0.0.5\]' % queue_id)
        assert len(lines) == 1, lines


def test_postfix_that_trusts_nobody_gets_no_xforward():
    with Sink() as sink, postfix_before(sink) as postfix, relay_to(postfix, mynetworks='127.0.0.0/8', smtp_send_xforward_command='yes') as relay:
        send(relay, source='127.0.0.5')
        sink.wait(1)
        assert 'orig_client' not in postfix.log() and 'xforward=' not in postfix.log().lower(), postfix.log()


def test_a_tls_connection_is_kept_like_any_other():
    cert, key = certificate.issue('peer.example.test', place.private_folder('kept'))
    with Sink() as sink, postfix_before(sink, smtpd_tls_security_level='encrypt', smtpd_tls_cert_file=cert, smtpd_tls_key_file=key) as postfix:
        with relay_to(postfix, smtp_tls_security_level='encrypt', smtp_connection_cache_destinations='127.0.0.1',
                      smtp_connection_cache_time_limit='100s', connection_cache_ttl_limit='100s') as relay:
            for count in range(1, 4):
                send(relay)
                relay.wait_log('status=sent', count)
            sink.wait(3)
            assert 'conn_use=3' in relay.log(), relay.log()
            assert postfix.log().count('TLS connection established from') == 1, postfix.log()


def test_a_small_message_goes_in_one_chunk_and_a_refused_one_goes_nowhere():
    with Sink() as sink, postfix_before(sink, smtpd_recipient_restrictions='check_recipient_access inline:{{x@refused.example=550 5.1.1 nobody}}, permit') as postfix:
        with relay_to(postfix, smtp_connection_cache_on_demand='no') as relay:
            with Client(relay.port) as client:
                client.message('a@example.org', ['x@example.net', 'x@refused.example'], b'Subject: t\r\n\r\n.hello\r\nend')
                client.message('a@example.org', ['x@refused.example'], TEXT)
            relay.wait_log(r'to=<x@refused.example>.* status=bounced \(host .* said: 550 5.1.1 .* \(in reply to RCPT TO command\)\)', 2)
            relay.wait_log(r'to=<x@example.net>.* status=sent \(250 2.0.0 Ok: \d+ bytes queued as')
            bodies = [m.body for m in sink.wait(lambda got: any('FROM:<a@' in m.mail for m in got)) if 'FROM:<a@' in m.mail]
            assert bodies == [b'.hello\r\nend\r\n'], bodies
            assert re.search(r'rcpt=1/2 bdat=1 ', postfix.log()) and 'bdat=0/1' in postfix.log(), postfix.log()
