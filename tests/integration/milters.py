"""smtpd_milters and non_smtpd_milters: everything a milter may say and want, and all the ways in which it may fail."""
import base64
import subprocess

from kit import certificate, place
from kit.client import Client
from kit.milter import SILENT, Milter
from kit.relay import Relay
from kit.sink import Sink

MESSAGE = b'From: a@example.org\r\nSubject: original\r\nX-Old: 1\r\nX-Old: 2\r\n\r\nhello\r\n'


def settings(sink, *milters, **more):
    return dict({'relayhost': '[127.0.0.1]:%d' % sink.port, 'smtpd_milters': ', '.join(one if isinstance(one, str) else one.name for one in milters)}, **more)


def field_names(header):
    return [line.split(b':')[0] for line in header.split(b'\r\n') if line and line[:1] not in b' \t']


def test_every_change_arrives_at_the_next_hop():
    changes = [('addheader', 'X-Added', 'last'), ('insheader', 0, 'X-Top', 'first'), ('insheader', 1, 'X-Second', 'behind it'), ('chgheader', 1, 'Subject', 'changed\n folded'),
               ('chgheader', 2, 'X-Old', ''), ('chgheader', 1, 'X-New', 'made'), ('chgfrom', '<new@example.org>', 'RET=HDRS ENVID=e1'), ('addrcpt', '<extra@example.net>'),
               ('addrcptpar', '<quiet@example.net>', 'NOTIFY=NEVER'), ('delrcpt', '<drop@example.net>'), ('replacebody', b'new body\r\n'), ('progress',), ('replacebody', b'.dot\r\n')]
    with Sink() as sink, Milter([('eom', '*', changes)]) as milter, Relay(settings(sink, milter)) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net', 'drop@example.net'], MESSAGE)
        message = sink.wait(1)[0]
        assert field_names(message.header)[:3] == [b'X-Top', b'X-Second', b'Received'], message.header
        assert b'Subject: changed\r\n folded\r\n' in message.header and b'X-Old: 1\r\n' in message.header and b'X-Old: 2' not in message.header, message.header
        assert message.header.endswith(b'X-Added: last\r\nX-New: made'), message.header
        assert message.body == b'new body\r\n.dot\r\n', message.body
        assert '<new@example.org>' in message.mail and sorted(message.recipients) == sorted(['x@example.net', 'extra@example.net', 'quiet@example.net']), (message.mail, message.recipients)


def test_what_a_milter_is_told_and_with_which_macros():
    with Sink() as sink, Milter() as milter, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}, services={'front': {'smtpd_milters': milter.name, 'milter_macro_defaults': '{custom}=mine', 'milter_helo_macros': '{custom} v'}}) as relay:
        with Client(relay.ports['front']) as client:
            client.command('NOSUCH thing', 500)
            client.message('a@example.org', ['x@example.net'], MESSAGE)
            client.message('', ['y@example.net'], b'Subject: two\r\n\r\n')
            client.command('MAIL FROM:<c@example.org> SIZE=10', 250)
            client.command('RSET', 250)
            client.command('QUIT', 221)
        sink.wait(2)
        milter.wait('quit')
    assert milter.connections == 1 and milter.offer == (6, 0x1ff, 0x1fffff), milter.offer
    first = ['connect', 'helo', 'unknown', 'mail', 'rcpt', 'data', 'header', 'header', 'header', 'header']
    assert milter.names()[:len(first)] == first, milter.names()
    assert milter.names()[-4:] == ['eom', 'mail', 'abort', 'quit'] and milter.names().count('eom') == 2, milter.names()
    name, family, port, address = milter.events('connect')[0]
    assert family == '4' and address == '127.0.0.1' and int(port) > 0 and milter.macros_of('connect')['j'] == 'relay.example.test', milter.came[0]
    assert milter.macros_of('connect')['{daemon_name}'] == 'relay.example.test' and milter.macros_of('connect')['_'].endswith('[127.0.0.1]'), milter.came[0]
    assert milter.events('helo') == [['client.example']] and milter.macros_of('helo')['{custom}'] == 'mine' and 'v' in milter.macros_of('helo'), milter.came[1]
    assert milter.events('unknown') == [['NOSUCH thing']], milter.events('unknown')
    assert milter.events('mail') == [['<a@example.org>'], ['<>'], ['<c@example.org>', 'SIZE=10']], milter.events('mail')
    assert milter.macros_of('mail') == {'{mail_addr}': 'a@example.org', '{mail_host}': '[127.0.0.1]:%d' % sink.port, '{mail_mailer}': 'smtp'}, milter.macros_of('mail')
    assert milter.events('rcpt') == [['<x@example.net>'], ['<y@example.net>']] and milter.macros_of('rcpt')['{rcpt_mailer}'] == 'smtp'
    assert 'i' in milter.macros_of('data') and 'i' in milter.macros_of('eom') and 'i' in milter.macros_of('eoh'), milter.came
    assert ['Subject', 'original'] in milter.events('header') and not any(field == 'Received' for field, _ in milter.events('header')), milter.events('header')
    assert milter.events('body') == [[b'hello\r\n']], milter.events('body')


