"""A server that root started: whom it runs as, what it may still do, whose its files are."""
import grp
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess

from kit import certificate, place
from kit.client import Client
from kit.relay import GROUP, OWNER, Relay

TABLE = {'relay_domains': 'example.net', 'relay_recipient_maps': 'texthash:@folder@/recipients', 'relayhost': '[127.0.0.1]:1'}


def need_root():
    if os.getuid() != 0:
        raise place.Skip('only root can give up root')


def identity(relay):
    with open('/proc/%d/status' % relay.server_pid()) as status:
        return dict(line.strip().split(':\t', 1) for line in status if ':\t' in line)


def test_the_server_runs_as_mail_owner_with_few_rights():
    need_root()
    with Relay() as relay:
        owner, has = pwd.getpwnam(OWNER), identity(relay)
        assert set(has['Uid'].split()) == {str(owner.pw_uid)}, has['Uid']
        assert set(has['Gid'].split()) == {str(owner.pw_gid)}, has['Gid']
        for task in os.listdir('/proc/%d/task' % relay.server_pid()):
            with open('/proc/%d/task/%s/status' % (relay.server_pid(), task)) as status:
                text = status.read()
                assert '\nCapEff:\t0000000000000004\n' in text, (task, text)  # read files
                assert '\nNoNewPrivs:\t1\n' in text and '\nSeccomp:\t2\n' in text, (task, text)
        assert int(has['CapPrm'], 16) == int(has['CapBnd'], 16) == 0x4, has
        for name, user, group, mode in (('', 'root', 'root', 0o755), ('pid', 'root', 'root', 0o755), ('spool', OWNER, None, 0o700),
                                        ('private', OWNER, None, 0o700), ('public', OWNER, None, 0o755), ('maildrop', OWNER, GROUP, 0o730)):
            status = os.stat(os.path.join(relay.folder, 'queue', name))
            wanted = (pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid if group else pwd.getpwnam(user).pw_gid, mode)
            assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == wanted, (name, status)


def test_files_of_root_are_read_at_a_reload_and_the_log_is_opened_anew():
    need_root()
    with Relay(dict(TABLE, smtpd_tls_security_level='may', smtpd_tls_cert_file='@folder@/localhost.crt', smtpd_tls_key_file='@folder@/localhost.key'),
               files={'recipients': 'first@example.net OK\n'}) as relay:
        certificate.issue('localhost', relay.folder)
        place.write(relay.folder + '/recipients', 'first@example.net OK\nsecond@example.net OK\n')
        for name in ('localhost.key', 'recipients', 'main.cf'):
            os.chmod(os.path.join(relay.folder, name), 0o600)
        os.rename(relay.log_file, relay.log_file + '.1')  # into a folder that is root's
        relay.process.send_signal(signal.SIGHUP)
        relay.wait_log('reload -- version')
        with Client(relay.port) as client:
            client.command('EHLO x')
            client.starttls()
            client.command('EHLO x', 250)
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<second@example.net>', 250)
            client.command('RCPT TO:<third@example.net>', 550)


def test_a_queue_that_root_used_is_taken_over():
    need_root()
    with Relay(dict(TABLE), files={'recipients': 'x@example.net OK\n'}) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
        relay.wait_log('status=deferred')
        relay.stop()
        for folder, _, names in os.walk(relay.folder + '/queue'):
            for name in [folder] + [os.path.join(folder, n) for n in names]:
                os.chown(name, 0, 0)
        relay.start()
        assert 'x@example.net' in relay.tool('postqueue', '-p')
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')


def test_a_maildir_belongs_to_the_user_of_its_mailbox():
    need_root()
    vmail = pwd.getpwnam('games')
    with Relay({'virtual_mailbox_domains': 'virt.example', 'virtual_mailbox_base': '@folder@/vmail', 'virtual_mailbox_maps': 'inline:{joe@virt.example=joe/,eve@virt.example=eve/}',
                'virtual_minimum_uid': '1', 'virtual_uid_maps': 'inline:{joe@virt.example=%d}' % vmail.pw_uid, 'virtual_gid_maps': 'static:%d' % vmail.pw_gid}) as relay:
        os.mkdir(relay.folder + '/vmail')
        os.chown(relay.folder + '/vmail', vmail.pw_uid, -1)
        with Client(relay.port) as client:
            client.message('a@example.org', ['joe@virt.example', 'eve@virt.example'], b'Subject: t\r\n\r\nhello\r\n')
        relay.wait_log('to=<joe@virt.example>.*status=sent')
        relay.wait_log('to=<eve@virt.example>.*status=deferred .mail system configuration error')
        new, = [os.path.join(relay.folder, 'vmail/joe/new', name) for name in os.listdir(relay.folder + '/vmail/joe/new')]
        for path in (new, os.path.dirname(new), relay.folder + '/vmail/joe'):
            assert (os.stat(path).st_uid, os.stat(path).st_gid) == (vmail.pw_uid, vmail.pw_gid), path
        assert os.listdir(relay.folder + '/vmail') == ['joe']


