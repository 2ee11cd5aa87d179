"""Milters of Debian: opendkim, and a Python program around the real libmilter. Unpacked below build/peers with the libraries they want, never installed."""
import glob
import os
import socket
import subprocess
import sys

from kit import place, unpacked

OPENDKIM = ('libopendkim11', 'libmemcached11', 'libhashkit2', 'libmilter1.0.1', 'libopendbx1', 'librbl1', 'libvbr2')


class Running:
    """`command` until the with statement ends; it listens on `port`."""

    def __init__(self, command, port, packages, **environment):
        paths = sorted({os.path.dirname(path) for package in packages for path in glob.glob(unpacked.tree(package) + '/usr/lib/**/*.so.*', recursive=True)})
        self.command, self.port, self.name = command, port, 'inet:127.0.0.1:%d' % port
        self.environment = dict(os.environ, LD_LIBRARY_PATH=':'.join(paths), **environment)
        self.output = open(place.private_folder('milter') + '/output', 'w+', encoding='utf-8')  # pylint: disable=consider-using-with

    def __enter__(self):
        self.process = subprocess.Popen(self.command, env=self.environment, stdout=self.output, stderr=subprocess.STDOUT)
        place.wait_until(self._listens, '%s listens' % self.command[0], 60)
        return self

    def _listens(self):
        if self.process.poll() is not None:
            self.output.seek(0)
            raise place.Skip('%s does not run here: %s' % (self.command[0], self.output.read().strip()))
        try:
            socket.create_connection(('127.0.0.1', self.port), 1).close()
            return True
        except OSError:
            return False

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.output.close()


def opendkim(domain):
    """Signs mail from `domain` with a new key."""
    folder, port = place.private_folder('opendkim'), place.free_port()
    key = folder + '/key.private'
    subprocess.run(['openssl', 'genrsa', '-traditional', '-out', key, '2048'], check=True, capture_output=True)
    os.chmod(key, 0o600)
    place.write(folder + '/opendkim.conf', 'Domain %s\nSelector test\nKeyFile %s\nSocket inet:%d@127.0.0.1\nMode s\nInternalHosts 0.0.0.0/0\nSyslog no\nRequireSafeKeys no\nCanonicalization relaxed/relaxed\n'
                % (domain, key, port))
    program = unpacked.tree('opendkim') + '/usr/sbin/opendkim'
    running = Running([program, '-f', '-x', folder + '/opendkim.conf'], port, OPENDKIM)
    running.public_key = folder + '/key.public'
    subprocess.run(['openssl', 'rsa', '-in', key, '-pubout', '-out', running.public_key], check=True, capture_output=True)
    return running


def python(program):
    """`program`: Python that uses the module Milter; PORT stands for the port."""
    folder, port = place.private_folder('pymilter'), place.free_port()
    path = place.write(folder + '/changes.py', program.replace('PORT', str(port)))
    packages = unpacked.tree('python3-milter') + '/usr/lib/python3/dist-packages'
    if sys.platform != 'linux' or not os.path.exists('/usr/bin/python3'):
        raise place.Skip('no python3 of Debian here')
    return Running(['/usr/bin/python3', path], port, ('libmilter1.0.1',), PYTHONPATH=packages)
