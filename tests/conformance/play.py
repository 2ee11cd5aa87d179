#!/usr/bin/env python3
"""play.py FILE.dialog: starts the server with the file's configuration, plays its client, compares. The format: README.md."""
import fnmatch
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from kit import certificate, folders, place  # noqa: E402
from kit.client import Client  # noqa: E402
from kit.relay import Relay  # noqa: E402
from kit.sink import Sink  # noqa: E402


def sections(path):
    found = []
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip('\n')
            head = re.match(r'\[(\w+)((?: [^\]]*)?)\]$', line)
            if head:
                found.append((head[1], head[2].split(), []))
            elif found and line.strip() and not line.startswith('#'):
                found[-1][2].append((number, line))
            elif not found and line.strip() and not line.startswith('#'):
                raise SystemExit('%s:%d: text before the first section' % (path, number))
    return found


def settings(lines):
    return dict((part.strip() for part in line.split('=', 1)) for _, line in lines)


def pattern_fits(pattern, text):
    """'*' is any text; everything else is itself, '[' included."""
    return fnmatch.fnmatchcase(text, pattern.replace('[', '[[]'))


class Play:
    def __init__(self, path):
        self.path, self.sections = path, sections(path)
        self.sinks, self.folder = {}, place.private_folder('dialog')

    def expect(self, number, expected, got):
        if not pattern_fits(expected, got):
            raise AssertionError('%s:%d: expected %r\n    got %r' % (self.path, number, expected, got))

    def all(self, word):
        return [(words, lines) for name, words, lines in self.sections if name == word]

    def run(self):
        for words, lines in self.all('sink'):
            replies = {}
            for _, line in lines:
                prefix, reply = line.split(' => ', 1)
                replies.setdefault(prefix, []).append(reply)
            self.sinks[words[0]] = Sink(replies=replies)
        cert, key = certificate.issue('relay.example.test', self.folder)
        main, services = {'smtpd_tls_cert_file': cert, 'smtpd_tls_key_file': key}, {}
        for _, lines in self.all('main'):
            main.update({k: self.fill(v) for k, v in settings(lines).items()})
        for words, lines in self.all('service'):
            services[words[0]] = {k: self.fill(v) for k, v in settings(lines).items()}
        files = {words[0]: '\n'.join(line for _, line in lines) + '\n' for words, lines in self.all('file')}
        files = {name: self.fill(text) for name, text in files.items()}
        records = {}
        for _, lines in self.all('dns'):
            for _, line in lines:
                name, kind, data = line.split(None, 2)
                records.setdefault((name, kind), []).append(data)
        with Relay(main, services=services, files=files, records=records) as self.relay:
            for name, words, lines in self.sections:
                step = getattr(self, 'play_' + name, None)
                if step:
                    step(words, lines)

    def fill(self, text):
        for name, sink in self.sinks.items():
            text = text.replace('@%s@' % name, str(sink.port))
        return text

    def play_client(self, words, lines):
        options = dict(word.split('=', 1) for word in words)
        client = Client(self.relay.ports[options.get('service', 'smtp')], wrapper=options.get('tls') == 'wrapper',
                        source=options.get('from', '127.0.0.1'), greet=False)
        with client:
            for number, line in lines:
                kind, text = line[:2], line[3:]
                if kind == 'C:':
                    client.send(text.encode() + b'\r\n')
                elif kind == 'R:':                      # Python escapes, no CRLF
                    client.send(text.encode().decode('unicode_escape').encode('latin-1'))
                elif kind == 'S:':
                    self.one_reply(client, number, text)
                elif line == 'TLS':
                    client.encrypt()
                elif line.startswith('LOGIN '):
                    user, password, expected = line.split(None, 3)[1:]
                    self.expect(number, expected, client.login(user, password).text)
                elif line == 'CLOSED':
                    self.closed(client, number)
                else:
                    raise SystemExit('%s:%d: not a step' % (self.path, number))

    def one_reply(self, client, number, expected):
        """A line of a reply, or a whole one with 'CODE ...'."""
        if expected.endswith(' ...'):
            got = client.reply()
            self.expect(number, expected[:-4] + '*', got.text)
        else:
            self.expect(number, expected, client.line())

    def closed(self, client, number):
        try:
            got = client.line()
        except (EOFError, ConnectionError):
            return
        raise AssertionError('%s:%d: the connection is open, got %r' % (self.path, number, got))

    def play_received(self, words, lines):
        """The next message of a sink: 'MAIL ...', 'RCPT ...' in any order, 'HEADER ...' and 'BODY ...' lines."""
        sink = self.sinks[words[0]]
        number = int(words[1]) if len(words) > 1 else 1
        message = sink.wait(number)[number - 1]
        header = re.sub(rb'\r\n[ \t]+', b' ', message.header).decode('utf-8', 'replace').split('\r\n')
        recipients = sorted(message.recipients)
        expected_recipients = sorted(line[5:] for _, line in lines if line.startswith('RCPT '))
        if expected_recipients and recipients != expected_recipients:
            raise AssertionError('%s: recipients %r, not %r' % (self.path, recipients, expected_recipients))
        body = [line[5:] for _, line in lines if line.startswith('BODY ')]
        if body and message.body.decode('utf-8', 'backslashreplace').split('\r\n')[:-1] != body:
            raise AssertionError('%s: body %r, not %r' % (self.path, message.body, body))
        for at, line in lines:
            if line.startswith('MAIL '):
                self.expect(at, line, message.mail)
            elif line.startswith('HEADER ') and not any(pattern_fits(line[7:], h) for h in header):
                raise AssertionError('%s:%d: no header line %r in %r' % (self.path, at, line[7:], header))
            elif line.startswith('NOHEADER ') and any(pattern_fits(line[9:], h) for h in header):
                raise AssertionError('%s:%d: header line %r in %r' % (self.path, at, line[9:], header))

    def play_flush(self, words, lines):
        self.relay.tool('postqueue', '-f')

    def play_log(self, words, lines):
        for _, line in lines:
            self.relay.wait_log('.*'.join(re.escape(part) for part in line.split('*')))

    def play_queue(self, words, lines):
        """'empty', or patterns of lines of mailq."""
        if [line for _, line in lines] == ['empty']:
            self.relay.wait_log(': removed')
            for _ in range(200):  # other messages of the dialog may be on their last step
                if self.relay.tool('mailq').strip() == 'Mail queue is empty':
                    return
            self.expect(lines[0][0], 'Mail queue is empty', self.relay.tool('mailq').strip())
            return
        shown = self.relay.tool('mailq').splitlines()
        for at, line in lines:
            if not any(pattern_fits(line, s.strip()) for s in shown):
                raise AssertionError('%s:%d: mailq does not show %r:\n%s' % (self.path, at, line, '\n'.join(shown)))


if __name__ == '__main__':
    status = 0
    try:
        Play(sys.argv[1]).run()
    except AssertionError as failure:
        print(failure)
        status = 1
    finally:
        folders.remove_made()
    sys.stdout.flush()
    os._exit(status)
