"""queue_minfree and message_size_limit against the room of the queue's file system."""
import os

from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

FULL = '452 4.3.1 Insufficient system storage'


def free_bytes(relay):
    at = os.statvfs(relay.folder + '/queue')
    return at.f_bavail * at.f_frsize


def test_mail_is_not_accepted_while_less_is_free_than_queue_minfree():
    with Relay({'queue_minfree': str(1 << 60), 'message_size_limit': '1000000'}) as relay:
        with Client(relay.port) as client:
            assert client.command('MAIL FROM:<a@example.org>').text == FULL
            assert client.command('MAIL FROM:<a@example.org> SIZE=1000').text == FULL
            client.command('RCPT TO:<x@example.net>', 503)
            client.command('NOOP', 250)  # the session goes on: there may be room in a moment
        relay.wait_log('warning: not enough free space in mail queue')
        relay.wait_log('reject: MAIL from .*: %s' % FULL, 2)


def test_a_message_that_would_leave_less_than_queue_minfree_is_not_begun():
    with Relay({'message_size_limit': '0'}) as relay:
        # Half of what is free: other tests may fill or empty the disk meanwhile, by far less than this.
        half = free_bytes(relay) // 2
        relay.tool('postconf', '-e', 'queue_minfree = %d' % half)
        relay.tool('postfix', 'reload')
        with Client(relay.port) as client:
            assert client.command('MAIL FROM:<a@example.org> SIZE=%d' % (half + half // 2)).text == FULL
            client.command('MAIL FROM:<a@example.org> SIZE=1000', 250)


def test_room_is_asked_for_one_and_a_half_messages_of_the_greatest_size():
    with Relay() as relay:
        relay.tool('postconf', '-e', 'message_size_limit = %d' % (free_bytes(relay) // 4 * 3), 'mailbox_size_limit = 0')
        relay.tool('postfix', 'reload')
        with Client(relay.port) as client:
            assert client.command('MAIL FROM:<a@example.org>').text == FULL
        relay.tool('postconf', '-e', 'message_size_limit = %d' % (free_bytes(relay) // 4))
        relay.tool('postfix', 'reload')
        with Client(relay.port) as client:
            client.command('MAIL FROM:<a@example.org>', 250)


def test_mail_is_accepted_again_once_there_is_room():
    with Sink() as sink, Relay({'queue_minfree': str(1 << 60), 'message_size_limit': '1000000', 'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay:
        with Client(relay.port) as client:
            assert client.command('MAIL FROM:<a@example.org>').text == FULL
            relay.tool('postconf', '-e', 'queue_minfree = 0')
            relay.tool('postfix', 'reload')
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
        sink.wait(1)
