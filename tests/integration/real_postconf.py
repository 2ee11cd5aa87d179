"""The product's postconf beside Postfix's own: the same configuration, the same words, the same answers."""
import os
import shutil
import subprocess
import tempfile

from kit import place
from kit.unpacked_postfix import PostfixTools

MASTER_CF = '''\
# the services
smtp      inet  n       -       y       -       -       smtpd
submission inet n       -       y       -       -       smtpd
# inside
  -o syslog_name=postfix/submission
  -o { smtpd_client_restrictions = permit_mynetworks, reject }
smtp      unix  -       -       y       -       -       smtp -v
  -o syslog_name=postfix/$service_name
maildrop  unix  -       n       n       -       -       pipe
  flags=DRXhu user=vmail argv=/usr/bin/maildrop -d {two words} ${recipient} with more words than a line of eighty has
'''
SHOWN = ('-n', '-nx', '-nf', '-nH', '-nh', '-M', '-Mf', '-Mx', '-M smtp/inet */unix', '-P', '-Px', '-Pf', '-Ph', '-PH', '-P */*/syslog_name', '-F', '-Ff', '-Fx', '-Fhx submission/inet', '-FH',
         '-F */unix/command', '-C user', '-l', '-df proxy_read_maps debugger_command', '-d nosuch biff', '-x mydestination smtpd_banner', '-o mine=x -x mydestination',
         '-C foo', '-a -m', '-nd', '-Mn', '-bx', '-e', '-X', '-X a=b', '-T foo', '-Z', '-c', '-o foo', '-M a/b/c', '-F smtp/inet/foo', '-P a/b/c/d', '-M nosuch', '-b a b')
EDITS = ('relayhost=x', '-e mine=1 mine=2 new=3', '-X mine relayhost', '-# mydestination', '-e mine', '-# nosuch', '-M smtp/inet=smtp inet n - n - 1 postscreen',
         '-M new/unix=new unix n - - - - foo a b', '-M new/unix=submission inet n - - - - foo', '-M a=b', '-M a/unix=a unix', '-MX submission/inet', '-M# submission/inet',
         '-MX nosuch/unix', '-F smtp/inet/process_limit=5 smtp/unix/wakeup=5?', '-F smtp/unix/wakeup=10s', '-F smtp/inet/chroot=maybe', '-F x/inet/chroot=n', '-F smtp/unix/command=smtp -o a=b c',
         '-P smtp/unix/syslog_name=c smtp/unix/z=', '-PX submission/inet/syslog_name', '-P smtp/inet/*=c', '-P 587=x')


def words_of(line):
    """'-M service=row with blanks' has its row in one word."""
    return line.split(' ', 1) if line.startswith(('-M ', '-F ')) and '=' in line and line.count('=') == 1 else line.split()


def ours(folder, words):
    done = subprocess.run([place.BIN + '/postconf', *words], capture_output=True, text=True, timeout=60, env=dict(os.environ, MAIL_CONFIG=folder))
    return done.returncode, done.stdout, done.stderr


def theirs(tools, words):
    status, out, said = tools.run('postconf', *words)
    return status, out, said.replace(tools.tree + '/usr/sbin/', '')


def real():
    tools = PostfixTools({'mine': 'a.example', 'mydestination': '$mine,\n  # note\n  localhost', 'relayhost': '[127.0.0.1]:25', 'no_such_parameter': '1'})
    place.write(tools.folder + '/master.cf', MASTER_CF)
    return tools


def test_postconf_shows_what_postfix_shows():
    with real() as tools:
        for line in SHOWN:
            mine, reference = ours(tools.folder, line.split()), theirs(tools, line.split())
            assert mine == reference, (line, mine, reference)


def test_postconf_expands_as_postfix_does_or_says_that_it_cannot():
    with real() as tools:
        place.write(tools.folder + '/master.cf', '')
        main = open(tools.folder + '/main.cf').read()
        for value in ('${{ 10 } > { 9 } ? { yes } : {no}}.', '${{10} > { 9} ? {yes} : {no}}', '${{ a } == {a} ? {yes} : {no}}', '${{3.10} >=level {3.9} ? {yes} : {no}}', '${mail_name?{ y }}.',
                      '${{3.x} <level {4} ? {yes} : {no}}', '${{3.1 } <level {4} ? {yes} : {no}}', '${mail_name', '$(mail_name', '${mail_name!}', '${{a} == b}', '$'):
            place.write(tools.folder + '/main.cf', main + 'smtpd_banner = %s\n' % value)
            (status, out, said), (real_status, real_out, real_said) = ours(tools.folder, ['-x', 'smtpd_banner']), theirs(tools, ['-x', 'smtpd_banner'])
            assert (status, out) == (real_status, real_out), (value, status, out, said, real_status, real_out, real_said)
            assert status == 0 or ('/main.cf, line ' in said and 'postconf: fatal: macro processing error\n' in said), (value, said)


def test_postconf_edits_as_postfix_does():
    with real() as tools, tempfile.TemporaryDirectory() as kept:
        files = ('main.cf', 'master.cf')
        for line in EDITS:
            for name in files:
                shutil.copy(tools.folder + '/' + name, kept)
            answers = []
            for run in (lambda words: ours(tools.folder, words), lambda words: theirs(tools, words)):
                said = run(words_of(line))
                answers.append((said, [open(tools.folder + '/' + name).read() for name in files]))
                for name in files:
                    shutil.copy(kept + '/' + name, tools.folder)
            assert answers[0] == answers[1], (line, answers)