def test_replies_at_every_stage():
    rules = [('mail', '<reject@*', 'reject'), ('mail', '<later@*', 'tempfail'), ('rcpt', '<no@*', 'reply 550 5.7.1 100%% no'), ('rcpt', '<lines@*', 'reply 451-4.7.1 one\r\n451 4.7.1 two'),
             ('rcpt', '<drop@*', 'discard'), ('data', '*', 'continue'), ('header', 'poison', 'reply 554 5.7.1 bad header'), ('body', "*virus*", 'tempfail'), ('header', 'hold', 'continue'),
             ('helo', 'bad.example', 'reject'), ('header', 'gone', 'shutdown')]
    with Sink() as sink, Milter(rules) as milter, Relay(settings(sink, milter)) as relay:
        with Client(relay.port) as client:
            assert client.command('MAIL FROM:<reject@example.org>').text == '550 5.7.1 Command rejected'
            assert client.command('MAIL FROM:<later@example.org>').text == '451 4.7.1 Service unavailable - try again later'
            client.command('MAIL FROM:<a@example.org>', 250)
            assert client.command('RCPT TO:<no@example.net>').text == '550 5.7.1 100% no'
            assert client.command('RCPT TO:<lines@example.net>').text == '451-4.7.1 one\n451 4.7.1 two'
            client.command('RCPT TO:<x@example.net>', 250)
            for subject, body, answer in ((b'poison', b'x', '554 5.7.1 bad header'), (b'fine', b'a virus here', '451 4.7.1 Service unavailable - try again later')):
                client.command('DATA', 354)
                client.send(b'Subject: %s\r\n\r\n%s\r\n.\r\n' % (subject, body))
                assert client.reply().text == answer
                client.command('MAIL FROM:<a@example.org>', 250)
                client.command('RCPT TO:<x@example.net>', 250)
            client.command('RCPT TO:<drop@example.net>', 250)
            client.command('DATA', 354)
            client.send(b'Subject: nobody sees it\r\n\r\n.\r\n')
            assert client.reply().code == 250
            client.command('EHLO bad.example', 250)
            assert client.command('MAIL FROM:<a@example.org>').text == '550 5.7.1 Command rejected'
            assert client.command('VRFY <a@example.org>').text == '550 5.7.1 Command rejected'
        relay.wait_log('milter-discard')
        log = relay.log()
        assert 'NOQUEUE: milter-reject: MAIL from' in log and 'milter-reject: RCPT from' in log and 'to=<no@example.net>' in log, log
        assert 'milter-reject: END-OF-MESSAGE from' in log and '5.7.1 bad header; from=<a@example.org> to=<x@example.net> proto=ESMTP helo=<client.example>' in log, log
        assert 'milter-discard: RCPT from' in log and 'milter triggers DISCARD action; from=<a@example.org> to=<drop@example.net>' in log, log
        assert not sink.messages and 'Mail queue is empty' in relay.tool('mailq')


