"""Configurations of guides that people follow, if their folder is beside the project: `posthouse check` says what is wrong with each, and nothing else."""
import os
import re
import shutil
import subprocess

from kit import place

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


def prepared(name):
    """The guide's files in a folder of their own, with its ports and paths."""
    if not os.path.isdir(FOLDER):
        raise place.Skip('the configurations of the guides are not here')
    folder = place.private_folder('seed') + '/etc'
    shutil.copytree(os.path.join(FOLDER, name), folder)
    if not os.path.exists(folder + '/master.cf'):
        shutil.copy(os.path.join(FOLDER, 'common-master.cf'), folder + '/master.cf')
    with open(os.path.join(FOLDER, 'common.cf'), encoding='utf-8') as bench, open(folder + '/main.cf', 'a', encoding='utf-8') as main:
        main.write(bench.read())
    values = {'@DIR@': folder, '@PORT_25@': '25', '@PORT_587@': '587', '@PORT_465@': '465', '@UP@': '2525', '@UP2@': '2526'}
    for parent, _, files in os.walk(folder):
        for file in files:
            path = os.path.join(parent, file)
            with open(path, encoding='utf-8') as opened:
                text = opened.read()
            place.write(path, re.sub('@[A-Z0-9_]+@', lambda found: values.get(found[0], found[0]), text))
            os.chmod(path, 0o644)
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
