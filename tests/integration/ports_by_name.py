"""The ports that master.cf calls by name, which other tests cannot have: in a network of this test's own, where they are free."""
import ctypes
import fcntl
import os
import socket
import struct

from kit import certificate, place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

NEW_NETWORK, SET_FLAGS, UP = 0x40000000, 0x8914, 1  # CLONE_NEWNET, SIOCSIFFLAGS, IFF_UP

ROWS = """\
smtp inet n - n - - smtpd
submission inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
%s inet n - n - - smtpd
  -o syslog_name=postfix/wrapped
  -o smtpd_tls_wrappermode=yes
"""


def own_network():
    """From now on this process and what it starts have a loopback interface that nobody else has."""
    if os.getuid() != 0:
        raise place.Skip('only root can have a network of its own')
    if ctypes.CDLL(None, use_errno=True).unshare(NEW_NETWORK):
        raise place.Skip('needs the right to make a network namespace: ' + os.strerror(ctypes.get_errno()))
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack('16sh14x', b'lo', UP))


def speaks_on_the_ports_of(wrapped):
    own_network()
    folder = place.private_folder('names')
    cert, key = certificate.issue('localhost', folder)
    with Sink() as sink:
        main = {'relayhost': '[127.0.0.1]:%d' % sink.port, 'smtpd_tls_cert_file': cert, 'smtpd_tls_key_file': key, 'smtpd_tls_security_level': 'may'}
        with Relay(main, master=ROWS % wrapped) as relay:
            with open('/proc/%d/status' % relay.server_pid(), encoding='ascii') as status:
                assert '\nUid:\t0' not in status.read(), 'it has ports below 1024 and is still root'
            with Client(25) as plain:
                assert 'STARTTLS' in plain.hello.text
                plain.message('a@example.org', ['plain@example.net'], b'Subject: t\r\n\r\nhello\r\n')
            with Client(587) as submission:
                assert submission.command('MAIL FROM:<a@example.org>').text == '530 5.7.0 Must issue a STARTTLS command first'
                submission.starttls()
                submission.message('a@example.org', ['submission@example.net'], b'Subject: t\r\n\r\nhello\r\n')
            with Client(465, wrapper=True) as client:
                assert 'STARTTLS' not in client.hello.text
                client.message('a@example.org', ['wrapped@example.net'], b'Subject: t\r\n\r\nhello\r\n')
            came = {message.recipients[0].partition('@')[0]: message.header for message in sink.wait(3)}
            assert b'with ESMTP id' in came['plain'], came['plain']
            for name in ('submission', 'wrapped'):
                assert b'with ESMTPS id' in came[name], came[name]
                relay.wait_log(r'postfix/%s/smtpd\[\d+\]: connect from ' % name)
            assert 'postfix/smtpd[' in relay.log()


def test_smtp_submission_and_smtps_are_the_ports_of_the_services_file():
    speaks_on_the_ports_of('smtps')


def test_submissions_is_smtps():
    speaks_on_the_ports_of('submissions')
