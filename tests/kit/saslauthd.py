"""Cyrus saslauthd as the server that checks passwords, against accounts that only it knows; and databases of saslpasswd2."""
import os
import shlex
import shutil
import signal
import subprocess

from kit import place

PROGRAM = '/usr/sbin/saslauthd'


class Saslauthd:
    """users: {'john': 'secret'}. The socket is `folder`/mux. `folder`: where; a private one otherwise. 'mux' is closed to other users, as Debian does it."""

    def __init__(self, users, folder=None):
        if not os.path.exists(PROGRAM):
            raise place.Skip('sasl2-bin is not installed')
        if os.getuid() != 0:
            raise place.Skip('saslauthd as a peer needs root')
        self.own = place.private_folder('saslauthd')
        self.folder = folder or os.path.join(self.own, 'run')
        os.makedirs(self.folder, exist_ok=True)
        os.chmod(self.folder, 0o710)
        self.socket = self.folder + '/mux'
        with open('/etc/passwd', encoding='utf-8') as known:
            rows = known.read()
        for number, (user, password) in enumerate(users.items(), 64000):
            made = subprocess.run(['openssl', 'passwd', '-6', '-stdin'], input=password, capture_output=True, text=True, check=True).stdout.strip()
            rows += '%s:%s:%d:65534::/nonexistent:/usr/sbin/nologin\n' % (user, made, number)
        self.passwd = place.write(self.own + '/passwd', rows)
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        if not os.environ.get('POSTHOUSE_KEEP'):
            shutil.rmtree(self.own, ignore_errors=True)

    def start(self):
        script = 'mount --bind %s /etc/passwd && exec "$@"' % shlex.quote(self.passwd)
        with open(self.own + '/output', 'wb') as output:
            self.process = subprocess.Popen(['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', PROGRAM, '-d', '-a', 'getpwent', '-n', '2',
                                             '-m', self.folder], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        place.wait_until(lambda: place.listens(self.socket) or self.process.poll() is not None, 'saslauthd', 30)
        if self.process.poll() is not None:
            with open(self.own + '/output', encoding='utf-8', errors='replace') as output:
                said = output.read()
            if 'unshare' in said or 'mount' in said:
                raise place.Skip('saslauthd: ' + said)
            raise AssertionError('saslauthd did not start: ' + said)

    def stop(self):
        place.end(self.process)
        if os.path.exists(self.socket):
            os.unlink(self.socket)

    def stall(self):
        os.killpg(self.process.pid, signal.SIGSTOP)

    def resume(self):
        os.killpg(self.process.pid, signal.SIGCONT)


def database(path, realm, users):
    """A sasldb with {'john': 'secret'} in `realm`."""
    program = shutil.which('saslpasswd2', path='/usr/sbin:/usr/bin')
    if not program:
        raise place.Skip('sasl2-bin is not installed')
    for user, password in users.items():
        subprocess.run([program, '-p', '-c', '-f', path, '-u', realm, user], input=password, text=True, check=True, capture_output=True)
    os.chmod(path, 0o640)
    return path