def test_each_milter_sees_what_the_ones_before_it_did():
    first = [('eom', '*', [('addheader', 'X-First', 'yes'), ('replacebody', b'other\r\n'), ('chgheader', 1, 'Subject', 'changed')])]
    with Sink() as sink, Milter(first) as one, Milter() as two, Relay(settings(sink, one, two)) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], MESSAGE)
        sink.wait(1)
        assert ['X-First', 'yes'] in two.events('header') and ['Subject', 'changed'] in two.events('header') and two.events('body') == [[b'other\r\n']], two.came
        assert one.events('body') == [[b'hello\r\n']], one.came


def test_milters_see_what_header_checks_left_and_aliases_come_last():
    with Sink() as sink, Milter([('eom', '*', [('addheader', 'X-Added', 'yes'), ('addrcpt', '<info@example.com>')])]) as milter:
        main = settings(sink, milter, header_checks='regexp:@folder@/checks', virtual_alias_maps='texthash:@folder@/virtual')
        checks = '/^X-Old:/ IGNORE\n/^Subject: (.*)/ REPLACE Subject: [$1]\n/^X-Added:/ IGNORE\n'
        with Relay(main, files={'checks': checks, 'virtual': 'info@example.com joe@example.net\n'}) as relay:
            with Client(relay.port) as client:
                client.message('a@example.org', ['x@example.net'], MESSAGE)
            message = sink.wait(1)[0]
    told = [event[0] for event in milter.events('header')]
    assert 'X-Old' not in told and ['Subject', '[original]'] in [[event[0], event[1].strip()] for event in milter.events('header')], milter.events('header')
    assert b'X-Old' not in message.header and b'Subject: [original]' in message.header and b'X-Added: yes' in message.header, message.header
    assert sorted(message.recipients) == ['joe@example.net', 'x@example.net'], message.recipients


CHECKED = """
/^X-Drop:/ IGNORE
/^X-Strip:/ STRIP gone
/^X-Old: 1/ REPLACE X-New: other
/^X-Tag:/ PREPEND X-Before: tag
/^X-Note:/ WARN seen
/^X-Hold:/ HOLD odd
/^X-Spam: yes/ REJECT 5.7.9 spam
/^X-Spam: maybe/ REJECT 4.7.9 later
/^X-Virus:/ DISCARD bad
/^X-Move:/ REDIRECT jail@example.net
/^X-Copy:/ BCC copy@example.net
/^X-Filter:/ FILTER smtp:[127.0.0.1]:%d
/^X-Old: 2/ REJECT of the client, which nobody asks about
"""


def checked(sink, *milters, **more):
    return Relay(settings(sink, *milters, milter_header_checks='regexp:@folder@/checks', **more), files={'checks': CHECKED % sink.port})


def test_milter_header_checks_look_at_what_milters_add_and_change():
    changes = [('addheader', 'X-Drop', 'a'), ('addheader', 'X-Strip', 'b'), ('chgheader', 1, 'X-Old', '1'), ('insheader', 1, 'X-Tag', 'c'), ('addheader', 'X-Note', 'd\n folded')]
    with Sink() as sink, Milter([('eom', '*', changes)]) as one, Milter() as two, checked(sink, one, two) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], MESSAGE)
        header = sink.wait(1)[0].header
        assert b'X-Drop' not in header and b'X-Strip' not in header and b'X-Old: 1' not in header and b'X-Old: 2' in header, header
        assert b'X-New: other\r\n' in header and b'\r\nX-Before: tag\r\nX-Tag: c\r\n' in header and header.endswith(b'X-Note: d\r\n folded'), header
        assert 'X-Drop' not in [name for name, _ in two.events('header')], two.events('header')
        for said in ('strip: header X-Strip: b', 'replace: header X-Old: 1', 'prepend: header X-Tag: c', 'warning: header X-Note: d'):
            relay.wait_log('milter-header-' + said + '.* from localhost.127.0.0.1.; from=<a@example.org> to=<x@example.net> proto=ESMTP helo=<')


