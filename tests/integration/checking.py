"""posthouse check: configurations as people copy them from guides, and exactly the findings that are true of them."""
import os
import re
import shutil
import subprocess

from kit import certificate, place

ROWS = '''\
rewrite unix - - n - - trivial-rewrite
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
'''
MAIN = '''\
compatibility_level = 3.6
myhostname = relay.example.org
mydomain = example.org
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
queue_directory = @folder@/queue
data_directory = @folder@/data
maillog_file = @folder@/mail.log
alias_maps =
alias_database =
'''


class Checked:
    """`said`: (file:line counted from the lines of the test, severity, text) of each finding, in order."""

    def __init__(self, main, master='2525 inet n - n - - smtpd\n', files=None, modes=None, program=('posthouse', 'check'), fixed=MAIN):
        self.folder = place.private_folder('check')
        try:
            fixed += ('' if os.getuid() == 0 else 'mail_owner = %s\n' % subprocess.getoutput('id -un'))
            self.fixed_lines = fixed.count('\n')
            for name, text in dict(files or {}, **{'main.cf': fixed + main, 'master.cf': master + ROWS}).items():
                place.write(os.path.join(self.folder, name), text.replace('@folder@', self.folder), (modes or {}).get(name, 0o600))
            done = subprocess.run([place.BIN + '/' + program[0], *program[1:], '-c', self.folder], capture_output=True, text=True, timeout=60,
                                  env=dict(os.environ, POSTHOUSE_RESOLVER='127.0.0.1:9'))
            self.status, self.text = done.returncode, done.stdout + done.stderr
            self.said = [self.finding(line) for line in self.text.splitlines()]
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def finding(self, line):
        match = re.match(r'(?:.*/(main\.cf|master\.cf):(\d+): )?(note|warning|error): (.*)', line)
        assert match, line
        number = int(match[2] or 0) - (self.fixed_lines if match[1] == 'main.cf' else 0)
        return ('%s:%d' % (match[1], number) if match[1] else '', match[3], match[4])

    def expect(self, *findings, status=0):
        """`findings`: (place, severity, a piece of the text)."""
        rest = list(self.said)
        for where, severity, piece in findings:
            found = [one for one in rest if one[0] == where and one[1] == severity and piece in one[2]]
            assert len(found) == 1, '%d times %r in\n%s' % (len(found), (where, severity, piece), self.text)
            rest.remove(found[0])
        assert not rest, 'and also: %r' % rest
        assert self.status == status, (self.status, self.text)
        return self


RELAY = '''\
mydestination =
mynetworks = 127.0.0.0/8 10.0.0.0/8
relayhost = [127.0.0.1]:587
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = texthash:@folder@/passwords
smtp_sasl_security_options = noanonymous
smtp_tls_security_level = encrypt
'''
PASSWORDS = {'passwords': '[127.0.0.1]:587 user:secret\n'}


def test_a_sound_relay_is_met_with_silence():
    Checked(RELAY, files=PASSWORDS).expect()


def test_a_relay_with_the_mistakes_of_guides():
    checked = Checked(RELAY.replace('smtp_sasl_security_options = noanonymous\n', '').replace('10.0.0.0/8', '203.0.0.0/8') + 'smtp_use_tls = yes\n', files=PASSWORDS, modes={'passwords': 0o644})
    checked.expect(('main.cf:2', 'warning', 'addresses of the Internet may relay'), ('main.cf:4', 'warning', 'smtp_sasl_security_options = noanonymous'),
                   ('main.cf:5', 'warning', 'run "chmod 600'), ('main.cf:7', 'note', 'smtp_use_tls is an old name, write smtp_tls_security_level = may'))


def test_comments_behind_values():
    lists = Checked('smtpd_recipient_restrictions =\n permit_mynetworks, # our programs\n reject_unauth_destination # all else\n')
    lists.expect(('main.cf:1', 'warning', 'main.cf has no end-of-line comments'), ('main.cf:1', 'error', 'unknown smtpd restriction: "#"'), status=1)
    value = Checked('mydestination =\nrelayhost = [127.0.0.1]:25 # the provider\n')
    value.expect(('main.cf:2', 'error', 'write "relayhost = [127.0.0.1]:25"'), status=1)


def test_a_relayhost_where_nobody_reads_it():
    rows = '2525 inet n - n - - smtpd\npaid unix - - n - - smtp\n  -o relayhost=[127.0.0.1]:587\n'
    checked = Checked('mydestination =\ntransport_maps = texthash:@folder@/transport\n', master=rows, files={'transport': '* paid:\n'})
    checked.expect(('master.cf:3', 'warning', 'smtp never reads it'), ('master.cf:3', 'warning', '"paid:[127.0.0.1]:587" in transport_maps'), ('main.cf:2', 'warning', 'names no host'))
    Checked('mydestination =\ntransport_maps = texthash:@folder@/transport\n', master='2525 inet n - n - - smtpd\npaid unix - - n - - smtp\n',
            files={'transport': '* paid:[127.0.0.1]:587\n'}).expect()


