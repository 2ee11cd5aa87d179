"""Deliveries that only ask: sendmail -bv, and sendmail -v, which reports on a delivery."""
import re

from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink


def report_in(message):
    """The fields of each recipient in a report: address to (action, diagnostic)."""
    text = re.sub(r'\r\n +', ' ', message.body.decode())
    found = re.findall(r'Final-Recipient: rfc822; (\S+)\r\n(?:\S.*\r\n)*?Action: (\S+)\r\n(?:\S.*\r\n)*?Diagnostic-Code: (.*)\r\n', text)
    return {address: (action, diagnostic) for address, action, diagnostic in found}


def reports(sink, count=1):
    messages = sink.wait(lambda got: sum('MAIL FROM:<>' in m.mail for m in got) >= count)
    return [m for m in messages if 'MAIL FROM:<>' in m.mail]


def test_sendmail_bv_reports_what_would_become_of_mail_and_delivers_none():
    replies = {'RCPT TO:<gone@': '550 5.1.1 no such user', 'RCPT TO:<busy@': '451 4.2.0 busy'}
    files = {'transport': 'void.example discard:into the void\nclosed.example error:5.1.2 closed down\n', 'boxes': 'joe@virt.example virt/joe/\n'}
    main = {'transport_maps': 'texthash:@folder@/transport', 'virtual_mailbox_domains': 'virt.example', 'virtual_mailbox_maps': 'texthash:@folder@/boxes',
            'virtual_mailbox_base': '@folder@/vmail', 'virtual_uid_maps': 'static:5000', 'virtual_gid_maps': 'static:5000'}
    with Sink(replies=replies) as sink, Relay(dict(main, relayhost='[127.0.0.1]:%d' % sink.port), files=files) as relay:
        addresses = ['fine@example.net', 'gone@example.net', 'busy@example.net', 'any@void.example', 'any@closed.example', 'joe@virt.example', 'jane@virt.example']
        said = relay.tool('sendmail', '-f', 'me@example.org', '-bv', *addresses)
        assert said == 'Mail Delivery Status Report will be mailed to <me@example.org>.\n', said
        report = reports(sink)[0]
        assert report.recipients == ['me@example.org'] and b'Subject: Mail Delivery Status Report\r\n' in report.header, report
        got = report_in(report)
        assert {address: action for address, (action, _) in got.items()} == {
            'fine@example.net': 'deliverable', 'gone@example.net': 'undeliverable', 'busy@example.net': 'undeliverable', 'any@void.example': 'deliverable',
            'any@closed.example': 'undeliverable', 'joe@virt.example': 'deliverable', 'jane@virt.example': 'undeliverable'}, report.body
        assert got['gone@example.net'][1] == 'smtp; 550 5.1.1 no such user', got
        assert got['any@closed.example'][1] == 'X-Postfix; closed down', got
        assert b'Content-Type: text/rfc822-headers' in report.body and b'Subject: probe' in report.body, report.body
        relay.wait_log(r'postfix/smtp\[\d+\]: [0-9A-F]+: to=<fine@example.net>, relay=127.0.0.1\[127.0.0.1\]:%d, .* status=deliverable \(250 2.1.5 Ok\)' % sink.port)
        relay.wait_log(r'to=<gone@example.net>.* dsn=5.1.1, status=undeliverable \(host 127.0.0.1\[127.0.0.1\] said: 550 5.1.1 no such user \(in reply to RCPT TO command\)\)')
        relay.wait_log(r'to=<busy@example.net>.* dsn=4.2.0, status=undeliverable')
        relay.wait_log(r'postfix/virtual\[\d+\]: .*to=<joe@virt.example>.*status=deliverable \(delivers to maildir\)')
        relay.wait_log(': removed', 2)
        assert relay.tool('postqueue', '-p') == 'Mail queue is empty\n'
        assert len(sink.messages) == 1 and sink.commands.count('DATA') == 1 and 'RSET' in sink.commands, sink.commands


def test_a_question_waits_in_maildrop_while_the_server_is_down():
    with Sink(replies={'DATA': ['451 4.7.1 not now']}) as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'smtp_address_verify_target': 'data'}) as relay:
        relay.stop()
        relay.tool('sendmail', '-f', 'me@example.org', '-bv', 'x@example.net')
        relay.start()
        assert report_in(reports(sink)[0]) == {'x@example.net': ('undeliverable', 'smtp; 451 4.7.1 not now')}
        assert len(sink.messages) == 1


def test_sendmail_v_reports_on_the_first_attempt():
    with Sink(replies={'RCPT TO:<busy@': ['451 4.2.0 busy']}) as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay:
        relay.tool('sendmail', '-v', '-f', 'me@example.org', 'fine@example.net', 'busy@example.net', text='Subject: t\n\nhello\n')
        got = report_in(reports(sink)[0])
        assert got['fine@example.net'][0] == 'relayed' and got['busy@example.net'] == ('delayed', 'smtp; 451 4.2.0 busy'), got
        relay.tool('postqueue', '-f')
        relay.wait_log('to=<busy@example.net>.*status=sent')
        relay.wait_log(': removed', 2)
        mail = [m for m in sink.messages if 'FROM:<me@' in m.mail]
        assert len(mail) == 2 and len(sink.messages) == 3, sink.messages


def test_sendmail_vv_is_for_who_looks_for_faults_and_reports_nothing():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay:
        assert relay.tool('sendmail', '-v', '-v', '-f', 'me@example.org', 'x@example.net', text='Subject: t\n\nhello\n') == ''
        relay.wait_log(': removed')
        with Client(relay.port) as client:  # what comes after it in time is there: a report would be, too
            client.message('a@example.org', ['y@example.net'], b'Subject: t\r\n\r\nhello\r\n')
        relay.wait_log(': removed', 2)
        assert len(sink.messages) == 2, sink.messages