def test_milter_header_checks_decide_about_the_message():
    with Sink() as sink, Milter() as one, Milter() as two, checked(sink, one, two) as relay, Client(relay.port) as client:
        def message(name, value, recipients=('x@example.net', 'y@example.net'), code=250):
            one.rules[:] = [('eom', '*', [('addheader', name, value)])]
            two.came.clear()
            return client.message('a@example.org', recipients, MESSAGE, code=code).text

        assert message('X-Spam', 'yes', code=550) == '550 5.7.9 spam'
        relay.wait_log('milter-header-reject: header X-Spam: yes from localhost.*: 5.7.9 spam')
        assert not two.events('eom'), two.came
        assert message('X-Spam', 'maybe', code=450) == '450 4.7.9 later'
        message('X-Virus', '1')
        assert not two.events('eom'), two.came
        relay.wait_log('milter-header-discard: header X-Virus: 1')
        message('X-Move', '1')
        assert two.events('eom')
        assert sink.wait(1)[0].recipients == ['jail@example.net']
        message('X-Copy', '1', ['x@example.net'])
        assert sorted(r for one in sink.wait(2)[1:] for r in one.recipients) == ['copy@example.net', 'x@example.net']
        message('X-Hold', '1')
        relay.wait_log('milter-header-hold: header X-Hold: 1')
        assert '!' in relay.tool('mailq')


def test_a_milter_header_check_that_cannot_answer_puts_the_message_off():
    with Sink() as sink, Milter([('eom', '*', [('addheader', 'X-A', 'b')])]) as milter:
        with Relay(settings(sink, milter, milter_header_checks='hash:@folder@/missing')) as relay, Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], MESSAGE, code=451)
            relay.wait_log('milter_header_checks map lookup problem -- message not accepted, try again later')


def test_quarantine_puts_the_message_on_hold():
    with Sink() as sink, Milter([('eom', '*', [('quarantine', 'looks odd'), ('addheader', 'X-Odd', 'yes')])]) as milter, Relay(settings(sink, milter)) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], MESSAGE)
        relay.wait_log('milter-hold: END-OF-MESSAGE from [^;]*: milter triggers HOLD action; from=<a@example.org> to=<x@example.net>')
        queue = relay.tool('mailq')
        assert '!' in queue and 'x@example.net' in queue, queue
        relay.tool('postsuper', '-H', 'ALL')
        relay.tool('postqueue', '-f')
        assert b'X-Odd: yes' in sink.wait(1)[0].header


def test_milters_that_want_little_are_asked_little():
    steps = 0x1 | 0x10 | SILENT['header'] | SILENT['mail'] | SILENT['eoh'] | 0x100000
    with Sink() as sink, Milter([('eom', '*', [('addheader', 'X-Space', '  two')])], steps=steps, macros=[(5, 'i {mail_addr}')]) as milter, Relay(settings(sink, milter)) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], MESSAGE)
        assert sink.wait(1)[0].header.endswith(b'\r\nX-Space:  two')
        assert 'connect' not in milter.names() and 'body' not in milter.names() and ['Subject', ' original'] in milter.events('header'), milter.came
        assert milter.macros_of('eom')['{mail_addr}'] == 'a@example.org', milter.macros_of('eom')


def test_body_skip_and_accept_end_the_questions():
    large = b'Subject: large\r\n\r\n' + (b'y' * 70 + b'\r\n') * 4000
    with Sink() as sink, Milter([('body', '*', 'skip')], steps=0x400) as skipping, Milter([('mail', '*', 'accept')]) as content:
        with Relay(settings(sink, skipping, content)) as relay, Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], large)
            client.message('b@example.org', ['x@example.net'], MESSAGE)
            sink.wait(2)
        assert len(skipping.events('body')) == 2 and skipping.names().count('eom') == 2, skipping.names()
        assert 'rcpt' not in content.names() and 'eom' not in content.names() and content.names().count('mail') == 2, content.names()


