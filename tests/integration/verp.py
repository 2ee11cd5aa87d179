"""Variable envelope return paths (VERP_README): each recipient gets the message from a sender that names it, and so do bounces."""
import os
import pwd
import re
import subprocess

from kit import place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

MAY_ASK = {'smtpd_authorized_verp_clients': '127.0.0.0/8', 'smtpd_peername_lookup': 'no'}
OWNER = 'owner-list@example.org'


def senders(sink, count):
    """Recipient to sender of the first `count` messages; each has one recipient."""
    found = {}
    for message in sink.wait(count):
        assert len(message.recipients) == 1, message
        found[message.recipients[0]] = re.match('MAIL FROM:<(.*?)>', message.mail).group(1)
    return found


def relay_to(sink, **main):
    return Relay(dict(MAY_ASK, relayhost='[127.0.0.1]:%d' % sink.port, **main))


def test_each_recipient_has_a_sender_of_its_own():
    with Sink(extensions=('PIPELINING', 'SIZE 0', '8BITMIME', 'DSN')) as sink, relay_to(sink) as relay:
        with Client(relay.port) as client:
            assert 'XVERP' in client.hello.text, client.hello
            client.message(OWNER, ['user@example.net', 'second@example.net', 'x+y@example.com'], b'Subject: t\r\n\r\nhello\r\n', ' RET=HDRS XVERP ENVID=list1')
            client.message(OWNER, ['user@example.net'], b'Subject: t\r\n\r\nhello\r\n', ' XVERP=-=')
            client.message(OWNER, ['a@example.net', 'b@example.net'], b'Subject: t\r\n\r\nhello\r\n')
        got = {(m.mail.split('<')[1].split('>')[0], *m.recipients) for m in sink.wait(5)}
        assert got == {('owner-list+user=example.net@example.org', 'user@example.net'), ('owner-list+second=example.net@example.org', 'second@example.net'),
                       ('owner-list+x+y=example.com@example.org', 'x+y@example.com'), ('owner-list-user=example.net@example.org', 'user@example.net'),
                       (OWNER, 'a@example.net', 'b@example.net')}, got
        personal = [m for m in sink.messages if '+' in m.mail.split('>')[0]]
        assert all('RET=HDRS' in m.mail and 'ENVID=list1' in m.mail for m in personal), personal
        assert sum('ORCPT=rfc822;' in command for command in sink.commands) == 6, sink.commands
        relay.wait_log(r'from=<owner-list@example.org>, size=\d+, nrcpt=3 \(queue active\)')
        relay.wait_log(': removed', 3)


def test_who_may_not_ask_hears_of_an_unknown_option_and_a_bad_request_is_refused():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}, services={'list': MAY_ASK}) as relay:
        with Client(relay.port) as client:
            assert 'XVERP' not in client.hello.text
            assert client.command('MAIL FROM:<%s> XVERP' % OWNER).text == '555 5.5.4 Unsupported option: XVERP'
        with Client(relay.ports['list']) as client:
            assert client.command('MAIL FROM:<%s> XVERP=ab' % OWNER).text == '501 5.5.4 Error: XVERP needs two characters from -=+'
            assert client.command('MAIL FROM:<> XVERP').text == '503 5.5.4 Error: XVERP requires non-null sender'


def bounced_to(sink, count):
    bounces = [m for m in sink.wait(lambda got: sum('MAIL FROM:<>' in m.mail for m in got) >= count) if 'MAIL FROM:<>' in m.mail]
    return sorted(m.recipients[0] for m in bounces), bounces


def test_each_failure_comes_back_to_the_sender_that_names_it():
    with Sink(replies={'RCPT TO:<gone': '550 5.1.1 no such user'}) as sink, relay_to(sink) as relay:
        with Client(relay.port) as client:
            client.command('MAIL FROM:<%s> XVERP' % OWNER, 250)
            client.command('RCPT TO:<gone1@example.net>', 250)
            client.command('RCPT TO:<gone2@example.net> NOTIFY=FAILURE', 250)
            client.command('RCPT TO:<gone3@example.net> NOTIFY=NEVER', 250)
            client.command('RCPT TO:<fine@example.net>', 250)
            client.command('DATA', 354)
            client.send(b'Subject: t\r\n\r\nhello\r\n.\r\n')
            assert client.reply().code == 250
        told, bounces = bounced_to(sink, 2)
        assert told == ['owner-list+gone1=example.net@example.org', 'owner-list+gone2=example.net@example.org'], told
        for bounce in bounces:
            assert ('To: ' + bounce.recipients[0]).encode() in bounce.header, bounce.data
            assert re.findall(rb'Final-Recipient: rfc822; (\S+)', bounce.body) == [bounce.recipients[0].split('+')[1].split('@')[0].replace('=', '@').encode()], bounce.body
            assert b'X-Postfix-Sender: rfc822; owner-list@example.org' in bounce.body, bounce.body
        relay.wait_log(': removed', 3)
        assert len([m for m in sink.messages if 'MAIL FROM:<>' in m.mail]) == 2


