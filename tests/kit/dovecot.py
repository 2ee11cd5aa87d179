"""Dovecot as the server that checks passwords: the installed program with a private configuration, authentication only."""
import os
import shutil
import socket
import subprocess
import time

from kit import place

PROGRAM = '/usr/sbin/dovecot'


class Dovecot:
    """users: {'john@example.org': 'secret'}. The authentication socket is `socket`."""

    def __init__(self, users, mechanisms='plain login'):
        if not os.path.exists(PROGRAM):
            raise place.Skip('dovecot-core is not installed')
        if os.getuid() != 0:
            raise place.Skip('Dovecot as a peer needs root')
        version = subprocess.run([PROGRAM, '--version'], capture_output=True, text=True).stdout.split()[0]
        if not version.startswith('2.3.'):
            raise place.Skip('the configuration here is for Dovecot 2.3, not ' + version)
        self.folder = place.private_folder('dovecot')
        self.socket = os.path.join(self.folder, 'auth')
        place.write(self.folder + '/users', ''.join('%s:{PLAIN}%s\n' % item for item in users.items()))
        place.write(self.folder + '/dovecot.conf', '''\
base_dir = {0}/run
state_dir = {0}/state
log_path = {0}/log
protocols =
ssl = no
disable_plaintext_auth = no
auth_mechanisms = {2}
auth_verbose = yes
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = {0}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={0}
}}
service auth {{
  unix_listener {1} {{
    mode = 0666
  }}
}}
service stats {{
  chroot =
}}
'''.format(self.folder, self.socket, mechanisms))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        if not os.environ.get('POSTHOUSE_KEEP'):
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        with open(self.folder + '/output', 'wb') as output:
            self.process = subprocess.Popen([PROGRAM, '-F', '-c', self.folder + '/dovecot.conf'], stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT, start_new_session=True)
        end = time.monotonic() + 30
        while not self.greets():
            if self.process.poll() is not None or time.monotonic() > end:
                output = open(self.folder + '/output').read()
                self.stop()
                raise AssertionError('Dovecot did not start: ' + output)
            time.sleep(0.02)

    def greets(self):
        """The socket is there before somebody listens, and that before the process behind it answers."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            try:
                client.connect(self.socket)
                greeting = b''
                while b'\nDONE\n' not in greeting:
                    received = client.recv(4096)
                    if not received:
                        return False
                    greeting += received
                return True
            except OSError:
                return False

    def stop(self):
        place.end(self.process)
        if os.path.exists(self.socket):
            os.unlink(self.socket)