def test_a_large_message_passes_as_it_is():
    large = b'Subject: large\r\n\r\n' + b''.join(b'%07d' % i + b'z' * 60 + b'\r\n' for i in range(40000))
    with Sink() as sink, Milter([('eom', '*', [('addheader', 'X-Seen', 'yes')])]) as milter, Milter() as second, Relay(settings(sink, milter, second)) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], large)
        message = sink.wait(1)[0]
        body = large.split(b'\r\n\r\n', 1)[1]
        assert message.body == body and b'X-Seen: yes' in message.header
        for one in (milter, second):
            assert b''.join(part for (part,) in one.events('body')) == body
            assert max(len(part) for (part,) in one.events('body')) <= 65535


def test_older_protocols_have_fewer_events():
    for version, offer in (('2', (2, 0x3f, 0x7f)), ('3', (3, 0x3f, 0x17f)), ('4', (4, 0x3f, 0x37f))):
        with Sink() as sink, Milter([('eom', '*', [('addheader', 'X-V', version)])], version=int(version)) as milter, Relay(settings(sink, milter, milter_protocol=version)) as relay:
            with Client(relay.port) as client:
                client.command('NOSUCH', 500)
                client.message('a@example.org', ['x@example.net'], MESSAGE)
            assert b'X-V: ' + version.encode() in sink.wait(1)[0].header
            assert milter.offer == offer and ('data' in milter.names()) == (version == '4') and ('unknown' in milter.names()) == (version != '2'), (milter.offer, milter.names())


def test_the_default_action_of_a_milter_that_is_away():
    with Sink() as sink:
        away = 'inet:127.0.0.1:%d' % place.free_port()
        rows = {word: {'smtpd_milters': '{ %s, default_action=%s }' % (away, word)} for word in ('accept', 'reject', 'quarantine')}
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'smtpd_milters': away}, services=rows) as relay:
            with Client(relay.port) as client:
                assert client.command('MAIL FROM:<a@example.org>').text == '451 4.7.1 Service unavailable - try again later'
            with Client(relay.ports['reject']) as client:
                assert client.greeting.text == '554 relay.example.test ESMTP not accepting connections'
                assert client.command('MAIL FROM:<a@example.org>').text == '550 5.5.0 Service unavailable'
            with Client(relay.ports['accept']) as client:
                client.message('a@example.org', ['x@example.net'], MESSAGE)
            sink.wait(1)
            with Client(relay.ports['quarantine']) as client:
                client.message('a@example.org', ['held@example.net'], MESSAGE)
            relay.wait_log('warning: connect to Milter service %s: Connection refused' % away)
            relay.wait_log('warning: milter %s: mail goes on without it: the default action is "accept"' % away)
            relay.wait_log('milter-hold: DATA from [^;]*: milter triggers HOLD action; from=<a@example.org> to=<held@example.net>')
            assert 'held@example.net' in relay.tool('mailq') and len(sink.messages) == 1


