"""smtpd rows of type unix: SMTP from processes of this host; flushing by site."""
import os
import socket

from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink


class SocketClient(Client):
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.pending = b''
        self.greeting = self.reply()
        self.hello = self.command('EHLO program.example')


def test_programs_of_this_host_reach_smtpd_through_a_socket():
    rows = 'programs unix n - n - 10 smtpd\n  -o syslog_name=postfix/programs\n'
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}, master=rows) as relay:
        path = relay.folder + '/queue/public/programs'
        with SocketClient(path) as client:
            client.message('a@example.org', ['b@example.net'], b'Subject: local\r\n\r\nhello\r\n')
            assert b'from program.example (localhost [127.0.0.1])' in sink.wait(1)[0].header
        relay.wait_log(r'postfix/programs/smtpd\[\d+\]: connect from localhost\[127.0.0.1\]')
        relay.tool('postfix', 'reload')
        relay.wait_log('reload -- version|reloaded|refreshing')
        with SocketClient(path) as client:
            client.command('QUIT', 221)
    assert not os.path.exists(path)


def test_mail_for_a_site_is_flushed_if_that_is_configured():
    with Relay({'relay_domains': 'partner.example', 'smtpd_peername_lookup': 'no'}) as relay:
        relay.tool('postqueue', '-s', 'sub.partner.example')
        done = relay.tool('postqueue', '-s', 'example.net', check=False)
        assert done == ''
        relay.wait_log('Flush service is not configured for destination "example.net"')
