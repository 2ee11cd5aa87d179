"""Hundreds of slow clients and some greedy ones: normal mail is taken and delivered meanwhile, limits hold. How long it takes is not
judged here: bench/overload.py measures it."""
import os
import threading

from kit import place
from kit.client import Client
from kit.crowd import Crowd
from kit.relay import Relay
from kit.sink import Sink

SLOW, GREEDY, NORMAL = 300, 20, 100
LINE = b'EHLO slow.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<slow@example.net>\r\nDATA\r\nSubject: slow\r\n\r\n'


class Drip(threading.Thread):
    """Gives every client of the crowd one byte after the other, round and round."""

    def __init__(self, crowd):
        super().__init__(daemon=True)
        self.crowd, self.rounds, self.ended = crowd, 0, threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.2):
            byte = LINE[self.rounds % len(LINE):][:1]
            self.rounds += 1
            for one in self.crowd.greeted:
                try:
                    one.send(byte)
                except OSError:
                    pass


class Greedy(threading.Thread):
    """Wants to send mail without pause, and comes back whenever it is thrown out."""

    def __init__(self, port, source):
        super().__init__(daemon=True)
        self.port, self.source, self.refusals, self.sent, self.ended = port, source, 0, 0, threading.Event()
        self.start()

    def run(self):
        while not self.ended.is_set():
            try:
                with Client(self.port, source=self.source) as client:
                    while not self.ended.is_set():
                        refused = client.command('MAIL FROM:<greedy@example.org>').code >= 400
                        self.refusals += refused
                        self.sent += not refused
                        client.command('RSET')
            except (OSError, EOFError, AssertionError):
                pass


def test_normal_mail_passes_a_crowd_of_slow_and_greedy_clients():
    with Sink(keep=False) as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'default_process_limit': '1000', 'mynetworks': '127.0.0.0/8',
                                          'smtpd_client_event_limit_exceptions': '127.0.0.1', 'smtpd_client_message_rate_limit': '5',
                                          'smtpd_client_connection_count_limit': '10'}) as relay:
        crowd = Crowd(relay.port, SLOW)
        place.wait_until(lambda: crowd.listen(0.1) == SLOW, 'all slow clients are served')
        drip = Drip(crowd)
        greedy = [Greedy(relay.port, '127.0.2.%d' % (n % 4 + 1)) for n in range(GREEDY)]
        place.wait_until(lambda: sum(one.refusals for one in greedy) > 50, 'the greedy are at their limits')
        for number in range(NORMAL):
            with Client(relay.port) as client:
                client.message('a@example.org', ['n%d@example.net' % number], b'Subject: t\r\n\r\nhello\r\n')
                client.command('QUIT', 221)
        sink.wait(lambda messages: {r for m in messages for r in m.recipients} >= {'n%d@example.net' % n for n in range(NORMAL)})
        assert drip.rounds > 0
        # At most 5 a minute of each of four addresses, and this took less than five minutes.
        assert sum(one.sent for one in greedy) <= 4 * 5 * 6
        open_now = len(os.listdir('/proc/%d/fd' % relay.server_pid()))
        assert open_now < SLOW + GREEDY + 150, open_now
        assert relay.peak_memory() < 600 << 20, relay.peak_memory()
        for one in [drip, *greedy]:
            one.ended.set()
        crowd.leave()
        place.wait_until(lambda: 'Mail queue is empty' in relay.tool('postqueue', '-p'), 'the queue is empty')