def test_failures_are_warnings_and_the_default_action():
    cases = [([('rcpt', '*', 'close')], {}, "can't read SMFIC_RCPT reply packet header: lost connection"),
             ([('rcpt', '*', b'\0\0\0\1?')], {}, "SMFIC_RCPT reply: unexpected reply code"),
             ([('rcpt', '*', b'\xff\0\0\1?')], {}, 'SMFIC_RCPT reply: unreasonable packet length'),
             ([('rcpt', '*', 'reply 250 2.0.0 fine')], {}, 'SMFIC_RCPT reply: malformed reply: "250 2.0.0 fine"'),
             ([('rcpt', '*', 'reply 550-5.7.1 one\r\n450 4.7.1 other')], {}, 'SMFIC_RCPT reply: malformed reply'),
             ([('rcpt', '*', [('addheader', 'X', 'y')])], {}, 'unexpected change of the message in the reply to SMFIC_RCPT'),
             ([('rcpt', '*', 'hang')], {}, "can't read SMFIC_RCPT reply packet header: Connection timed out"),
             ([], {'negotiation': b'\0\0\0\5O\0\0\0\6'}, 'malformed SMFIC_OPTNEG reply'),
             ([], {'negotiation': b'220 mail.example ESMTP\r\n'}, 'unreasonable packet length'),
             ([], {'negotiation': b''}, "can't read SMFIC_OPTNEG reply packet header: lost connection"),
             ([], {'steps': 0x10000000}, 'wants actions 0x0 and protocol steps 0x10000000'),
             ([('helo', '*', 'discard')], {}, 'DISCARD action is not allowed for SMFIC_HELO')]
    with Sink() as sink:
        milters = [Milter(rules, **options) for rules, options, _ in cases]
        # Only who hangs is not waited for.
        patience = ['1s' if 'timed out' in warning else '60s' for _, _, warning in cases]
        rows = {'case%d' % i: {'smtpd_milters': '{ %s, command_timeout=%s }' % (milter.name, patience[i])} for i, milter in enumerate(milters)}
        rows['hanging'] = {'smtpd_milters': '{ %s, command_timeout=1s, default_action=accept }' % milters[6].name}
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}, services=rows) as relay:
            for i, milter in enumerate(milters):
                with Client(relay.ports['case%d' % i]) as client:
                    mailed = client.command('MAIL FROM:<a@example.org>')
                    refused = client.command('RCPT TO:<x@example.net>') if mailed.code == 250 else mailed
                    assert refused.text == '451 4.7.1 Service unavailable - try again later', (cases[i], refused)
                    # It failed once: it is not asked again in this session.
                    assert client.command('RCPT TO:<y@example.net>').code in (451, 503)
                milter.__exit__()
            with Client(relay.ports['hanging']) as client, Client(relay.port) as other:
                other.command('NOOP', 250)
                assert client.command('MAIL FROM:<a@example.org>').code == 250
            relay.wait_log('DISCARD action is not allowed')
            log = relay.log()
            for i, (_, _, warning) in enumerate(cases):
                assert 'warning: milter %s: ' % milters[i].name in log and warning in log, (cases[i], log)


def test_a_silent_milter_holds_nobody_else():
    with Sink() as sink, Milter([('eom', '*', 'hang')]) as slow:
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}, services={'slow': {'smtpd_milters': slow.name}}) as relay:
            with Client(relay.ports['slow']) as waiting:
                waiting.command('MAIL FROM:<a@example.org>', 250)
                waiting.command('RCPT TO:<x@example.net>', 250)
                waiting.command('DATA', 354)
                waiting.send(MESSAGE + b'.\r\n')
                slow.wait('eom')
                with Client(relay.port) as client:
                    client.message('b@example.org', ['y@example.net'], MESSAGE)
                assert sink.wait(1)[0].recipients == ['y@example.net']


def test_rows_and_clients_choose_their_milters():
    with Sink() as sink, Milter([('eom', '*', [('addheader', 'X-By', 'row')])]) as row, Milter([('eom', '*', [('addheader', 'X-By', 'map')])]) as mapped:
        folder = place.private_folder('milters')
        path = place.write(folder + '/clients', '127.0.0.7 DISABLE\n127.0.0.8 %s\n' % mapped.name)
        main = {'relayhost': '[127.0.0.1]:%d' % sink.port, 'smtpd_milters': row.name, 'mynetworks': '127.0.0.0/8', 'smtpd_milter_maps': 'texthash:' + path}
        with Relay(main, services={'plain': {'smtpd_milters': '', 'smtpd_milter_maps': ''}, 'back': {'receive_override_options': 'no_unknown_recipient_checks, no_milters'}}) as relay:
            got = {}
            for name, port, source in (('row', relay.port, '127.0.0.1'), ('none', relay.port, '127.0.0.7'), ('map', relay.port, '127.0.0.8'), ('plain', relay.ports['plain'], '127.0.0.1'),
                                       ('back', relay.ports['back'], '127.0.0.1')):
                with Client(port, source=source) as client:
                    client.message('a@example.org', [name + '@example.net'], MESSAGE)
            for message in sink.wait(5):
                got[message.recipients[0].split('@')[0]] = [line for line in message.header.split(b'\r\n') if line.startswith(b'X-By')]
            assert got == {'row': [b'X-By: row'], 'none': [], 'map': [b'X-By: map'], 'plain': [], 'back': []}, got


