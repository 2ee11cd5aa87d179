"""smtpd_proxy_filter: a small filter that passes mail on to a service for re-injection, and says no to what it does not like."""
import os
import re
import signal
import socket
import threading

from kit import place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink


class Filter:
    """Passes commands and replies on between a client and the service behind it; mail with VIRUS in it is refused, BAD recipients too, and
    the rest gets a header field. `commands` is what came."""

    def __init__(self, path=None):
        self.behind, self.commands, self.lock = None, [], threading.Lock()
        if path:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.bind(path)
        else:
            self.socket = socket.socket()
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.port = place.free_port()
            self.socket.bind(('127.0.0.1', self.port))
        self.socket.listen(20)
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, socket.create_connection(('127.0.0.1', self.behind), 60) as onward:
            client, server = connection.makefile('rwb'), onward.makefile('rwb')
            try:
                self.talk(client, server)
            except (OSError, ValueError):
                pass

    def talk(self, client, server):
        def reply():
            lines = [server.readline()]
            while lines[-1][3:4] == b'-':
                lines.append(server.readline())
            return b''.join(lines)

        def answer(text):
            client.write(text)
            client.flush()

        answer(reply())
        while line := client.readline():
            with self.lock:
                self.commands.append(line.decode().rstrip())
            if b'RCPT TO:<bad@' in line:
                answer(b'550 5.7.1 the filter does not like this recipient\r\n')
                continue
            server.write(line)
            server.flush()
            if not line.upper().startswith(b'DATA'):
                answer(reply())
                if line.upper().startswith(b'QUIT'):
                    return
                continue
            answer(reply())
            content = []
            while (text := client.readline()) != b'.\r\n':
                if not text:
                    return  # gone without an end: nothing is passed on
                content.append(text)
            if any(b'VIRUS' in text for text in content):
                answer(b'550 5.7.1 id=1 - Rejected: VIRUS\r\n')
                return
            server.write(b'X-Filtered: yes\r\n' + b''.join(content) + b'.\r\n')
            server.flush()
            answer(reply())


REINJECTION = {'smtpd_proxy_filter': '', 'smtpd_authorized_xforward_hosts': '127.0.0.0/8', 'smtpd_client_restrictions': '', 'smtpd_relay_restrictions': '',
               'smtpd_recipient_restrictions': 'permit_mynetworks, reject', 'mynetworks': '127.0.0.0/8', 'smtpd_peername_lookup': 'no'}


def held_files(relay):
    return [name for name in os.listdir(relay.folder + '/queue/spool') if name.startswith('held-')]


def relay_with(filter_, sink, **front):
    settings = dict({'smtpd_proxy_filter': '127.0.0.1:%d' % filter_.port if hasattr(filter_, 'port') else '', 'smtpd_authorized_xforward_hosts': ''}, **front)
    return Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}, services={'front': settings, 'back': REINJECTION})


def test_mail_goes_through_the_filter_and_its_replies_go_to_the_client():
    with Sink() as sink, Filter() as filter_, relay_with(filter_, sink) as relay:
        filter_.behind = relay.ports['back']
        with Client(relay.ports['front']) as client:
            client.message('a@example.org', ['b@example.net'], b'Subject: fine\r\n\r\nhello\r\n.dot\r\n')
            message = sink.wait(1)[0]
            assert b'X-Filtered: yes' in message.header and message.body == b'hello\r\n.dot\r\n', message.data
            # Both services leave their trace; the first has no queue ID to show.
            received = re.findall(rb'Received: from.*?;', message.header, re.S)
            assert len(received) == 2 and b' id ' in received[0] and b' id ' not in received[1], message.header
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<b@example.net>', 250)
            client.command('DATA', 354)
            client.send(b'VIRUS\r\n.\r\n')
            assert client.reply().text == '550 5.7.1 id=1 - Rejected: VIRUS'
            client.command('MAIL FROM:<a@example.org>', 250)
            assert client.command('RCPT TO:<bad@example.net>').text == '550 5.7.1 the filter does not like this recipient'
            client.command('RCPT TO:<b2@example.net>', 250)
            client.command('QUIT', 221)
        forwarded = [c for c in filter_.commands if c.startswith('XFORWARD')]
        assert forwarded and 'ADDR=127.0.0.1' in forwarded[0] and 'HELO=client.example' in forwarded[0] and 'PROTO=ESMTP' in forwarded[0], filter_.commands
        assert 'MAIL FROM:<a@example.org>' in filter_.commands and filter_.commands[0] == 'EHLO relay.example.test', filter_.commands
        log = '\n'.join(relay.wait_log('proxy-reject: END-OF-MESSAGE'))
        assert 'NOQUEUE: proxy-reject: END-OF-MESSAGE from' in log and '550 5.7.1 id=1 - Rejected: VIRUS; from=<a@example.org> to=<b@example.net>' in log, log
        relay.wait_log(r'NOQUEUE: proxy-accept: END-OF-MESSAGE from [^;]*: 250 2.0.0 Ok: queued as')
        relay.wait_log(r'orig_client=[^,]*\[127.0.0.1\]')
        assert len(sink.messages) == 1 and 'Mail queue is empty' in relay.tool('mailq')


