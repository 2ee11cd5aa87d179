"""kill -9 while local programs hand in mail: what sendmail said yes to arrives, whether the server was up, down or dying."""
import os
import subprocess
import threading

from kit import place
from kit.relay import Relay
from kit.sink import Sink

TIMEOUT = 300
KILLS = 8
LINE = 'x' * 98 + '\n'


class Programs:
    """Programs that run sendmail without pause; `accepted` are the recipients for which it ended with 0."""

    def __init__(self, relay):
        self.relay, self.accepted, self.refused, self.ended = relay, [], [], threading.Event()
        self.changed = threading.Condition()
        self.threads = [threading.Thread(target=self.send, args=(n,), daemon=True) for n in range(3)]
        for thread in self.threads:
            thread.start()

    def send(self, program):
        number = 0
        while not self.ended.is_set():
            number += 1
            mark = 'm-%d-%d@example.net' % (program, number)
            done = subprocess.run([os.path.join(place.BIN, 'sendmail'), '-f', 'a@example.org', mark], text=True, capture_output=True, timeout=100,
                                  input='Subject: %s\n\n%s' % (mark, LINE * (1 if number % 4 else 3000)), env=dict(os.environ, MAIL_CONFIG=self.relay.folder))
            with self.changed:
                (self.refused if done.returncode else self.accepted).append(mark)
                self.changed.notify_all()

    def wait_for(self, count):
        """Until `count` more were accepted."""
        with self.changed:
            wanted = len(self.accepted) + count
            assert self.changed.wait_for(lambda: len(self.accepted) >= wanted, 100), self.refused[-5:]

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(100)


def test_mail_that_sendmail_took_survives_kills_of_the_server():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay:
        programs = Programs(relay)
        for _ in range(KILLS):
            programs.wait_for(5)
            relay.kill()
            programs.wait_for(5)  # into maildrop: nobody is there to take it
            relay.start()
        programs.stop()
        assert not programs.refused, programs.refused
        sink.wait(lambda messages: {r for m in messages for r in m.recipients} >= set(programs.accepted), 100)
        for message in sink.messages:
            subject = [line for line in message.header.decode().splitlines() if line.startswith('Subject: ')]
            assert subject == ['Subject: ' + message.recipients[0]], message.header
            assert len(message.body) in (100, 300000), len(message.body)
