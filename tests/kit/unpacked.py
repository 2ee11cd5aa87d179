"""Debian packages as peers: downloaded and unpacked below build/peers, never installed; and programs that run until a with statement ends,
if they must with accounts and fixed paths of their own, which only they see (a private mount namespace)."""
import fcntl
import glob
import os
import re
import shlex
import shutil
import socket
import subprocess
import time

from kit import place

FOLDER = os.path.join(place.ROOT, 'build/peers')
FIRST_ACCOUNT = 64000  # Debian gives numbers from here to nobody


def tree(package):
    """The folder with the package's files, fetched once."""
    path = os.path.join(FOLDER, package)
    os.makedirs(FOLDER, exist_ok=True)
    with open(path + '.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            fetched = path + '.new'
            shutil.rmtree(fetched, ignore_errors=True)
            os.makedirs(fetched)
            try:
                got = subprocess.run(['apt-get', 'download', '-q', '-o', 'APT::Sandbox::User=root', package], cwd=fetched, capture_output=True, text=True)
            except OSError as error:
                raise place.Skip('%s cannot be downloaded: %s' % (package, error)) from None
            if got.returncode:
                raise place.Skip('apt-get download %s: %s' % (package, got.stderr.strip().replace('\n', ' ')))
            archive = glob.glob(fetched + '/*.deb')[0]
            subprocess.run(['dpkg', '-x', archive, fetched], check=True)
            os.unlink(archive)
            os.rename(fetched, path)
    return path


class Program:
    """Runs `command`, which listens on `port`, until the with statement ends. A program that cannot run on this release is Skip."""

    def __init__(self, name, log):
        if os.getuid() != 0:
            raise place.Skip(name + ' as a peer needs root')
        self.name, self.log_name = name, log
        self.port, self.folder = place.free_port(), place.private_folder(name.lower())
        self.process, self.environment, self.binds = None, {}, {}

    def command(self):
        raise NotImplementedError

    def accounts(self, *names):
        """Numbers of accounts that only this program knows, each with a group of the same name."""
        numbers = range(FIRST_ACCOUNT, FIRST_ACCOUNT + len(names))
        for file, row in (('passwd', '%s:x:%d:%d::/nonexistent:/usr/sbin/nologin\n'), ('group', '%s:x:%d:\n')):
            fields = row.count('%d')
            rows = ''.join(row % (name, *[number] * fields) for name, number in zip(names, numbers))
            with open('/etc/' + file, encoding='utf-8') as known:
                self.binds['/etc/' + file] = place.write(os.path.join(self.folder, file), known.read().rstrip('\n') + '\n' + rows)
        return list(numbers)

    def _inside(self):
        """The command with `binds` mounted for it alone."""
        command = self.command()
        if not self.binds:
            return command
        mounts = ['mount --bind %s %s' % (shlex.quote(source), shlex.quote(target)) for target, source in self.binds.items()]
        return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', ' && '.join(mounts) + ' && exec "$@"', 'sh', *command]

    def __enter__(self):
        with open(self.folder + '/output', 'wb') as output:
            self.process = subprocess.Popen(self._inside(), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                                            env=dict(os.environ, **self.environment))
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(('127.0.0.1', self.port), 5).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    self._give_up()
                time.sleep(0.02)

    def _give_up(self):
        output, log = self.output(), self.log()
        self.__exit__()
        missing = re.search(r'error while loading shared libraries.*|(unshare|mount): .*', output)
        if missing:
            raise place.Skip('%s: %s' % (self.name, missing[0]))
        raise AssertionError('%s did not start: %s%s' % (self.name, output, log))

    def __exit__(self, *_):
        place.end(self.process)
        if not os.environ.get('POSTHOUSE_KEEP'):
            shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self, name):
        try:
            with open(os.path.join(self.folder, name), encoding='utf-8', errors='replace') as file:
                return file.read()
        except OSError:
            return ''

    def log(self):
        return self._read(self.log_name)

    def output(self):
        return self._read('output')

    def wait_log(self, pattern, count=1, timeout=60):
        """Until the log has `count` lines with `pattern`; the lines."""
        end = time.monotonic() + timeout
        while True:
            lines = [line for line in self.log().splitlines() if re.search(pattern, line)]
            if len(lines) >= count:
                return lines
            if time.monotonic() > end:
                raise AssertionError('no log line of %s with %r after %d s:\n%s' % (self.name, pattern, timeout, self.log()))
            time.sleep(0.02)
