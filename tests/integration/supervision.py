"""The supervisor: a server that crashes is back at once, nobody is refused meanwhile, and neither outlives the other."""
import os
import re
import shutil
import signal
import socket
import subprocess
import threading

from kit import place
from kit.client import Client
from kit.listening import Listening
from kit.relay import Relay
from kit.sink import Sink


class Callers:
    """Connects without pause and waits for the greeting; counts who was served, notes who was refused."""

    def __init__(self, port, count=3):
        self.port, self.ended, self.lock = port, threading.Event(), threading.Lock()
        self.served, self.refused = 0, []
        self.threads = [threading.Thread(target=self.call, args=(n,), daemon=True) for n in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join(60)

    def call(self, number):
        while not self.ended.is_set():
            try:
                caller = socket.create_connection(('127.0.0.1', self.port), 60, source_address=('127.0.1.%d' % (number + 1), 0))
            except OSError as error:
                with self.lock:
                    self.refused.append(repr(error))
                continue
            with caller:
                try:
                    greeted = caller.recv(200).startswith(b'220')
                except OSError:
                    greeted = False  # it was talking to the server that died
            with self.lock:
                self.served += greeted
            self.ended.wait(0.002)

    def wait(self, more):
        """Until so many more were greeted."""
        wanted = self.served + more
        place.wait_until(lambda: self.served >= wanted, '%d more greetings' % more)


def wait_for_another(relay, pid):
    def is_another():
        now = relay.server_pid()
        return now not in (pid, relay.process.pid)
    place.wait_until(is_another, 'another server')
    return relay.server_pid()


def alive(pid):
    try:
        with open('/proc/%d/stat' % pid) as stat:
            return stat.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


def test_nobody_is_refused_when_the_server_is_killed_again_and_again():
    with Relay({'smtpd_client_connection_rate_limit': '0'}) as relay, Callers(relay.port) as callers:
        callers.wait(20)
        supervisor = relay.process.pid
        for turn in range(3):
            pid = relay.server_pid()
            os.kill(pid, signal.SIGKILL)
            wait_for_another(relay, pid)
            callers.wait(20)
            line = relay.wait_log('process %d posthouse killed by signal 9' % pid)[0]
            assert 'postfix/master[%d]: warning:' % supervisor in line and ('at once' if turn == 0 else ' ms') in line, line
        assert callers.refused == [], callers.refused[:5]


def test_mail_that_was_accepted_before_a_crash_is_delivered_after_it():
    port = place.free_port()
    with Relay({'relayhost': '[127.0.0.1]:%d' % port, 'minimal_backoff_time': '1s', 'queue_run_delay': '1s'}) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
        with Sink(port=port) as sink:
            pid = relay.server_pid()
            os.kill(pid, signal.SIGKILL)
            sink.wait(1)
        relay.wait_log('daemon started', 2)


def test_a_server_that_crashes_again_and_again_is_given_more_time_and_says_so():
    with Relay() as relay:
        for _ in range(5):
            os.kill(relay.server_pid(), signal.SIGKILL)
            starts = relay.log().count('daemon started')
            relay.wait_log('daemon started', starts + 1)
        line = relay.wait_log('posthouse killed by signal', 5)[4]
        assert 'fatal:' in line and 'in 1000 ms' in line and 'crash number 5' in line, line


def test_a_killed_supervisor_ends_the_server_in_order():
    with Relay() as relay:
        pid = relay.server_pid()
        os.kill(relay.process.pid, signal.SIGKILL)
        relay.process.wait()
        relay.wait_log('postfix/master.%d.: fatal: the supervisor has died' % pid)
        relay.wait_log('postfix/master.%d.: terminating on signal 15' % pid)
        relay.start()  # waits for the old one to give up the queue
        assert not alive(pid)


def test_a_hung_supervisor_ends_the_server_in_order():
    with Relay(environment={'POSTHOUSE_SUPERVISOR_PATIENCE_MS': '500'}) as relay:
        pid = relay.server_pid()
        os.kill(relay.process.pid, signal.SIGSTOP)
        try:
            relay.wait_log('postfix/master.%d.: fatal: the supervisor does not answer' % pid)
            place.wait_until(lambda: not alive(pid), 'the end of the server')
        finally:
            os.kill(relay.process.pid, signal.SIGCONT)
        # Nobody asked for a stop.
        relay.wait_log('the server ended because this supervisor did not answer; starting another')
        relay.wait_log('daemon started', 2)
        assert relay.server_pid() != pid


def test_a_crash_during_a_stop_is_not_the_beginning_of_another_server():
    with socket.create_server(('127.0.0.1', 0)) as silent, Relay({'relayhost': '[127.0.0.1]:%d' % silent.getsockname()[1]}) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
        connection = silent.accept()  # a delivery is under way: the stop waits for it
        stop = subprocess.Popen([place.BIN + '/postfix', 'stop'], env=dict(os.environ, MAIL_CONFIG=relay.folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        relay.wait_log('terminating on signal 15')
        os.kill(relay.server_pid(), signal.SIGKILL)
        relay.judged = True
        assert relay.process.wait(60) == 128 + signal.SIGKILL
        stop.wait(60)
        connection[0].close()
        assert len(relay.wait_log('daemon started')) == 1


def test_stop_abort_and_status_mean_both_processes():
    for command in ('stop', 'abort'):
        with Relay() as relay:
            supervisor, server = relay.process.pid, relay.server_pid()
            assert supervisor != server
            with open(relay.folder + '/queue/pid/master.pid') as file:
                assert int(file.read()) == supervisor
            assert 'PID: %d' % supervisor in subprocess.run([place.BIN + '/postfix', 'status'], capture_output=True, text=True, timeout=60,
                                                           env=dict(os.environ, MAIL_CONFIG=relay.folder)).stderr
            relay.tool('postfix', command)
            relay.process.wait(60)
            assert not alive(server)
            relay.judged = True


def test_a_start_that_fails_is_not_tried_again():
    taken = socket.create_server(('127.0.0.1', place.free_port()))
    relay = Relay(master='%d inet n - n - - smtpd\n' % taken.getsockname()[1])
    with taken:
        done = subprocess.run(place.server_command() + [relay.folder], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and 'Address already in use' in done.stderr, (done.returncode, done.stderr)
    assert relay.log().count('cannot listen on') == 1, relay.log()


def test_a_listener_that_a_reload_closed_is_not_held():
    with Relay() as relay:
        rows, extra = open(relay.folder + '/master.cf').read(), place.free_port()
        place.write(relay.folder + '/master.cf', rows + '%d inet n - n - - smtpd\n' % extra)
        relay.tool('postfix', 'reload')
        with Client(extra) as client:
            client.command('NOOP', 250)
        place.write(relay.folder + '/master.cf', rows)
        relay.tool('postfix', 'reload')

        def refused():
            try:
                socket.create_connection(('127.0.0.1', extra), 5).close()
                return False
            except ConnectionRefusedError:
                return True
        place.wait_until(refused, 'the end of the listener')


def upgrade(relay):
    return subprocess.run([place.BIN + '/posthouse', 'upgrade'], capture_output=True, text=True, timeout=120,
                          env=dict(os.environ, MAIL_CONFIG=relay.folder, POSTHOUSE_RESOLVER=relay.resolver.address))


def test_nobody_is_refused_during_upgrades_and_mail_goes_on():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay, Callers(relay.port) as callers:
        supervisor, pids = relay.process.pid, [relay.server_pid()]
        for turn in range(3):
            callers.wait(20)
            done = upgrade(relay)
            assert done.returncode == 0 and 'has taken over from process %d' % pids[-1] in done.stderr, done.stderr
            pids.append(relay.server_pid())
            relay.wait_log('upgrade: the supervisor runs the new program', turn + 1)
            with Client(relay.port) as client:
                client.message('a@example.org', ['x%d@example.net' % turn], b'Subject: t\r\n\r\nhello\r\n')
            relay.wait_log('daemon started', turn + 2)  # a line that waits to be written would go with the server that is killed
        sink.wait(3)
        assert len(set(pids)) == 4 and relay.process.poll() is None and relay.process.pid == supervisor
        # What the new supervisor was left, it can use.
        os.kill(relay.server_pid(), signal.SIGKILL)
        relay.wait_log('daemon started', 5)
        callers.wait(20)
        assert callers.refused == [], callers.refused[:5]


def test_a_server_that_ended_for_a_successor_that_died_is_started_again():
    class Silent(Listening):
        def serve(self, connection):
            connection.recv(1)

    with Silent() as silent, Relay({'relayhost': '[127.0.0.1]:%d' % silent.port}) as relay:
        relay.tool('sendmail', '-f', 'a@example.org', 'b@example.net', text='Subject: t\n\nx\n')
        place.wait_until(lambda: silent.connections, 'a delivery under way, which gets five seconds at an orderly end')
        pid = relay.server_pid()
        os.kill(relay.process.pid, signal.SIGUSR2)
        successor = int(re.search(r'process (\d+) takes over; connections wait', relay.wait_log('takes over; connections wait')[0])[1])
        os.kill(successor, signal.SIGKILL)
        wait_for_another(relay, pid)
        relay.wait_log('daemon started', 2)
        with Client(relay.port) as client:
            client.message('a@example.org', ['c@example.net'], b'Subject: t\r\n\r\nhello\r\n')


def test_an_upgrade_to_a_program_that_does_not_start_changes_nothing():
    folder = place.private_folder('programs')
    program = shutil.copy(os.path.join(place.BIN, 'posthouse'), folder + '/posthouse')
    before = os.environ.get('POSTHOUSE')
    os.environ['POSTHOUSE'] = program + ' -c'
    try:
        with Relay() as relay, Callers(relay.port) as callers:
            pid = relay.server_pid()
            for content, said in (('#!/bin/sh\nexit 3\n', 'exit status 3'), ('nonsense', 'Exec format error')):
                place.write(program + '.new', content, 0o755)
                os.rename(program + '.new', program)
                os.kill(relay.process.pid, signal.SIGUSR2)
                relay.wait_log(said)
            callers.wait(20)
            assert relay.server_pid() == pid
            # The program is gone, and yet a crash brings back the one that ran.
            os.kill(pid, signal.SIGKILL)
            relay.wait_log('daemon started', 2)
            callers.wait(20)
            assert callers.refused == [], callers.refused[:5]
    finally:
        if before is None:
            del os.environ['POSTHOUSE']
        else:
            os.environ['POSTHOUSE'] = before
        shutil.rmtree(folder)


def test_an_upgrade_with_a_broken_configuration_is_refused():
    with Relay() as relay:
        pid = relay.server_pid()
        relay.tool('postconf', '-e', 'smtpd_recipient_limit = many')
        done = upgrade(relay)
        assert done.returncode == 1 and 'the server that runs goes on' in done.stderr, done.stderr
        assert relay.server_pid() == pid
