"""The server under test: a private folder with main.cf and master.cf, started in the foreground, judged when it ends."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

from kit import place
from kit.resolver import Resolver

OWNER, GROUP = 'uucp', 'news'  # any two accounts of the base system that own nothing here: a server that root starts becomes one of them

MAIN = {
    'compatibility_level': '3.6',
    'myhostname': 'relay.example.test',
    'mydomain': 'example.test',
    'myorigin': '$mydomain',
    'mydestination': '',
    'inet_interfaces': '127.0.0.1',
    'inet_protocols': 'ipv4',
    'mynetworks': '127.0.0.1/32',
    'alias_maps': '',
    'alias_database': '',
    'local_recipient_maps': '',
    'smtp_host_lookup': 'native, dns',
}

SERVICES = '''\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
'''


class Relay:
    """Relay({'relayhost': ...}) in a with statement starts and stops it. A sanitizer's report, a crash and an exit status
    other than 0 fail the test. `services` adds listeners: {'submission': {'smtpd_tls_security_level': 'encrypt'}}.
    `within`: a command that runs the server as its last arguments and becomes it (prlimit); `queue_room`: bytes of a file system
    of its own for the queue, which only the server and its tools see."""

    def __init__(self, main=None, services=None, files=None, records=None, master='', environment=None, within=(), queue_room=0):
        self.within, self.queue_room = list(within), queue_room
        self.folder = place.private_folder('relay')
        self.log_file = os.path.join(self.folder, 'mail.log')
        self.output_file = os.path.join(self.folder, 'output')
        self.resolver = Resolver(records)
        self.port = place.free_port()
        self.ports = {'smtp': self.port}
        self.process, self.judged = None, True
        self.environment = environment or {}
        for name, content in (files or {}).items():
            place.write(os.path.join(self.folder, name), content)
        settings = dict(MAIN, queue_directory=self.folder + '/queue', data_directory=self.folder + '/data',
                        maillog_file=self.log_file, maillog_file_prefixes=self.folder)
        if os.getuid() == 0:
            settings.update(mail_owner=OWNER, setgid_group=GROUP)
        settings.update(main or {})
        for name in ('queue', 'data'):
            os.makedirs(os.path.join(self.folder, name))
        place.write(self.folder + '/main.cf', ''.join('%s = %s\n' % (k, self.fill(v)) for k, v in settings.items()))
        rows = '%d inet n - n - - smtpd\n' % self.port
        for name, overrides in (services or {}).items():
            self.ports[name] = place.free_port()
            rows += '%d inet n - n - - smtpd\n' % self.ports[name]
            rows += ''.join('  -o { %s = %s }\n' % (k, self.fill(v)) for k, v in overrides.items())
        own = [row.split()[:2] for row in master.splitlines() if row[:1].strip()]
        rest = ''.join(row + '\n' for row in SERVICES.splitlines() if row.split()[:2] not in own)
        place.write(self.folder + '/master.cf', rows + self.fill(master) + rest)

    def fill(self, text):
        return str(text).replace('@folder@', self.folder)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.stop()
            else:
                self.kill()
                print('--- log of the relay\n%s\n--- its output\n%s' % (self.log()[-6000:], self.output()[-6000:]), file=sys.stderr)
        finally:
            self.kill()
            self.resolver.stop()
            if not os.environ.get('POSTHOUSE_KEEP'):
                shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, timeout=60):
        environment = {**os.environ, 'MAIL_CONFIG': self.folder, 'POSTHOUSE_RESOLVER': self.resolver.address, **self.environment}
        said = {path: _size(path) for path in (self.log_file, self.output_file)}
        with open(self.output_file, 'ab') as output:
            self.process = subprocess.Popen(self._in_its_world() + place.server_command() + [self.folder], stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT, env=environment, start_new_session=True)
        self.judged = False
        end = time.monotonic() + timeout
        while not self._answers():
            if self.process.poll() is not None:
                raise AssertionError('the relay did not start (status %d)\n%s\n%s' % (self.process.returncode, self.output(), self.log()))
            if time.monotonic() > end:
                raise AssertionError('the relay does not listen after %d s' % timeout)
            time.sleep(0.01)
        # Connections wait in the backlog from the first moment on; SIGTERM is its own affair only when it says that it has started.
        end = time.monotonic() + 5
        while not self._said_started(said) and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)

    def _in_its_world(self):
        if not self.queue_room:
            return self.within
        mount = 'mount -t tmpfs -o mode=755,size=%d tmpfs %s/queue && exec "$@"' % (self.queue_room, self.folder)
        command = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', mount, 'sh']
        if subprocess.run(command + ['true'], capture_output=True).returncode != 0:
            raise place.Skip('needs the right to mount a file system')
        return command + self.within

    def inside(self, path):
        """A path below the folder as the server sees it."""
        return '/proc/%d/root%s/%s' % (self.process.pid, self.folder, path)

    def _said_started(self, before):
        # Only what was written since: a test that starts the server a thousand times would read its log a thousand times.
        return any('daemon started' in _read(path, size) for path, size in before.items())

    def _answers(self):
        try:
            # From an address of its own, so that limits by client do not count the probe.
            socket.create_connection(('127.0.0.1', self.port), 5, source_address=('127.0.0.99', 0)).close()
            return True
        except OSError:
            return False

    def stop(self):
        if self.judged:
            return
        self.judged = True
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            raise AssertionError('the relay does not stop on SIGTERM') from None
        self._check_output()
        if status != 0:
            raise AssertionError('the relay ended with status %d\n%s\n%s' % (status, self.output()[-6000:], self.log()[-3000:]))

    def kill(self):
        """kill -9, as a power cut would."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self._check_output()
        self.judged = True

    def _check_output(self):
        report = re.search(r'((?:ERROR|WARNING): \w+Sanitizer|runtime error:|Assertion|PH_ASSERT|terminate called).*', self.output(), re.S)
        if report:
            raise AssertionError('the relay reported: ' + report[0][:6000])
        refused = re.search(r'.*refused system call.*', self.log())
        if refused:
            raise AssertionError('the list of system calls is not complete: ' + refused[0])

    def tool(self, *command, text=None, check=True):
        """One of the server's own programs, finding this configuration: its standard output."""
        entering = ['nsenter', '--mount', '--target', str(self.process.pid)] if self.queue_room else []
        done = subprocess.run([*entering, os.path.join(place.BIN, command[0]), *command[1:]], input=text, capture_output=True, text=True, timeout=60,
                              env={**os.environ, 'MAIL_CONFIG': self.folder, 'POSTHOUSE_RESOLVER': self.resolver.address, **self.environment})
        if check and done.returncode != 0:
            raise AssertionError('%s ended with %d: %s%s' % (' '.join(command), done.returncode, done.stdout, done.stderr))
        return done.stdout

    def log(self):
        return _read(self.log_file)

    def output(self):
        return _read(self.output_file)

    def wait_log(self, pattern, count=1, timeout=60):
        """Until the log has `count` lines with `pattern`; the lines."""
        end = time.monotonic() + timeout
        while True:
            lines = [line for line in self.log().splitlines() if re.search(pattern, line)]
            if len(lines) >= count:
                return lines
            if time.monotonic() > end:
                raise AssertionError('no log line with %r after %d s' % (pattern, timeout))
            time.sleep(0.02)

    def server_pid(self):
        """Of the process that serves, which is the youngest child of the supervisor."""
        with open('/proc/%d/task/%d/children' % (self.process.pid, self.process.pid)) as children:
            return int((children.read().split() or [self.process.pid])[-1])

    def peak_memory(self):
        """VmHWM in bytes."""
        with open('/proc/%d/status' % self.server_pid()) as status:
            return int(re.search(r'VmHWM:\s+(\d+) kB', status.read())[1]) * 1024


def _read(path, begin=0):
    try:
        with open(path, 'rb') as file:
            file.seek(begin)
            return file.read().decode('utf-8', 'replace')
    except OSError:
        return ''


def _size(path):
    try:
        return os.path.getsize(path)
    except OSError:
        return 0
