"""Milters as people run them: opendkim of Debian signs, and libmilter itself carries every change."""
import base64
import hashlib
import re
import subprocess
import tempfile

from kit import unpacked_milters
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

MESSAGE = b'From: a@signed.example\r\nTo: x@example.net\r\nSubject: original\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@signed.example>\r\nX-Old: 1\r\n\r\nhello\r\n'

CHANGES = '''
import Milter

class Changing(Milter.Base):
    def connect(self, name, family, address):
        self.address = address
        return Milter.CONTINUE
    def envfrom(self, sender, *parameters):
        self.sender = sender
        return Milter.CONTINUE
    def envrcpt(self, recipient, *parameters):
        if recipient == '<no@example.net>':
            self.setreply('550', '5.7.1', 'one', 'two 100%% two')
            return Milter.REJECT
        return Milter.CONTINUE
    def header(self, name, value):
        return Milter.CONTINUE
    def eoh(self):
        return Milter.CONTINUE
    def body(self, chunk):
        return Milter.CONTINUE
    def eom(self):
        self.progress()
        self.addheader('X-Seen-By', '%s %s %s' % (self.address[0], self.sender, self.getsymval('i')))
        self.addheader('X-Top', 'first', 0)
        self.chgheader('Subject', 1, 'changed')
        self.chgheader('X-Old', 1, '')
        self.chgfrom('<new@signed.example>')
        self.addrcpt('<extra@example.net>')
        self.delrcpt('<drop@example.net>')
        self.replacebody('new body\\r\\n')
        return Milter.ACCEPT

Milter.factory = Changing
Milter.set_flags(Milter.ADDHDRS | Milter.CHGHDRS | Milter.CHGBODY | Milter.ADDRCPT | Milter.DELRCPT | Milter.CHGFROM | Milter.QUARANTINE)
Milter.runmilter('changing', 'inet:PORT@127.0.0.1', 60)
'''


def is_signed(message, public_key):
    """By a DKIM-Signature (RFC 6376, relaxed/relaxed) that the key made for exactly this message."""
    fields = re.findall(rb'^([^\s:]+):((?:.|\n[ \t])*)$', message.header.replace(b'\r\n', b'\n'), re.M)
    relaxed = {name.lower(): name.lower() + b':' + re.sub(rb'\s+', b' ', value).strip() for name, value in fields}
    signature = relaxed[b'dkim-signature']
    tags = dict(re.findall(rb'([a-z]+)=([^;]*)', signature))
    if base64.b64decode(tags[b'bh']) != hashlib.sha256(message.body).digest():
        return False
    signed = b'\r\n'.join([relaxed[name.strip().lower()] for name in tags[b'h'].split(b':')] + [re.sub(rb'\bb=[^;]*', b'b=', signature)])
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (('signed', signed), ('signature', base64.b64decode(tags[b'b'].replace(b' ', b'')))):
            with open(folder + '/' + name, 'wb') as file:
                file.write(data)
        command = ['openssl', 'dgst', '-sha256', '-verify', public_key, '-signature', folder + '/signature', folder + '/signed']
        return subprocess.run(command, capture_output=True).returncode == 0


def test_opendkim_signs_mail_of_clients_and_of_programs():
    with Sink() as sink, unpacked_milters.opendkim('signed.example') as milter:
        main = {'relayhost': '[127.0.0.1]:%d' % sink.port, 'smtpd_milters': milter.name, 'non_smtpd_milters': '$smtpd_milters', 'milter_default_action': 'tempfail'}
        with Relay(main) as relay:
            with Client(relay.port) as client:
                client.message('a@signed.example', ['x@example.net'], MESSAGE)
                client.message('a@signed.example', ['x@example.net'], MESSAGE)
            relay.tool('sendmail', '-f', 'a@signed.example', 'x@example.net', text=MESSAGE.decode().replace('\r\n', '\n'))
            for message in sink.wait(3):
                assert is_signed(message, milter.public_key), message.data


def test_libmilter_itself_reads_and_changes_a_message():
    with Sink() as sink, unpacked_milters.python(CHANGES) as milter:
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'smtpd_milters': milter.name}) as relay, Client(relay.port) as client:
            client.command('MAIL FROM:<a@signed.example>', 250)
            refused = client.command('RCPT TO:<no@example.net>')
            assert refused.text == '550-5.7.1 one\n550 5.7.1 two 100% two', refused
            client.command('RSET', 250)
            client.message('a@signed.example', ['x@example.net', 'drop@example.net'], MESSAGE)
            (message,) = sink.wait(1)
            assert message.header.startswith(b'X-Top: first\r\nReceived: ') and b'Subject: changed\r\n' in message.header and b'X-Old' not in message.header, message.header
            assert re.search(rb'X-Seen-By: 127.0.0.1 <a@signed.example> [0-9A-F]+', message.header), message.header
            assert '<new@signed.example>' in message.mail and sorted(message.recipients) == ['extra@example.net', 'x@example.net'] and message.body == b'new body\r\n', message