def test_chunks_pass_as_data():
    with Sink() as sink, Filter() as filter_, relay_with(filter_, sink) as relay:
        filter_.behind = relay.ports['back']
        with Client(relay.ports['front']) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<b@example.net>', 250)
            client.send(b'BDAT 15\r\nSubject: one\r\n\r')
            assert client.reply().code == 250
            client.send(b'BDAT 8 LAST\r\n\nhello\r\n')
            assert 'queued as' in client.reply().text
        assert sink.wait(1)[0].body == b'hello\r\n' and 'DATA' in filter_.commands


def test_a_filter_that_is_not_there_is_no_loss():
    with Sink() as sink:
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}, services={'front': {'smtpd_proxy_filter': '127.0.0.1:%d' % place.free_port()}}) as relay:
            with Client(relay.ports['front']) as client:
                client.command('MAIL FROM:<a@example.org>', 250)
                assert client.command('RCPT TO:<b@example.net>').text == '451 4.3.0 Error: queue file write error'
                client.command('MAIL FROM:<a@example.org>', 503)
            relay.wait_log('warning: connect to proxy filter 127.0.0.1:[0-9]*: Connection refused')


def test_speed_adjust_bothers_the_filter_with_whole_messages_only():
    with Sink() as sink, Filter() as filter_, relay_with(filter_, sink, smtpd_proxy_options='speed_adjust') as relay:
        filter_.behind = relay.ports['back']
        with Client(relay.ports['front']) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<b@example.net>', 250)
            client.command('DATA', 354)
            client.send(b'Subject: slow\r\n')
            assert filter_.commands == [], filter_.commands
            client.send(b'\r\nhello\r\n.\r\n')
            assert 'queued as' in client.reply().text
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<bad@example.net>', 250)
            client.command('DATA', 354)
            client.send(b'x\r\n.\r\n')
            assert client.reply().text == '550 5.7.1 the filter does not like this recipient'
            # More than anybody wants to hold in memory: it waits in files, and the filter hears nothing before the end.
            large = b'Subject: large\r\n\r\n' + b''.join(b'%070d\r\n' % number for number in range(40000))
            heard = len(filter_.commands)
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<c@example.net>', 250)
            client.command('DATA', 354)
            client.send(large)
            place.wait_until(lambda: held_files(relay), 'content in files')
            assert len(filter_.commands) == heard, filter_.commands[heard:]
            client.send(b'.\r\n')
            assert 'queued as' in client.reply().text
        assert sink.wait(2)[1].body == large.partition(b'\r\n\r\n')[2]
        place.wait_until(lambda: not held_files(relay), 'no files left')


def test_content_that_a_killed_server_held_is_removed_by_the_next():
    with Sink() as sink, Filter() as filter_, relay_with(filter_, sink, smtpd_proxy_options='speed_adjust') as relay:
        with Client(relay.ports['front']) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<b@example.net>', 250)
            client.command('DATA', 354)
            client.send((b'x' * 70 + b'\r\n') * 10000)
            place.wait_until(lambda: held_files(relay), 'content in files')
            os.kill(relay.server_pid(), signal.SIGKILL)
        place.wait_until(lambda: not held_files(relay), 'no files left')


def test_a_message_too_big_is_not_passed_on():
    with Sink() as sink, Filter() as filter_, relay_with(filter_, sink, message_size_limit='10000') as relay:
        filter_.behind = relay.ports['back']
        with Client(relay.ports['front']) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RCPT TO:<b@example.net>', 250)
            client.command('DATA', 354)
            client.send((b'x' * 70 + b'\r\n') * 4000 + b'.\r\n')
            assert client.reply().text == '552 5.3.4 Error: message file too big'
            client.message('a@example.org', ['b@example.net'], b'small\r\n')
        assert len(sink.wait(1)) == 1
