"""rbldnsd as the server of DNS lists: the installed program with zones of its own."""
import os
import shutil
import socket
import subprocess

from kit import place

PROGRAM = '/usr/sbin/rbldnsd'


class Rbldnsd:
    """zones: {'bl.example': text of an ip4set}. They are asked at `address`."""

    def __init__(self, zones):
        if not os.path.exists(PROGRAM):
            raise place.Skip('rbldnsd is not installed')
        if os.getuid() != 0:
            raise place.Skip('rbldnsd as a peer needs root')
        self.folder, self.port = place.private_folder('rbldnsd'), place.free_port()
        self.address = '127.0.0.1:%d' % self.port
        for zone, text in zones.items():
            place.write(os.path.join(self.folder, zone), text)
        self.command = [PROGRAM, '-n', '-f', '-b', '127.0.0.1/%d' % self.port, '-u', 'nobody:nogroup', '-w', self.folder, *('%s:ip4set:%s' % (zone, zone) for zone in zones)]

    def __enter__(self):
        with open(self.folder + '/output', 'wb') as output:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        place.wait_until(self._bound, 'rbldnsd', 30)
        return self

    def _bound(self):
        if self.process.poll() is not None:
            with open(self.folder + '/output', encoding='utf-8') as output:
                raise AssertionError('rbldnsd did not start: ' + output.read())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(('127.0.0.1', self.port))
                return False
            except OSError:
                return True

    def __exit__(self, *_):
        place.end(self.process)
        if not os.environ.get('POSTHOUSE_KEEP'):
            shutil.rmtree(self.folder, ignore_errors=True)