def test_local_mail_is_a_pretended_session():
    with Sink() as sink, Milter([('eom', '*', [('addheader', 'X-Signed', 'yes')]), ('rcpt', '<no@*', 'reject'), ('header', 'refuse*', 'reject')]) as milter:
        main = {'relayhost': '[127.0.0.1]:%d' % sink.port, 'non_smtpd_milters': milter.name}
        with Relay(main) as relay:
            relay.tool('sendmail', '-f', 'me@example.org', 'x@example.net', text='Subject: local\n\nhello\n')
            message = sink.wait(1)[0]
            assert b'X-Signed: yes' in message.header, message.header
            assert milter.events('connect')[0][0] == 'localhost' and milter.events('connect')[0][3] == '127.0.0.1' and milter.events('helo') == [['localhost']], milter.came
            assert milter.events('mail') == [['<me@example.org>']] and milter.events('rcpt') == [['<x@example.net>']] and 'i' in milter.macros_of('data'), milter.came
            with Client(relay.port) as client:
                client.message('a@example.org', ['y@example.net'], MESSAGE)
            assert b'X-Signed' not in sink.wait(2)[1].header


def test_milters_of_local_mail_are_those_of_the_row_named_cleanup():
    rows = 'pre-cleanup unix n - n - 0 cleanup\n  -o non_smtpd_milters=\ncleanup unix n - n - 0 cleanup\n  -o non_smtpd_milters=%s\n'
    with Sink() as sink, Milter([('eom', '*', [('addheader', 'X-Signed', 'yes')])]) as milter:
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}, master=rows % milter.name) as relay:
            relay.tool('sendmail', '-f', 'me@example.org', 'x@example.net', text='Subject: local\n\nhello\n')
            assert b'X-Signed: yes' in sink.wait(1)[0].header
            relay.tool('sendmail', '-bs', text='HELO me\r\nMAIL FROM:<me@example.org>\r\nRCPT TO:<y@example.net>\r\nDATA\r\nSubject: dialog\r\n\r\nhello\r\n.\r\nQUIT\r\n')
            assert b'X-Signed: yes' in sink.wait(2)[1].header


def test_encrypted_sessions_with_a_login_tell_their_macros():
    folder = place.private_folder('milters')
    cert, key = certificate.issue('mail.example.test', folder)
    hashed = subprocess.run(['openssl', 'passwd', '-6', 'secret'], capture_output=True, text=True, check=True).stdout
    place.write(folder + '/passwords', 'me:' + hashed)
    front = {'smtpd_tls_security_level': 'may', 'smtpd_tls_cert_file': cert, 'smtpd_tls_key_file': key, 'smtpd_sasl_auth_enable': 'yes', 'smtpd_sasl_type': 'file', 'smtpd_sasl_path': folder + '/passwords'}
    with Sink() as sink, Milter() as milter, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}, services={'front': dict(front, smtpd_milters=milter.name)}) as relay:
        with Client(relay.ports['front']) as client:
            client.command('STARTTLS', 220)
            client.encrypt()
            client.command('EHLO inside.example', 250)
            client.command('AUTH PLAIN ' + base64.b64encode(b'\0me\0secret').decode(), 235)
            # In two chunks, as one message.
            client.command('MAIL FROM:<a@example.org> AUTH=a@example.org', 250)
            client.command('RCPT TO:<x@example.net>', 250)
            client.send(b'BDAT 15\r\nSubject: one\r\n\r')
            assert client.reply().code == 250
            client.send(b'BDAT 8 LAST\r\n\nhello\r\n')
            assert 'queued as' in client.reply().text
        sink.wait(1)
        inside = next(macros for name, arguments, macros in milter.came if name == 'helo' and arguments == ['inside.example'])
        assert inside['{tls_version}'].startswith('TLSv1') and int(inside['{cipher_bits}']) >= 128 and inside['{cipher}'], inside
        mail = milter.macros_of('mail')
        assert mail['{auth_type}'] == 'PLAIN' and mail['{auth_authen}'].startswith('me') and mail['{auth_author}'] == 'a@example.org', mail
        assert milter.events('body') == [[b'hello\r\n']] and milter.names().count('data') == 1 and milter.connections == 1, milter.came


