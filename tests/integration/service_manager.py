"""What systemd hands to a service and hears from it, without systemd."""
import os
import re
import signal
import socket
import sys

from kit.client import Client
from kit.relay import Relay

# Opens the socket, as a manager would, and becomes the server.
LENDER = '''
import os, socket, sys
lent = socket.socket()
lent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
lent.bind(('127.0.0.1', %d))
lent.listen(50)
if lent.fileno() != 3:
    os.dup2(lent.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='smtp')
os.execv(sys.argv[1], sys.argv[1:])
'''


class Ear:
    """NOTIFY_SOCKET."""

    def __init__(self, folder):
        self.path = folder + '/notify'
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(60)
        self.said = []

    def wait(self, text):
        while True:
            self.said.append(self.socket.recv(4096).decode())
            if text in self.said[-1]:
                return self.said[-1]


def inode_of_listener(port):
    with open('/proc/net/tcp', encoding='ascii') as table:
        return [line.split()[9] for line in table if re.search(r' 0100007F:%04X 00000000:0000 0A ' % port, line)]


def test_a_lent_socket_is_used_and_the_manager_hears_what_happens():
    relay = Relay()
    relay.within = [sys.executable, '-c', LENDER % relay.port]
    ear = Ear(relay.folder)
    relay.environment['NOTIFY_SOCKET'] = ear.path
    with relay:
        assert 'MAINPID=%d' % relay.process.pid in ear.wait('READY=1'), ear.said
        relay.wait_log(r'listening on 127.0.0.1:%d, with a socket of the service manager' % relay.port)
        inodes = inode_of_listener(relay.port)
        assert len(inodes) == 1, inodes
        with Client(relay.port) as client:
            client.command('QUIT', 221)
        for banner in ('220 first', '220 second'):
            with open(relay.folder + '/main.cf', 'a', encoding='utf-8') as main:
                main.write('smtpd_banner = %s\n' % banner[4:])
            os.kill(relay.process.pid, signal.SIGHUP)
            ear.wait('RELOADING=1')
            ear.wait('READY=1')  # it is done, not begun
            with Client(relay.port) as client:
                assert client.greeting.text == banner, client.greeting
        with open(relay.folder + '/main.cf', 'r+', encoding='utf-8') as main:
            good = main.read()
            main.write('smtpd_timeout = soon\n')
            main.flush()
            os.kill(relay.process.pid, signal.SIGHUP)
            ear.wait('READY=1')  # what is refused is over, too
            main.truncate(len(good.encode()))
        relay.wait_log('reload refused')
        os.kill(relay.server_pid(), signal.SIGKILL)
        relay.wait_log('killed by signal 9')
        with Client(relay.port) as client:  # the next server has the same socket
            client.command('QUIT', 221)
        assert inode_of_listener(relay.port) == inodes
        relay.stop()
        ear.wait('STOPPING=1')


def test_variables_for_another_process_mean_nothing():
    with Relay(environment={'LISTEN_PID': '1', 'LISTEN_FDS': '1'}) as relay, Client(relay.port) as client:
        client.command('QUIT', 221)
        assert 'service manager' not in relay.log()
