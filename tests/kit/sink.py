"""A next hop that takes mail and says what it got. Every wait is for an event, never for a time."""
import base64
import hashlib
import os
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field

from kit import place


@dataclass
class Message:
    mail: str = ''                      # the whole MAIL command
    recipients: list = field(default_factory=list)
    data: bytes = b''                   # without dot-stuffing; empty if the sink keeps digests
    size: int = 0
    digest: str = ''                    # of the body: body_digest()
    login: str = ''
    tls: bool = False
    resumed: bool = False               # the TLS session was one of an earlier connection
    when: float = 0                     # time.monotonic()
    conversation: object = None         # the connection it came on; its `orderly` says whether that ended with QUIT

    @property
    def header(self):
        return self.data.partition(b'\r\n\r\n')[0]

    @property
    def body(self):
        return self.data.partition(b'\r\n\r\n')[2]


class Sink:
    """replies: {'RCPT TO:<x@': ['451 4.2.0 busy']}: the first commands with this prefix get these replies, one each; a string
    is given every time. 'EOD' is the end of data. tls: 'starttls' or 'wrapper' with certificate=(file, key)."""

    def __init__(self, port=None, address='127.0.0.1', tls='', certificate=None, login=None, replies=None, extensions=('PIPELINING', 'SIZE 0', '8BITMIME', 'ENHANCEDSTATUSCODES'),
                 keep=True):
        self.tls, self.login, self.extensions, self.keep = tls, login, list(extensions), keep
        self.replies = {k: v if isinstance(v, str) else list(v) for k, v in (replies or {}).items()}
        self.messages, self.commands = [], []
        self.arrived = threading.Condition()
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.address, self.port = address, port or place.free_port()
        self.socket.bind((address, self.port))
        self.socket.listen(200)
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()

    def wait(self, condition, timeout=60):
        """Until `condition(messages)` holds, or the number of messages if it is a number. Returns the messages."""
        if isinstance(condition, int):
            count = condition
            condition = lambda messages: len(messages) >= count  # noqa: E731
        with self.arrived:
            if not self.arrived.wait_for(lambda: condition(self.messages), timeout):
                raise AssertionError('the sink got %d messages in %d s, not what was waited for; commands: %r' % (
                    len(self.messages), timeout, self.commands[-20:]))
            return list(self.messages)

    def wait_command(self, prefix, count=1, timeout=60):
        """Until `count` commands that begin with `prefix` came."""
        seen = lambda: sum(c.upper().startswith(prefix.upper()) for c in self.commands)  # noqa: E731
        with self.arrived:
            if not self.arrived.wait_for(lambda: seen() >= count, timeout):
                raise AssertionError('%d commands %r came, not %d' % (seen(), prefix, count))

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._guard, args=(connection,), daemon=True).start()

    def _guard(self, connection):
        try:
            connection.settimeout(120)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _Conversation(self, connection).run()
        except (OSError, EOFError, ssl.SSLError):
            pass
        finally:
            connection.close()

    def reply_to(self, what):
        with self.arrived:
            for prefix, reply in self.replies.items():
                if what.upper().startswith(prefix.upper()) and reply:
                    return reply if isinstance(reply, str) else reply.pop(0)
        return None

    def note(self, command=None, message=None):
        with self.arrived:
            if command is not None:
                self.commands.append(command)
            if message is not None:
                message.when = time.monotonic()
                self.messages.append(message)
            self.arrived.notify_all()