def test_another_client_behind_a_proxy_is_another_connection_to_milters():
    front = {'smtpd_authorized_xclient_hosts': '127.0.0.0/8', 'mynetworks': '127.0.0.0/8'}
    with Sink() as sink, Milter([('connect', '127.0.0.66', 'reject')]) as milter, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}, services={'front': dict(front, smtpd_milters=milter.name)}) as relay:
        with Client(relay.ports['front']) as client:
            assert client.command('XCLIENT NAME=evil.example ADDR=127.0.0.66').text == '554 relay.example.test ESMTP not accepting connections'
            assert client.command('EHLO evil.example').code == 250
            assert client.command('MAIL FROM:<a@example.org>').text == '550 5.7.1 Command rejected'
            assert client.command('XCLIENT NAME=good.example ADDR=127.0.0.67').code == 220
            client.command('EHLO good.example', 250)
            client.message('a@example.org', ['x@example.net'], MESSAGE)
        sink.wait(1)
        assert [arguments[0] for arguments in milter.events('connect')][1:] == ['evil.example', 'good.example'] and milter.names().count('quit') >= 1, milter.came


def test_local_mail_that_is_refused_for_now_waits_and_notices_pass_if_they_should():
    with Sink(replies={'RCPT TO:<gone@': '550 5.1.1 gone'}) as sink, Milter([('eom', '*', [('addheader', 'X-Signed', 'yes')])]) as milter:
        rules = milter.rules
        milter.rules = [('header', 'later', 'tempfail'), ('header', 'never', 'reply 550 5.7.1 never this'), ('rcpt', '<no@*', 'reject')] + rules
        main = {'relayhost': '[127.0.0.1]:%d' % sink.port, 'non_smtpd_milters': milter.name, 'internal_mail_filter_classes': 'bounce'}
        with Relay(main) as relay:
            for subject, recipient in (('later', 'x'), ('never', 'y'), ('fine', 'no')):
                relay.tool('sendmail', '-f', 'me@example.org', recipient + '@example.net', text='Subject: %s\n\nhello\n' % subject)  # later: maildrop
            relay.wait_log('milter-reject: END-OF-MESSAGE from localhost.127.0.0.1.: 4.7.1 Service unavailable - try again later; from=<me@example.org> to=<x@example.net>')
            relay.wait_log('milter-reject: END-OF-MESSAGE from localhost.127.0.0.1.: 5.7.1 never this')
            relay.wait_log("warning: [0-9A-F]*: milter configuration error: can't reject recipient in non-smtpd.8. submission")
            relay.wait_log('milter-reject: RCPT from localhost.127.0.0.1.: 4.3.5 Server configuration error')
            (returned,) = sink.wait(1)  # never
            assert returned.recipients == ['me@example.org'] and b'<y@example.net>: never this' in returned.data and b'Subject: never' in returned.body, returned.data
            relay.tool('sendmail', '-f', 'me@example.org', 'gone@example.net', text='Subject: bounces\n\nhello\n')
            notice = sink.wait(2)[1]
            assert notice.mail.startswith('MAIL FROM:<>') and b'X-Signed: yes' in notice.header, notice.data
            session = relay.tool('sendmail', '-bs', text='EHLO me\r\nMAIL FROM:<me@example.org>\r\nRCPT TO:<z@example.net>\r\nDATA\r\nSubject: by -bs\r\n\r\nhello\r\n.\r\nQUIT\r\n')
            assert 'queued as' in session and b'X-Signed: yes' in sink.wait(3)[2].header, session
