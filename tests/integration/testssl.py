"""What testssl.sh thinks of the server as it is without a word about ciphers in main.cf: the checks that do not take long."""
import json
import os
import shutil
import subprocess

from integration.first_run import FirstRun
from integration.server_tls import Certificates
from kit import place
from kit.relay import Relay

# What Postfix's defaults bring with opportunistic TLS, where the other choice is no TLS at all.
KNOWN = {
    'TLS1': 'smtpd_tls_protocols = >=TLSv1',
    'TLS1_1': 'smtpd_tls_protocols = >=TLSv1',
    'cipherlist_aNULL': 'nobody verifies us, so a certificate is not needed',
}
# What a certificate that signed itself brings.
SELF_SIGNED = ('cert_chain_of_trust', 'cert_validityPeriod', 'cert_revocation')
SEVERE = ('MEDIUM', 'HIGH', 'CRITICAL', 'FATAL')


def findings(port, folder, *checks, starttls=True):
    """{name of the check: (severity, finding)}."""
    program = shutil.which('testssl') or shutil.which('testssl.sh')
    if not program or not shutil.which('hexdump'):
        raise place.Skip('testssl.sh is not installed')
    report = os.path.join(folder, 'report.json')
    command = [program, *(('--starttls', 'smtp') if starttls else ()), '--color', '0', '--warnings', 'batch', '--nodns', 'none', '--openssl', shutil.which('openssl'), '--jsonfile', report, *checks,
               '127.0.0.1:%d' % port]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        raise place.Skip('testssl.sh takes longer than two minutes here') from None
    try:
        with open(report, encoding='utf-8') as file:
            rows = json.load(file)
    except (OSError, ValueError):
        raise AssertionError('testssl.sh wrote no report: ' + said.stdout + said.stderr) from None
    return {row['id']: (row['severity'], row['finding']) for row in rows}


def test_the_defaults_have_no_hole_that_is_not_postfixs_choice():
    with Certificates() as made, Relay(made.settings(smtpd_client_event_limit_exceptions='127.0.0.0/8')) as relay:
        found = findings(relay.port, made.folder, '--protocols', '--heartbleed', '--ccs-injection', '--renegotiation', '--compression', '--tls-fallback', '--std')
        assert found['TLS1_2'][0] == 'OK' and found['TLS1_3'][0] == 'OK' and found['SSLv3'][0] == 'OK', found
        severe = {name: what for name, what in found.items() if what[0] in SEVERE and name not in KNOWN}
        assert not severe, severe


def test_a_submission_service_can_be_made_strict():
    strict = {'smtpd_tls_security_level': 'encrypt', 'smtpd_tls_mandatory_protocols': '>=TLSv1.2', 'smtpd_tls_mandatory_ciphers': 'high',
              'smtpd_tls_mandatory_exclude_ciphers': 'aNULL, SHA1, SHA256, SHA384, CCM8', 'tls_preempt_cipherlist': 'yes'}
    with Certificates() as made, Relay(made.settings(smtpd_client_event_limit_exceptions='127.0.0.0/8'), services={'strict': strict}) as relay:
        found = findings(relay.ports['strict'], made.folder, '--protocols', '--std')
        severe = {name: what for name, what in found.items() if what[0] in (*SEVERE, 'LOW')}
        assert found['TLS1'][0] in ('OK', 'INFO') and not severe, severe


def test_the_instance_that_run_makes_gives_no_reason_for_a_remark():
    parent = place.private_folder('run')
    run = FirstRun(os.path.join(parent, 'instance'), 'smtpd_client_event_limit_exceptions=127.0.0.0/8')
    try:
        for port, starttls, checks in ((run.ports[1], True, ['--protocols']), (run.ports[2], False, ['--std'])):
            found = findings(port, parent, *checks, starttls=starttls)
            os.unlink(os.path.join(parent, 'report.json'))
            assert found['TLS1_2' if starttls else 'cipherlist_aNULL'][0] == 'OK', found
            remarks = {name: what for name, what in found.items() if what[0] in (*SEVERE, 'LOW') and name not in SELF_SIGNED}
            assert not remarks, remarks
    finally:
        run.interrupt()
        shutil.rmtree(parent, ignore_errors=True)
