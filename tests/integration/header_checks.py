"""header_checks(5) where the dialogs do not reach: big messages in many blocks, BDAT, local mail, -o of the cleanup row, a reload."""
import os
import subprocess

from kit import place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

BIG = ''.join('%06d %s\r\n' % (i, 'secret' if i % 1000 == 7 else 'x' * 90) for i in range(30000))


def relay_to(sink, main=None, tables=None, rows=()):
    relay = Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'message_size_limit': '10000000', **(main or {})}, files=tables)
    with open(relay.folder + '/master.cf', encoding='ascii') as file:
        master = file.read()
    for row, override in rows:
        assert row in master, row
        master = master.replace(row, row + '  -o %s\n' % relay.fill(override))
    with open(relay.folder + '/master.cf', 'w', encoding='ascii') as file:
        file.write(master)
    return relay


def test_a_big_message_loses_what_it_should_and_nothing_else():
    tables = {'in': '/^[0-9]+7 secret/ IGNORE\n', 'out': '/^X-Inside/ IGNORE\n', 'body_out': '/^000001 x/ REPLACE shortened\n'}
    main = {'body_checks': 'regexp:@folder@/in', 'body_checks_size_limit': '0', 'smtp_header_checks': 'regexp:@folder@/out', 'smtp_body_checks': 'regexp:@folder@/body_out'}
    with Sink() as sink, relay_to(sink, main, tables) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], ('X-Inside: 1\r\nSubject: big\r\n\r\n' + BIG).encode())
        message = sink.wait(1)[0]
    wanted = ''.join(line for line in BIG.splitlines(True) if 'secret' not in line).replace('000001 ' + 'x' * 90, 'shortened')
    assert message.body == wanted.encode(), len(message.body)
    assert b'X-Inside' not in message.data and b'Subject: big' in message.data


def test_the_length_of_a_chunk_is_that_of_what_is_sent():
    tables = {'out': '/^X-Inside/ IGNORE\n/^X-Long: (.*)/ REPLACE X-Short: $1\n', 'body_out': '/^(.*)$/ PREPEND > $1\n'}
    main = {'smtp_header_checks': 'regexp:@folder@/out', 'smtp_body_checks': 'regexp:@folder@/body_out'}
    with Sink(extensions=('PIPELINING', 'CHUNKING')) as sink, relay_to(sink, main, tables) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], b'X-Inside: 1\r\nX-Long: 1\r\n\r\n.one\r\ntwo\r\n')
            client.message('a@example.org', ['x@example.net'], ('X-Long: 2\r\n\r\n' + 'y' * 500 + '\r\n').encode() + (b'z' * 500 + b'\r\n') * 100)
        first, second = sorted(sink.wait(2), key=lambda message: len(message.data))
    assert first.body == b'> .one\r\n.one\r\n> two\r\ntwo\r\n' and b'X-Short: 1\r\n' in first.data and b'X-Inside' not in first.data, first.data
    assert second.body == b'> ' + b'y' * 500 + b'\r\n' + b'y' * 500 + b'\r\n' + (b'> ' + b'z' * 500 + b'\r\n' + b'z' * 500 + b'\r\n') * 100


def test_local_mail_is_checked_unless_the_pickup_row_spares_it():
    rule = {'checks': '/^Subject: local/ REPLACE Subject: seen\n'}
    spared = [('pickup unix n - n 60 1 pickup\n', 'receive_override_options=no_header_body_checks')]
    for rows, subject in (([], b'Subject: seen'), (spared, b'Subject: local')):
        with Sink() as sink, relay_to(sink, {'header_checks': 'regexp:@folder@/checks'}, rule, rows) as relay:
            relay.tool('sendmail', '-f', 'a@example.org', 'x@example.net', text='Subject: local\n\nhello\n')
            assert subject in sink.wait(1)[0].data, sink.wait(1)[0].data
            if not rows:
                relay.wait_log(r'cleanup\[\d+\]: \w+: replace: header Subject: local from local; from=<a@example.org> to=<x@example.net>: Subject: seen')