def test_who_may_relay_and_who_is_kept_out():
    Checked('smtpd_relay_restrictions = permit_mynetworks, permit, reject_unauth_destination\n').expect(
        ('main.cf:1', 'error', 'open relay: it permits everybody'), ('master.cf:1', 'error', 'it will serve nobody'),
        ('main.cf:1', 'warning', 'nothing behind permit is ever reached'), status=1)
    Checked('smtpd_relay_restrictions = permit_mynetworks, warn_if_reject reject_unauth_destination\n').expect(
        ('main.cf:1', 'error', 'open relay: warn_if_reject reject_unauth_destination only logs'), ('master.cf:1', 'error', 'it will serve nobody'), status=1)
    Checked('smtpd_relay_restrictions = permit_mynetworks, strangers\nsmtpd_restriction_classes = strangers\nstrangers = reject_unauth_destination\n').expect()
    Checked('smtpd_relay_restrictions = permit_mynetworks, reject\nmynetworks =,\n').expect(
        ('main.cf:1', 'warning', 'refused even for our own domains'), ('main.cf:1', 'warning', 'nobody gets past reject'), ('main.cf:2', 'warning', 'mynetworks is empty'))
    Checked('smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination, permit\n').expect(('main.cf:1', 'note', 'permit at the end changes nothing'))
    Checked('mynetworks = 127.0.0.1 192.168.1.1/24\n').expect(('main.cf:1', 'error', '192.168.1.0/24'), status=1)


def submission(folder):
    """main.cf and rows of a server for people, with Dovecot's socket not there."""
    cert, key = certificate.issue('relay.example.org', folder)
    os.chmod(key, 0o600)
    main = 'smtpd_tls_cert_file = %s\nsmtpd_tls_key_file = %s\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n' % (cert, key)
    return main, '2525 inet n - n - - smtpd\n2587 inet n - n - - smtpd\n  -o smtpd_tls_security_level=encrypt\n  -o smtpd_sasl_auth_enable=yes\n'


def test_logins_of_people():
    folder = place.private_folder('checking')
    main, rows = submission(folder)
    Checked(main, master=rows).expect(('main.cf:4', 'warning', 'does Dovecot run'))
    everywhere = main + 'inet_interfaces = all\nsmtpd_sasl_auth_enable = yes\nsmtpd_tls_security_level = may\n'
    Checked(everywhere, master=rows).expect(('main.cf:4', 'warning', 'does Dovecot run'), ('main.cf:6', 'warning', 'invites guessing of passwords'),
                                            ('main.cf:6', 'warning', 'AUTH is offered before STARTTLS'), ('main.cf:5', 'warning', 'overriding earlier entry'))
    Checked(main.replace('smtpd_sasl_type = dovecot\n', '') + 'smtpd_sender_login_maps = inline:{a=b}\n').expect(
        ('main.cf:1', 'warning', 'no service offers TLS'), ('main.cf:3', 'note', 'smtpd_sasl_path is never used'), ('main.cf:4', 'warning', 'smtpd_sender_login_maps is never asked'))
    shutil.rmtree(folder, ignore_errors=True)


def test_certificates_end():
    folder = place.private_folder('checking')
    cert, key = folder + '/old.crt', folder + '/old.key'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3', '-subj', '/CN=relay.example.org', '-keyout', key, '-out', cert],
                   check=True, capture_output=True)
    os.chmod(key, 0o600)
    Checked('smtpd_tls_security_level = may\nsmtpd_tls_cert_file = %s\nsmtpd_tls_key_file = %s\n' % (cert, key)).expect(('main.cf:2', 'warning', 'expires on'))
    shutil.rmtree(folder, ignore_errors=True)


def test_rows_that_nothing_names():
    rows = '2525 inet n - n - - smtpd\n  -o queue_run_delay=1s\n  -o smtpd_helo_required=yes\n  -o smtpd_helo_required=no\npolicy unix - n n - 0 spawn user=nobody argv=/bin/true\nspare unix - - n - - smtp\n'
    Checked('', master=rows).expect(('master.cf:2', 'warning', '-o queue_run_delay has no effect'), ('master.cf:4', 'warning', '-o smtpd_helo_required comes twice'),
                                    ('master.cf:5', 'warning', 'service "policy" is never used'), ('master.cf:6', 'warning', 'service "spare" is never used'))


def test_tables_that_postmap_has_not_made():
    Checked('relay_domains = hash:@folder@/domains\n', files={'domains': 'example.net x\n'}).expect(('main.cf:1', 'warning', 'run "postmap hash:'))


def test_tables_that_are_older_than_their_source():
    folder = place.private_folder('checking')
    table = place.write(folder + '/domains', 'example.net x\n')
    main = 'relay_domains = hash:%s\n' % table
    with open(folder + '/main.cf', 'w', encoding='ascii') as file:
        file.write('compatibility_level = 3.6\n')
    subprocess.run([place.BIN + '/postmap', '-c', folder, 'hash:' + table], check=True, capture_output=True)
    Checked(main).expect()
    os.utime(table + '.db', (1, 1))
    Checked(main).expect(('main.cf:1', 'warning', 'is older than source file %s; run postmap on it' % table))
    shutil.rmtree(folder, ignore_errors=True)


def test_domains_and_recipients():
    Checked('mydestination = example.org\nvirtual_mailbox_domains = example.org\nlocal_recipient_maps =\n').expect(
        ('main.cf:2', 'warning', 'example.org is in both mydestination and virtual_mailbox_domains'), ('main.cf:3', 'warning', 'local_recipient_maps is empty'))


def test_a_table_that_only_a_default_names_is_nobodys_mistake():
    default = Checked('', fixed=MAIN.replace('alias_maps =\n', ''))
    assert 'nis' not in default.text, default.text
    named = Checked('alias_maps = nis:mail.aliases\n', fixed=MAIN.replace('alias_maps =\n', ''))
    assert named.status == 1 and ('main.cf:1', 'error', 'nis:mail.aliases: unsupported dictionary type: nis') in named.said, named.text