def test_disable_verp_bounces_tells_the_plain_sender_once():
    with Sink(replies={'RCPT TO:<gone': '550 5.1.1 no such user'}) as sink, relay_to(sink, disable_verp_bounces='yes') as relay:
        with Client(relay.port) as client:
            client.message(OWNER, ['gone1@example.net', 'gone2@example.net'], b'Subject: t\r\n\r\nhello\r\n', ' XVERP')
        told, bounces = bounced_to(sink, 1)
        assert told == [OWNER] and len(re.findall(rb'Final-Recipient:', bounces[0].body)) == 2, bounces
        relay.wait_log(': removed', 2)


def test_sendmail_asks_too_and_maildrop_keeps_the_request():
    with Sink() as sink, relay_to(sink) as relay:
        relay.tool('sendmail', '-XV', '-f', OWNER, 'a@example.net', 'b@example.net', text='Subject: t\n\nhello\n')
        assert senders(sink, 2) == {'a@example.net': 'owner-list+a=example.net@example.org', 'b@example.net': 'owner-list+b=example.net@example.org'}
        relay.stop()
        relay.tool('sendmail', '-XV-=', '-f', OWNER, 'c@example.net', text='Subject: t\n\nhello\n')
        relay.start()
        assert senders(sink, 3)['c@example.net'] == 'owner-list-c=example.net@example.org'
        for words, text in ((['-XV%%', '-f', OWNER], '-V requires two characters from -=+'), (['-XV', '-f', ''], '-V option requires non-null sender address'),
                            (['-X', '/log'], 'unsupported: -X/')):
            try:
                relay.tool('sendmail', *words, 'a@example.net', text='x\n')
            except AssertionError as refused:
                assert text in str(refused), refused
            else:
                raise AssertionError('%s was taken' % words)


def test_the_queue_keeps_the_request_and_postcat_shows_it():
    with Sink(replies={'RCPT TO:': ['451 4.2.0 later', '451 4.2.0 later']}) as sink, relay_to(sink) as relay:
        with Client(relay.port) as client:
            client.message(OWNER, ['a@example.net', 'b@example.net'], b'Subject: t\r\n\r\nhello\r\n', ' XVERP==+')
        relay.wait_log('status=deferred', 2)
        relay.stop()
        shown = relay.tool('postqueue', '-p')
        queue_id = re.search(r'^([0-9A-F]{6,})', shown, re.M).group(1)
        assert OWNER in shown and 'owner-list=' not in shown, shown
        assert '\nverp_delimiters: =+\n' in relay.tool('postcat', '-qe', queue_id)
        relay.start()
        relay.tool('postqueue', '-f')
        assert senders(sink, 2) == {'a@example.net': 'owner-list=a+example.net@example.org', 'b@example.net': 'owner-list=b+example.net@example.org'}


def test_mailboxes_name_the_personal_sender():
    if os.getuid() != 0:
        raise place.Skip('needs root, to deliver as somebody else')
    account = pwd.getpwnam('games')
    main = dict(MAY_ASK, virtual_mailbox_domains='virt.example', virtual_mailbox_base='@folder@/vmail', virtual_minimum_uid='1',
                virtual_mailbox_maps='inline:{joe@virt.example=joe/,jane@virt.example=jane/}', virtual_uid_maps='static:%d' % account.pw_uid, virtual_gid_maps='static:%d' % account.pw_gid)
    with Relay(main) as relay:
        os.mkdir(relay.folder + '/vmail')
        os.chown(relay.folder + '/vmail', account.pw_uid, -1)
        with Client(relay.port) as client:
            client.message(OWNER, ['joe@virt.example', 'jane@virt.example'], b'Subject: t\r\n\r\nhello\r\n', ' XVERP')
        relay.wait_log(': removed')
        kept = subprocess.run(['grep', '-rh', '^Return-Path:', relay.folder + '/vmail'], capture_output=True, text=True, check=False).stdout
        assert sorted(kept.split('\n')) == ['', 'Return-Path: <owner-list+jane=virt.example@example.org>', 'Return-Path: <owner-list+joe=virt.example@example.org>'], kept