def test_local_mail_that_is_refused_for_good_goes_back_to_its_sender():
    rules = {'checks': '/^Subject: never/ REJECT 5.7.42 no such subjects\n', 'body': '/^never/ REJECT\n'}
    main = {'header_checks': 'regexp:@folder@/checks', 'body_checks': 'regexp:@folder@/body'}
    with Sink() as sink, relay_to(sink, main, rules) as relay:
        relay.tool('sendmail', '-f', 'me@example.org', 'x@example.net', 'y@example.net', text='Subject: never\n\nhello\n')
        notice = sink.wait(1)[0]
        assert notice.mail.startswith('MAIL FROM:<>') and notice.recipients == ['me@example.org'], (notice.mail, notice.recipients)
        for wanted in (b'<x@example.net>: no such subjects', b'<y@example.net>: no such subjects', b'Status: 5.7.42', b'Action: failed', b'Subject: never\r\n', b'\r\nhello\r\n'):
            assert wanted in notice.data, notice.data.decode()
        (line,) = relay.wait_log(r'cleanup\[\d+\]: \w+: reject: header Subject: never from local; from=<me@example.org> to=<y@example.net>: 5.7.42 no such subjects')
        queue_id = line.split()[line.split().index('reject:') - 1].rstrip(':')
        relay.wait_log(r'cleanup\[\d+\]: %s: to=<x@example.net>, relay=none, delay=\S+, delays=\S+, dsn=5.7.42, status=bounced \(no such subjects\)' % queue_id)
        relay.wait_log(r'bounce\[\d+\]: %s: sender non-delivery notification: \w+' % queue_id)
        # Of one that cannot be told its program is.
        refused = subprocess.run([os.path.join(place.BIN, 'sendmail'), '-f', '<>', 'x@example.net'], input='Subject: never\n\nhello\n', capture_output=True, text=True, timeout=60,
                                 env={**os.environ, 'MAIL_CONFIG': relay.folder}, check=False)
        assert refused.returncode != 0 and 'no such subjects' in refused.stderr, refused
        # What was left while nobody was there.
        relay.stop()
        relay.tool('sendmail', '-f', 'me@example.org', 'x@example.net', text='Subject: late\n\nnever\n')
        relay.tool('sendmail', '-f', '<>', 'x@example.net', text='Subject: late\n\nnever\n')
        assert len(os.listdir(relay.folder + '/queue/maildrop')) == 2
        relay.start()
        notice = sink.wait(2)[1]
        assert b'message content rejected' in notice.data and b'\r\nnever\r\n' in notice.data, notice.data.decode()
        relay.wait_log(r'pickup\[\d+\]: warning: maildrop/\w+: 5.7.1 message content rejected: moved to corrupt/\w+')
        assert len(os.listdir(relay.folder + '/queue/corrupt')) == 1 and not os.listdir(relay.folder + '/queue/maildrop')


def test_o_of_the_cleanup_row_counts_and_a_reload_brings_new_rules():
    rows = [('cleanup unix n - n - 0 cleanup\n', 'header_checks=regexp:@folder@/checks')]
    with Sink() as sink, relay_to(sink, {}, {'checks': '/^Subject: first/ REJECT no\n'}, rows) as relay:
        with Client(relay.port) as client:
            for line, code in (('EHLO c.example', 250), ('MAIL FROM:<a@example.org>', 250), ('RCPT TO:<x@example.net>', 250), ('DATA', 354), ('Subject: first\r\n\r\n.', 550)):
                client.command(line, code)
            with open(relay.folder + '/checks', 'w', encoding='ascii') as file:
                file.write('/^Subject: first/ IGNORE\n')
            relay.tool('postfix', 'reload')
            client.message('a@example.org', ['x@example.net'], b'Subject: first\r\n\r\nhello\r\n')
        assert b'Subject' not in sink.wait(1)[0].data
