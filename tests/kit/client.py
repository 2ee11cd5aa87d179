"""An SMTP client that sends exactly the bytes it is told to."""
import base64
import socket
import ssl


class Reply:
    def __init__(self, lines):
        self.lines, self.code = lines, int(lines[-1][:3]) if lines else 0
        self.text = '\n'.join(lines)

    def __repr__(self):
        return self.text


class Client:
    def __init__(self, port, wrapper=False, source='127.0.0.1', timeout=60, greet=True):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout, source_address=(source, 0))
        self.socket.settimeout(timeout)
        self.pending = b''
        if wrapper:
            self.encrypt()
        if greet:
            self.greeting = self.reply()
            self.hello = self.command('EHLO client.example')

    @classmethod
    def of(cls, connection, timeout=60):
        """Around a socket that has read the greeting already."""
        client = cls.__new__(cls)
        client.socket, client.pending = connection, b''
        connection.settimeout(timeout)
        return client

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def command(self, line, expect=None):
        self.send(line.encode() + b'\r\n')
        reply = self.reply()
        if expect and reply.code != expect:
            raise AssertionError('%s was answered %r, not %d' % (line, reply, expect))
        return reply

    def line(self):
        while b'\n' not in self.pending:
            got = self.socket.recv(65536)
            if not got:
                raise EOFError('the server closed the connection')
            self.pending += got
        line, self.pending = self.pending.split(b'\n', 1)
        return line.rstrip(b'\r').decode('utf-8', 'backslashreplace')

    def reply(self):
        lines = [self.line()]
        while lines[-1][3:4] == '-':
            lines.append(self.line())
        return Reply(lines)

    def encrypt(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)
        self.pending = b''

    def starttls(self):
        self.command('STARTTLS', 220)
        self.encrypt()
        self.hello = self.command('EHLO client.example', 250)

    def login(self, user, password):
        return self.command('AUTH PLAIN ' + base64.b64encode(('\0%s\0%s' % (user, password)).encode()).decode())

    def message(self, sender, recipients, content, parameters='', code=250):
        """A whole mail transaction that ends with `code`. `content` has CRLF line ends; dots are stuffed here."""
        self.command('MAIL FROM:<%s>%s' % (sender, parameters), 250)
        for recipient in recipients:
            self.command('RCPT TO:<%s>' % recipient, 250)
        self.command('DATA', 354)
        stuffed = (b'\r\n' + content).replace(b'\r\n.', b'\r\n..')[2:]
        self.send(stuffed + (b'' if stuffed.endswith(b'\r\n') else b'\r\n') + b'.\r\n')
        reply = self.reply()
        if reply.code != code:
            raise AssertionError('the message was answered %r' % reply)
        return reply