class _Conversation:
    def __init__(self, sink, connection):
        self.sink, self.connection, self.encrypted, self.user = sink, connection, False, ''
        self.message, self.orderly = Message(), False

    def run(self):
        if self.sink.tls == 'wrapper':
            self._encrypt()
        self.stream = self.connection.makefile('rb')
        self._say(self.sink.reply_to('CONNECT') or '220 sink.example ESMTP')
        while True:
            line = self.stream.readline(65536)
            if not line:
                return
            command = line.rstrip(b'\r\n').decode('utf-8', 'backslashreplace')
            self.sink.note(command=command)
            scripted = self.sink.reply_to(command)
            if scripted == 'close':
                return
            if not self._obey(command, scripted):
                return

    def _obey(self, command, scripted):
        verb = command.split()[0].upper() if command.split() else ''
        if verb == 'DATA' and not scripted:
            self._data()
        elif verb == 'BDAT':
            self._bdat(command, scripted)
        elif scripted:
            self._say(scripted)
        elif verb == 'EHLO':
            self._greet()
        elif verb == 'STARTTLS' and self.sink.tls == 'starttls' and not self.encrypted:
            self._say('220 2.0.0 Ready')
            self._encrypt()
            self.stream = self.connection.makefile('rb')
        elif verb == 'AUTH':
            self._authenticate(command)
        elif verb == 'MAIL' and self.sink.login and not self.user:
            self._say('530 5.7.0 Authentication required')
        elif verb == 'MAIL':
            self.message = Message(mail=command, tls=self.encrypted, login=self.user, resumed=self.encrypted and bool(self.connection.session_reused), conversation=self)
            self._say('250 2.1.0 Ok')
        elif verb == 'RCPT':
            self.message.recipients.append(command[command.find('<') + 1:command.rfind('>')])
            self._say('250 2.1.5 Ok')
        elif verb == 'QUIT':
            self.orderly = True
            self._say('221 2.0.0 Bye')
            return False
        else:
            self._say('250 2.0.0 Ok' if verb in ('HELO', 'RSET', 'NOOP') else '500 5.5.1 unknown command')
        return True

    def _greet(self):
        lines = ['sink.example'] + self.sink.extensions
        if self.sink.tls == 'starttls' and not self.encrypted:
            lines.append('STARTTLS')
        if self.sink.login and (self.encrypted or not self.sink.tls):
            lines.append('AUTH PLAIN LOGIN')
        self._say('\r\n'.join('250%s%s' % ('-' if i + 1 < len(lines) else ' ', text) for i, text in enumerate(lines)))

    def _authenticate(self, command):
        words = command.split()
        if not self.sink.login or words[1].upper() != 'PLAIN':
            return self._say('504 5.5.4 mechanism not offered')
        if len(words) < 3:
            self._say('334 ')
            words.append(self.stream.readline(65536).decode().strip())
        _, user, password = base64.b64decode(words[2]).decode().split('\0')
        if (user, password) == self.sink.login:
            self.user = user
            return self._say('235 2.7.0 Welcome')
        return self._say('535 5.7.8 Wrong user or password')

    def _data(self):
        message, kept, digest, in_body = self.message, [], hashlib.sha256(), False
        if not message.recipients:
            return self._say('554 5.5.1 no valid recipients')
        self._say('354 go on')
        while True:
            line = self.stream.readline(65536)
            if not line:
                raise EOFError
            if line == b'.\r\n':
                break
            if line.startswith(b'.'):
                line = line[1:]
            message.size += len(line)
            if in_body:
                digest.update(line)
            in_body = in_body or line == b'\r\n'
            if self.sink.keep:
                kept.append(line)
        message.data, message.digest = b''.join(kept), digest.hexdigest()
        scripted = self.sink.reply_to('EOD')
        if scripted == 'close':
            raise EOFError
        # Noted before the reply goes out: once the relay can know, the test does too.
        if not scripted or scripted.startswith('2'):
            self.sink.note(message=message)
        self._say(scripted or '250 2.0.0 Ok: taken')

    def _bdat(self, command, scripted):
        message, data = self.message, self.stream.read(int(command.split()[1]))
        if not message.recipients:
            return self._say('554 5.5.1 no valid recipients')
        message.size, message.digest = len(data), body_digest(data.partition(b'\r\n\r\n')[2])
        message.data = data if self.sink.keep else b''
        if not scripted or scripted.startswith('2'):
            self.sink.note(message=message)
        self._say(scripted or '250 2.0.0 Ok: taken')

    def _encrypt(self):
        self.connection = self.sink.context.wrap_socket(self.connection, server_side=True)
        self.encrypted = True

    def _say(self, text):
        self.connection.sendall(text.encode() + b'\r\n')


def body_digest(data):
    return hashlib.sha256(data).hexdigest()


if __name__ == '__main__':  # a sink to look at by hand
    with Sink(port=int(os.environ.get('PORT', '2526'))) as sink:
        shown = 0
        while True:
            for message in sink.wait(shown + 1, timeout=1e9)[shown:]:
                print(message.mail, message.recipients, message.data.decode('utf-8', 'replace'), sep='\n')
                shown += 1