def test_an_account_that_cannot_be_used_is_fatal():
    need_root()
    for parameter, value, said in (('mail_owner', 'no-such-user', 'unknown user name value: no-such-user'), ('mail_owner', 'root', 'user root has privileged user ID'),
                                   ('setgid_group', 'no-such-group', 'unknown group name: no-such-group'), ('setgid_group', 'root', 'group root has privileged group ID')):
        relay = Relay({parameter: value})
        done = subprocess.run(place.server_command() + [relay.folder], capture_output=True, text=True, timeout=60)
        wanted = 'fatal: file %s/main.cf: parameter %s: %s' % (relay.folder, parameter, said)
        assert done.returncode == 1 and wanted in done.stderr, (done.returncode, done.stderr)
        assert wanted in relay.log(), relay.log()
        checked = subprocess.run([place.BIN + '/posthouse', 'check'], capture_output=True, text=True, timeout=60, env=dict(os.environ, MAIL_CONFIG=relay.folder))
        assert checked.returncode == 1 and wanted in checked.stderr, (checked.returncode, checked.stderr)


def test_only_a_server_with_mailboxes_may_act_for_others():
    need_root()
    with Relay({'virtual_mailbox_base': '@folder@/vmail'}) as relay:
        assert int(identity(relay)['CapPrm'], 16) == 0xc4, identity(relay)  # and at hand: set user and group


