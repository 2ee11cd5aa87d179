"""A file system that fills up while mail comes in: a small one of the queue's own."""
import os
import smtplib
import threading

from kit import place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

FULL = '452 4.3.1 Insufficient system storage'
ROOM = 24 << 20
SENDERS = 4


def relay_to(port):
    # Room is asked for one and a half messages of the greatest size, 1.5 MB here: below that MAIL is refused.
    return Relay({'relayhost': '[127.0.0.1]:%d' % port, 'message_size_limit': '1000000', 'mailbox_size_limit': '0', 'notify_classes': '', 'minimal_backoff_time': '1s',
                  'maximal_backoff_time': '2s', 'queue_run_delay': '1s', 'smtp_connect_timeout': '5s'}, queue_room=ROOM)


def free_bytes(relay):
    at = os.statvfs(relay.inside('queue'))
    return at.f_bavail * at.f_frsize


def fill(relay, but):
    """Until `but` bytes are free."""
    with open(relay.inside('queue/ballast'), 'wb') as file:
        os.posix_fallocate(file.fileno(), 0, free_bytes(relay) - but)


class Senders:
    """Clients with messages of all sizes, until each was refused several times: who was accepted, and every refusal."""

    def __init__(self, relay):
        self.port, self.accepted, self.refusals, self.lock = relay.port, [], [], threading.Lock()
        self.threads = [threading.Thread(target=self.send, args=(n,), daemon=True) for n in range(SENDERS)]
        for thread in self.threads:
            thread.start()
        for thread in self.threads:
            thread.join(120)
            assert not thread.is_alive(), 'a session hangs'

    def send(self, sender):
        number = refused = 0
        with smtplib.SMTP('127.0.0.1', self.port, local_hostname='client.example', timeout=60) as client:
            while refused < 5:
                number += 1
                name = 'm-%d-%d@example.net' % (sender, number)
                body = ('x' * 98 + '\r\n') * (1, 300, 9000)[number % 3]
                try:
                    client.sendmail('a@example.org', [name], 'Subject: t\r\n\r\n' + body)
                except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as refusal:
                    refused += 1
                    with self.lock:
                        self.refusals.append('%d %s' % (refusal.smtp_code, refusal.smtp_error.decode()))
                else:
                    with self.lock:
                        self.accepted.append(name)


def check_that_all_arrives_once_there_is_room(left):
    port = place.free_port()
    with relay_to(port) as relay:
        with Client(relay.port) as idle:
            fill(relay, left)
            senders = Senders(relay)
            assert senders.accepted, 'not even the first message was accepted: the test begins too late'
            assert set(senders.refusals) == {FULL}, set(senders.refusals)
            idle.command('NOOP', 250)
            relay.tool('postqueue', '-p')
            os.unlink(relay.inside('queue/ballast'))
            # A free byte is noticed within a second; nobody has to restart anything.
            place.wait_until(lambda: idle.command('MAIL FROM:<a@example.org>').code == 250, 'mail is taken again')
            idle.command('RSET', 250)
            idle.message('a@example.org', ['last@example.net'], b'Subject: t\r\n\r\nhello\r\n')
        accepted = set(senders.accepted) | {'last@example.net'}
        with Sink(port=port, keep=False) as sink:
            relay.tool('postqueue', '-f')
            got = [r for m in sink.wait(lambda messages: accepted <= {r for m in messages for r in m.recipients}, 100) for r in m.recipients]
            assert sorted(got) == sorted(accepted), 'lost, doubled or refused and yet delivered: %r' % (set(got) ^ accepted)
            place.wait_until(lambda: 'Mail queue is empty' in relay.tool('postqueue', '-p'), 'the queue is empty')


def test_a_disk_that_fills_up_refuses_mail_for_now_and_loses_nothing():
    check_that_all_arrives_once_there_is_room(left=6 << 20)


def test_a_disk_that_is_full_from_one_moment_to_the_next_refuses_content_for_now_and_loses_nothing():
    # Enough for MAIL, not for what the sessions then send at the same time.
    check_that_all_arrives_once_there_is_room(left=1700000)


def test_mail_is_delivered_while_the_disk_is_full():
    with Sink() as sink, relay_to(sink.port) as relay:
        sink.replies['RCPT TO:<x@'] = ['451 4.2.0 later']
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
            relay.wait_log('status=deferred')
            fill(relay, 0)
            # What cannot be written down is remembered and tried again; the message is not sent a second time meanwhile.
            sink.wait(1)
            assert client.command('MAIL FROM:<a@example.org>').text == FULL
            os.unlink(relay.inside('queue/ballast'))
            place.wait_until(lambda: 'Mail queue is empty' in relay.tool('postqueue', '-p'), 'the queue is empty')
        assert len(sink.messages) == 1
