"""smtpd_upstream_proxy_protocol: the real haproxy in front, and headers written by hand."""
import shutil
import socket
import ssl
import subprocess
import time

from kit import certificate, place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

CONFIGURATION = '''\
defaults
  mode tcp
  timeout connect 10s
  timeout client 60s
  timeout server 60s
'''
DOOR = '''\
listen door%(number)d
  bind 127.0.0.1:%(port)d
  server mail 127.0.0.1:%(behind)d %(options)s
'''


class HaProxy:
    """A door for each (port of the relay, options of the server line); `ports` are theirs."""

    def __init__(self, *doors):
        program = shutil.which('haproxy') or shutil.which('haproxy', path='/usr/sbin')
        if not program:
            raise place.Skip('haproxy is not installed')
        self.folder = place.private_folder('haproxy')
        self.ports = [place.free_port() for _ in doors]
        text = CONFIGURATION + ''.join(DOOR % {'number': i, 'port': self.ports[i], 'behind': port, 'options': options} for i, (port, options) in enumerate(doors))
        self.command = [program, '-db', '-f', place.write(self.folder + '/haproxy.cfg', text)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + 30
        for port in self.ports:
            while True:
                try:
                    socket.create_connection(('127.0.0.1', port), 5).close()
                    break
                except OSError:
                    assert self.process.poll() is None and time.monotonic() < end, 'haproxy does not start'
                    time.sleep(0.01)
        return self

    def __exit__(self, *_):
        place.end(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


def behind(**more):
    return dict({'smtpd_upstream_proxy_protocol': 'haproxy', 'mynetworks': '127.0.0.7'}, **more)


def test_the_client_of_haproxy_is_our_client():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}, services={'one': behind(), 'two': behind()}) as relay, \
            HaProxy((relay.ports['one'], 'send-proxy'), (relay.ports['two'], 'send-proxy-v2')) as proxy:
        for port in proxy.ports:
            with Client(port, source='127.0.0.7') as client:
                client.message('a@example.org', ['b@example.net'], b'Subject: through a proxy\r\n\r\nhello\r\n')
            message = sink.wait(proxy.ports.index(port) + 1)[-1]
            assert b'[127.0.0.7])' in message.header, message.header
            with Client(port, source='127.0.0.8') as client:
                client.command('MAIL FROM:<a@example.org>', 250)
                assert 'Relay access denied' in client.command('RCPT TO:<b@example.net>').text
        relay.wait_log(r'smtpd\[\d+\]: connect from [^ ]*\[127.0.0.7\]', 2)
        relay.wait_log(r'NOQUEUE: reject: RCPT from [^ ]*\[127.0.0.8\]: 454', 2)


def test_tls_from_the_first_byte_and_starttls_begin_behind_the_header():
    folder = place.private_folder('behind')
    cert, key = certificate.issue('mail.example.test', folder)
    tls = {'smtpd_tls_cert_file': cert, 'smtpd_tls_key_file': key}
    with Relay(tls, services={'smtps': behind(smtpd_tls_wrappermode='yes'), 'smtp2': behind(smtpd_tls_security_level='may')}) as relay, \
            HaProxy((relay.ports['smtps'], 'send-proxy-v2 proxy-v2-options ssl,unique-id'), (relay.ports['smtp2'], 'send-proxy')) as proxy:
        with Client(proxy.ports[0], wrapper=True, source='127.0.0.7') as client:
            assert client.hello.code == 250
        with Client(proxy.ports[1], source='127.0.0.7') as client:
            client.starttls()
            client.command('MAIL FROM:<a@example.org>', 250)
        with socket.create_connection(('127.0.0.1', relay.ports['smtps']), 30) as raw:
            # Header and handshake in one segment: none of the second is lost.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls_object = context.wrap_bio(into, out)
            head = b'PROXY TCP4 127.0.0.7 127.0.0.1 4711 465\r\n'
            while True:
                try:
                    tls_object.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    raw.sendall(head + out.read())
                    head = b''
                    into.write(raw.recv(65536))
            raw.sendall(out.read())
    shutil.rmtree(folder, ignore_errors=True)


def test_health_checks_are_served_as_what_they_are():
    with Relay(services={'one': behind()}) as relay, HaProxy((relay.ports['one'], 'send-proxy-v2 check inter 200ms check-send-proxy')):
        relay.wait_log(r'connect from [^ ]*\[127.0.0.1\]')
        assert 'haproxy read: unrecognized' not in relay.log()


def talk(port, *pieces):
    with socket.create_connection(('127.0.0.1', port), 30) as raw:
        raw.settimeout(30)
        for piece in pieces:
            raw.sendall(piece)
        said = b''
        while True:
            try:
                got = raw.recv(4096)
            except ConnectionResetError:
                return said
            if not got:
                return said
            said += got


def test_who_does_not_come_through_the_proxy_is_sent_away():
    refused = b'421 4.3.0 relay.example.test Server local error\r\n'
    with Relay(services={'one': behind(smtpd_upstream_proxy_timeout='1s')}) as relay:
        port = relay.ports['one']
        assert talk(port, b'EHLO direct\r\n') == refused
        relay.wait_log(r'warning: haproxy read: unrecognized protocol header: EHLO direct')
        relay.wait_log(r'connect from unknown\[unknown\]')
        assert talk(port) == refused
        relay.wait_log('warning: haproxy read: timeout error')
        assert talk(port, b'PROXY UNKNOWN\r\n') == refused
        relay.wait_log('warning: haproxy read: bad or missing protocol type: PROXY UNKNOWN')
        assert talk(port, b'PROXY TCP4 127.0.0.7 127.0.0.1 1 25\r\nQUIT\r\n').startswith(b'220 ')


def test_a_protocol_that_is_none_serves_nobody():
    with Relay(services={'odd': {'smtpd_upstream_proxy_protocol': 'nginx'}}) as relay:
        assert talk(relay.ports['odd'], b'EHLO x\r\n') == b'421 4.3.5 relay.example.test Server configuration error\r\n'
        relay.wait_log('fatal: unsupported smtpd_upstream_proxy_protocol value: nginx')