def low_port():
    for port in range(1023, 600, -1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(('127.0.0.77', port))
                return port
            except OSError:
                continue
    raise place.Skip('no free port below 1024')


def test_a_reload_binds_a_low_port_and_a_crash_binds_it_again():
    need_root()
    with Relay() as relay:
        port = low_port()
        with open(relay.folder + '/master.cf', 'a') as file:
            file.write('127.0.0.77:%d inet n - n - - smtpd\n' % port)
        relay.tool('postfix', 'reload')
        socket.create_connection(('127.0.0.77', port), 10).close()
        os.kill(relay.server_pid(), signal.SIGKILL)
        socket.create_connection(('127.0.0.77', port), 10).close()
        relay.wait_log('daemon started', 2)


def status(relay):
    return dict(line.split(': ', 1) for line in relay.tool('postfix', 'status').splitlines() if ': ' in line)


def test_status_and_log_say_how_the_server_is_guarded():
    with Relay() as relay:
        said, kernel = status(relay), identity(relay)
        assert int(said['server process']) == relay.server_pid() and said['configuration'] == relay.folder, said
        assert said['no_new_privs'] == 'on' and kernel['NoNewPrivs'] == '1', (said, kernel)
        assert said['seccomp'] == 'on', said
        if os.getuid() == 0:
            assert said['user'] == '%s (%d)' % (OWNER, pwd.getpwnam(OWNER).pw_uid), said
            assert said['capabilities'] == 'cap_dac_read_search', said
        line, = relay.wait_log('guard: ')
        for word in ('user ' + said['user'], 'no_new_privs on', 'seccomp on', 'Landlock ' + said['Landlock']):
            assert word in line, (word, line)


def test_a_guard_that_is_not_wanted_is_told():
    with Relay(environment={'POSTHOUSE_SANDBOX': 'no'}) as relay:
        said = status(relay)
        assert said['seccomp'] == said['Landlock'] == 'off: POSTHOUSE_SANDBOX=no' and said['no_new_privs'] == 'on', said


def test_a_reload_that_names_a_new_folder_is_served_by_a_new_process():
    other = place.private_folder('tables')
    try:
        with Relay(dict(TABLE), files={'recipients': 'first@example.net OK\n'}) as relay:
            pid, landlock = relay.server_pid(), status(relay)['Landlock']
            place.write(other + '/recipients', 'second@example.net OK\n')
            os.chmod(other, 0o700)
            relay.tool('postconf', '-e', 'relay_recipient_maps = texthash:%s/recipients' % other)
            relay.tool('postfix', 'reload')
            if landlock.startswith('on'):
                relay.wait_log('daemon started', 2)
                assert relay.server_pid() != pid
            with Client(relay.port) as client:
                client.command('EHLO x')
                client.command('MAIL FROM:<a@example.org>', 250)
                client.command('RCPT TO:<second@example.net>', 250)
                client.command('RCPT TO:<first@example.net>', 550)
    finally:
        shutil.rmtree(other)


def test_without_landlock_a_reload_that_names_a_new_folder_needs_no_new_process():
    with Relay(dict(TABLE), files={'recipients': 'first@example.net OK\n'}, environment={'POSTHOUSE_SANDBOX': 'no'}) as relay:
        other = place.private_folder('tables')
        pid = relay.server_pid()
        relay.tool('postconf', '-e', 'relay_recipient_maps = texthash:%s/recipients' % other)
        place.write(other + '/recipients', 'second@example.net OK\n')
        relay.tool('postfix', 'reload')
        relay.wait_log('reload -- version')
        assert relay.server_pid() == pid
        with Client(relay.port) as client:
            client.command('EHLO x')
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<second@example.net>', 250)


def test_a_reload_that_names_another_log_goes_on_there():
    with Relay() as relay:
        other = relay.folder + '/other.log'
        relay.tool('postconf', '-e', 'maillog_file = ' + other)
        relay.tool('postfix', 'reload')
        relay.wait_log('another maillog_file, which this process was not started with')
        relay.log_file = other
        relay.wait_log('daemon started')
        with Client(relay.port) as client:
            client.command('RCPT TO:<x@example.net>', 503)
        relay.wait_log('disconnect from')
        relay.tool('postfix', 'upgrade')  # the supervisor's own words
        relay.wait_log('takes over')


def test_a_file_of_etc_that_is_replaced_is_read_without_a_reload():
    need_root()
    etc = place.private_folder('etc')
    subprocess.run(['cp', '-a', '/etc/.', etc], check=True)
    try:
        def recipients(text):  # a new file in the place of the old one
            place.write(etc + '/recipients', text)
            subprocess.run([place.BIN + '/postmap', 'hash:%s/recipients' % etc], check=True, timeout=60)

        recipients('first@example.net OK\n')
        relay = Relay(dict(TABLE, relay_recipient_maps='hash:/etc/recipients'),
                      within=['unshare', '--mount', '--propagation', 'private', 'sh', '-c', 'mount --bind %s /etc && exec "$@"' % etc, 'sh'])
        if subprocess.run(relay.within + ['true'], capture_output=True).returncode != 0:
            raise place.Skip('needs the right to mount a folder')
        with relay:
            if not status(relay)['Landlock'].startswith('on'):
                raise place.Skip('no Landlock')
            recipients('first@example.net OK\nsecond@example.net OK\n')
            relay.wait_log('/etc/recipients(.db)? is another one than at the start of this process')
            relay.wait_log('daemon started', 2)
            with Client(relay.port) as client:
                client.command('EHLO x')
                client.command('MAIL FROM:<a@example.org>', 250)
                client.command('RCPT TO:<second@example.net>', 250)
    finally:
        shutil.rmtree(etc)


def test_the_tools_find_a_server_whose_queue_has_a_long_name():
    with Relay({'queue_directory': '@folder@/' + 'long/' * 30 + 'queue', 'relayhost': '[127.0.0.1]:1'}) as relay:
        subprocess.run([place.BIN + '/sendmail', '-f', 'a@example.org', 'x@example.net'], input='Subject: t\n\nhello\n', text=True, check=True, timeout=60, env=dict(os.environ, MAIL_CONFIG=relay.folder))
        relay.wait_log('status=deferred')
        assert 'x@example.net' in relay.tool('mailq')
        assert status(relay)['no_new_privs'] == 'on'


def test_a_server_without_a_supervisor_serves_as_well():
    with Relay(environment={'POSTHOUSE_SUPERVISE': 'no'}) as relay:
        assert relay.server_pid() == relay.process.pid
        assert 'no supervisor' in status(relay)['seccomp']
        with Client(relay.port) as client:
            client.command('NOOP', 250)
        relay.tool('postfix', 'reload')
        done = subprocess.run([place.BIN + '/postfix', 'upgrade'], capture_output=True, text=True, timeout=60, env=dict(os.environ, MAIL_CONFIG=relay.folder))
        assert done.returncode == 1 and 'no supervisor' in done.stderr, done.stderr
