"""authorized_…_users and local_login_sender_maps: who may use the tools. The kernel says who asks."""
import contextlib
import os
import pwd
import socket
import subprocess

from kit import place
from kit.relay import Relay
from kit.sink import Sink


def run_as(relay, user, *command, text=''):
    account = pwd.getpwnam(user)
    return subprocess.run([os.path.join(place.BIN, command[0]), *command[1:]], input=text, capture_output=True, text=True, timeout=60, user=account.pw_uid, group=account.pw_gid, extra_groups=[],
                          env=dict(os.environ, MAIL_CONFIG=relay.folder))


def need_root():
    if os.getuid() != 0:
        raise place.Skip('only root can become other users')
    probe = subprocess.run(['test', '-x', os.path.join(place.BIN, 'mailq')], user='daemon', group='daemon', extra_groups=[])
    if probe.returncode != 0:
        raise place.Skip('other users cannot reach the programs')


def test_lists_of_users_say_who_may_look_flush_and_submit():
    need_root()
    main = {'authorized_mailq_users': '!daemon, static:anyone', 'authorized_flush_users': 'root', 'authorized_submit_users': 'inline:{daemon=x}'}
    with Sink() as sink, Relay(dict(main, relayhost='[127.0.0.1]:%d' % sink.port)) as relay:
        done = run_as(relay, 'daemon', 'mailq')
        assert done.returncode != 0 and 'User daemon(1) is not allowed to view the mail queue' in done.stderr, done
        assert run_as(relay, 'bin', 'mailq').stdout == 'Mail queue is empty\n'
        done = run_as(relay, 'bin', 'postqueue', '-f')
        assert done.returncode != 0 and 'User bin(2) is not allowed to flush the mail queue' in done.stderr, done
        assert run_as(relay, 'root', 'postqueue', '-f').returncode == 0
        done = run_as(relay, 'bin', 'sendmail', 'x@example.net', text='Subject: no\n\nno\n')
        assert done.returncode != 0 and 'User bin(2) is not allowed to submit mail' in done.stderr, done
        done = run_as(relay, 'daemon', 'sendmail', 'x@example.net', text='Subject: yes\n\nyes\n')
        assert done.returncode == 0, done
        sink.wait(1)
        relay.wait_log(r'postdrop\[\d+\]: warning: User bin\(2\) is not allowed to submit mail')
        relay.wait_log('uid=1 from=<daemon')


def test_senders_belong_to_logins():
    need_root()
    main = {'local_login_sender_maps': 'inline:{ {root = *}, {daemon = daemon@example.test <>}, {bin = @example.test} }'}
    with Sink() as sink, Relay(dict(main, relayhost='[127.0.0.1]:%d' % sink.port)) as relay:
        def send(user, sender):
            return run_as(relay, user, 'sendmail', '-f', sender, 'x@example.net', text='Subject: t\n\nt\n')

        for user, sender in (('root', 'anybody@example.org'), ('daemon', 'daemon@example.test'), ('daemon', '<>'), ('bin', 'whoever@example.test')):
            assert send(user, sender).returncode == 0, (user, sender)
        for user, sender in (('daemon', 'root@example.test'), ('bin', 'x@example.org'), ('sys', 'sys@example.test')):
            done = send(user, sender)
            assert done.returncode != 0 and 'is not allowed to send mail as <%s>' % sender in done.stderr, done
        done = run_as(relay, 'daemon', 'sendmail', '-bs', text='QUIT\r\n')
        assert '220' not in done.stdout, done  # in a session anything could be said
        assert '220' in run_as(relay, 'root', 'sendmail', '-bs', text='QUIT\r\n').stdout
        sink.wait(4)


def test_users_who_take_all_connections_leave_the_administrator_his():
    with Relay() as relay, contextlib.ExitStack() as crowd:
        for _ in range(400):
            one = crowd.enter_context(socket.socket(socket.AF_UNIX))
            one.settimeout(60)
            one.connect(os.path.join(relay.folder, 'queue/public/posthouse'))
        while one.recv(1) != b'':  # the last of them is one too many
            pass
        relay.tool('postfix', 'reload')
        relay.wait_log('reload -- version')
