"""Peers that take a connection or a question and never answer: what needs them waits within bounds, the rest goes on."""
import socket
import threading

from kit import place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

TIMEOUT = 240
MESSAGE = b'Subject: t\r\n\r\nhello\r\n'
QUICK_RETRY = {'minimal_backoff_time': '1s', 'maximal_backoff_time': '1s', 'queue_run_delay': '1s'}


class SilentHost:
    """Takes connections and says nothing, ever; `most` is how many were open at a time."""

    def __init__(self):
        self.port, self.open, self.most, self.all, self.lock = place.free_port(), 0, 0, 0, threading.Lock()
        self.socket = socket.create_server(('127.0.0.1', self.port))
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with self.lock:
                self.open, self.all = self.open + 1, self.all + 1
                self.most = max(self.most, self.open)
            threading.Thread(target=self.watch, args=(connection,), daemon=True).start()

    def watch(self, connection):
        with connection:
            try:
                while connection.recv(1000):
                    pass
            except OSError:
                pass
        with self.lock:
            self.open -= 1


def test_a_next_hop_that_never_answers_holds_up_nobody_else():
    silent = SilentHost()
    with Sink() as sink, Relay(dict(QUICK_RETRY, relayhost='[127.0.0.1]:%d' % sink.port, smtp_helo_timeout='2s', smtp_destination_concurrency_limit='4',
                                    transport_maps='inline:{silent.example=smtp:[127.0.0.1]:%d}' % silent.port)) as relay:
        with Client(relay.port) as client:
            for number in range(30):
                client.message('a@example.org', ['x%d@silent.example' % number], MESSAGE)
                client.message('a@example.org', ['x%d@example.net' % number], MESSAGE)
        sink.wait(30)
        relay.wait_log(r'to=<x\d+@silent.example>, relay=127.0.0.1\[127.0.0.1\]:%d, .*dsn=4.4.2, status=deferred \(conversation with .* timed out while receiving the initial '
                       r'server greeting\)' % silent.port)
        assert silent.most <= 4, 'smtp_destination_concurrency_limit'
        # The destination rests then; its other mail is deferred without a connection each.
        relay.wait_log('to=<x[0-9]+@silent.example>.*status=deferred', 30)
        assert silent.all < 30, silent.all
        with Client(relay.port) as client:
            client.message('a@example.org', ['last@example.net'], MESSAGE)
        sink.wait(31)
        assert len(relay.tool('postqueue', '-j').splitlines()) == 30


def test_a_next_hop_that_falls_silent_after_the_content_is_asked_again_later():
    with Sink() as sink, Relay(dict(QUICK_RETRY, relayhost='[127.0.0.1]:%d' % sink.port, smtp_data_done_timeout='1s')) as relay:
        first, deferred = [True], threading.Event()

        def reply_to(what):
            if what == 'EOD' and first and first.pop():
                deferred.wait(60)
                return 'close'
            return None
        sink.reply_to = reply_to
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], MESSAGE)
        relay.wait_log('status=deferred .*timed out while sending end of data -- message may be sent more than once')
        deferred.set()
        sink.wait(1)


def relay_without_names(main):
    relay = Relay(main)
    relay.resolver.silent = True
    return relay


def test_a_resolver_that_never_answers_defers_what_needs_it_and_nothing_else():
    with Sink() as sink, relay_without_names(dict(QUICK_RETRY, mynetworks='127.0.0.0/8', transport_maps='inline:{example.net=smtp:[127.0.0.1]:%d}' % sink.port)) as relay:
        # 127.0.0.1 is in the hosts file; the name of 127.0.0.77 only the resolver could know.
        unnamed = Client(relay.port, source='127.0.0.77', greet=False)
        with Client(relay.port) as client:
            for number in range(20):
                client.message('a@example.org', ['x@mx%d.example' % number], MESSAGE)
                client.message('a@example.org', ['x%d@example.net' % number], MESSAGE)
        sink.wait(20)
        with unnamed:
            assert unnamed.reply().code == 220  # within the fifteen seconds that a name may take
            unnamed.command('EHLO client.example', 250)
            unnamed.message('a@example.org', ['unnamed@example.net'], MESSAGE)
        relay.wait_log(r'client=unknown\[127.0.0.77\]')
        sink.wait(21)
        line = relay.wait_log(r'to=<x@mx\d+.example>, relay=none, .*status=deferred', timeout=150)[0]
        assert 'dsn=4.4.3, status=deferred (Host or domain name not found. Name service error for name=mx' in line and 'type=MX: Host not found, try again)' in line, line
        assert len(sink.messages) == 21
        assert 'status=bounced' not in relay.log()


def test_a_restriction_whose_question_is_never_answered_defers_the_recipient():
    with relay_without_names({'smtpd_recipient_restrictions': 'reject_unknown_sender_domain, permit'}) as relay:
        with Client(relay.port, timeout=150) as client:
            client.command('MAIL FROM:<a@sender.example>', 250)
            assert client.command('RCPT TO:<x@example.net>').text.startswith('450 4.1.8 <a@sender.example>: Sender address rejected: Domain not found')
            client.command('NOOP', 250)
