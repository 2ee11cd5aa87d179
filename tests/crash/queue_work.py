"""kill -9 while mail is deferred, bounced, held, released, flushed and queued again: whoever sent it hears of every recipient."""
import json
import os
import random
import threading
import time

from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

TIMEOUT = 600
KILLS = int(os.environ.get('POSTHOUSE_KILLS', '15'))
KINDS = ('taken', 'later', 'never')  # what the next hop thinks of a recipient


class Moody(Sink):
    """Takes `taken`, refuses `later` for now every second time, refuses `never` for good."""
    turn = 0

    def reply_to(self, what):
        if what.startswith('RCPT TO:<never'):
            return '550 5.1.1 no such user'
        if what.startswith('RCPT TO:<later'):
            self.turn += 1
            return '451 4.2.0 not now' if self.turn % 2 else None
        return None


class Load(threading.Thread):
    """Sends messages to a recipient of each kind; a sender address of its own each, so that bounces can be told apart."""

    def __init__(self, port, number):
        super().__init__(daemon=True)
        self.port, self.number, self.accepted, self.ended = port, number, [], threading.Event()
        self.start()

    def run(self):
        count = 0
        while not self.ended.is_set():
            try:
                with Client(self.port, timeout=30) as client:
                    while not self.ended.is_set():
                        count += 1
                        mark = '%d-%d' % (self.number, count)
                        client.message('from-%s@example.org' % mark, ['%s-%s@example.net' % (kind, mark) for kind in KINDS], b'Subject: t\r\n\r\nhello\r\n')
                        self.accepted.append(mark)
                        self.ended.wait(0.01)
            except (OSError, EOFError, AssertionError):
                self.ended.wait(0.02)


class Administrator(threading.Thread):
    """Holds, releases, flushes and queues again whatever is queued; its tools fail while the server is dead, which is all right."""

    def __init__(self, relay, seed):
        super().__init__(daemon=True)
        self.relay, self.choice, self.ended, self.acts = relay, random.Random(seed), threading.Event(), 0
        self.start()

    def run(self):
        while not self.ended.is_set():
            try:
                queued = [json.loads(line)['queue_id'] for line in self.relay.tool('postqueue', '-j', check=False).splitlines()]
            except ValueError:
                continue  # cut off
            act = self.choice.choice(('-h', '-H', '-r', 'flush'))
            if act == 'flush':
                self.relay.tool('postqueue', '-f', check=False)
            elif queued:
                self.relay.tool('postsuper', act, self.choice.choice(queued), check=False)
            self.acts += 1


def outcomes(messages):
    """Recipients that arrived, and those that a bounce told their sender about."""
    arrived, told = set(), set()
    for message in messages:
        for recipient in message.recipients:
            name = recipient.split('@')[0]
            (told if name.startswith('from-') else arrived).add(name)
    return arrived, told


def test_each_recipient_is_delivered_or_bounced_though_the_server_is_killed_and_the_queue_is_worked_on():
    seed = int(os.environ.get('POSTHOUSE_SEED', '0')) or int(time.time())
    print('seed', seed)
    moments, began = random.Random(seed), time.monotonic()
    with Moody(keep=False) as sink:
        relay = Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'minimal_backoff_time': '1s', 'maximal_backoff_time': '2s', 'queue_run_delay': '1s'})
        with relay:
            loads, administrator = [Load(relay.port, n) for n in range(3)], Administrator(relay, seed)
            for _ in range(KILLS):
                wanted = len(sink.messages) + moments.choice((0, 3, 20))
                sink.wait(wanted, 60)
                time.sleep(moments.random() * 0.15)
                relay.kill()
                relay.start()
            for one in [*loads, administrator]:
                one.ended.set()
            for one in [*loads, administrator]:
                one.join(60)
            marks = {mark for load in loads for mark in load.accepted}
            wanted = {'%s-%s' % (kind, mark) for kind in ('taken', 'later') for mark in marks}, {'from-' + mark for mark in marks}
            relay.tool('postsuper', '-H', 'ALL')
            end, seen = time.monotonic() + 180, -1
            while True:
                arrived, told = outcomes(sink.messages)
                if wanted[0] <= arrived and wanted[1] <= told:
                    break
                assert time.monotonic() < end or len(sink.messages) > seen, 'lost: %r\n%s' % (
                    sorted((wanted[0] - arrived) | (wanted[1] - told))[:20], relay.tool('postqueue', '-p', check=False)[-2000:])
                seen = len(sink.messages)
                relay.tool('postqueue', '-f')
                with sink.arrived:
                    sink.arrived.wait(1)
            assert not [name for name in arrived if name.startswith('never')]
    print('%d kills in %.0f s, %d messages to %d recipients accepted, %d queue commands, 0 lost' % (
        KILLS, time.monotonic() - began, len(marks), 3 * len(marks), administrator.acts))
    assert marks and administrator.acts
