"""Notices to the postmaster about sessions with next hops."""
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink


def test_the_postmaster_hears_of_a_server_that_does_not_understand():
    with Sink(replies={'MAIL': ['500 5.5.1 what?']}) as sink:
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'notify_classes': 'protocol', 'error_notice_recipient': 'boss@example.net'}) as relay:
            with Client(relay.port) as client:
                client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
            for_boss = lambda message: message.recipients == ['boss@example.net']  # noqa: E731
            notice = next(filter(for_boss, sink.wait(lambda messages: any(map(for_boss, messages)))))
            assert b'SMTP client: errors from 127.0.0.1[127.0.0.1]:%d' % sink.port in notice.header, notice.data
            assert b' Out: MAIL FROM:<a@example.org>' in notice.body and b' In:  500 5.5.1 what?' in notice.body, notice.data
            assert 'FROM:<double-bounce@' in notice.mail
            relay.wait_log(': removed', 3)
