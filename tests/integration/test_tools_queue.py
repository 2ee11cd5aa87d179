"""The tools that hand mail in, show the queue and change it: with the server up, down, and started again."""
import json
import os
import pwd
import subprocess
import time

from kit import place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

MESSAGE = 'Subject: kept\n\nhello\n'


def queue(relay):
    return [json.loads(line) for line in relay.tool('postqueue', '-j').splitlines()]


def run(relay, *command, text=None):
    """Exit status, standard output and standard error together."""
    done = subprocess.run([os.path.join(place.BIN, command[0]), *command[1:]], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=60, env=dict(os.environ, MAIL_CONFIG=relay.folder))
    return done.returncode, done.stdout


def fill(relay, count):
    with Client(relay.port) as client:
        for number in range(count):
            client.message('a@example.org', ['x%d@example.net' % number], b'Subject: t\r\n\r\nhello\r\n')
    relay.wait_log('status=deferred', count)


def nowhere():
    return {'relayhost': '[127.0.0.1]:%d' % place.free_port()}


def test_local_mail_says_who_sent_it():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay:
        relay.tool('sendmail', '-f', 'me@example.org', '-F', 'My Name', 'x@example.net', text=MESSAGE)
        message = sink.wait(1)[0]
        header = message.header.decode()
        assert 'Received: by relay.example.test (Postfix, from userid %d)\r\n\tid ' % os.getuid() in header, header
        assert 'From: My Name <me@example.org>' in header, header
        relay.wait_log(r'postfix/pickup\[\d+\]: [0-9A-F]+: uid=%d from=<me@example.org>' % os.getuid())


def test_mail_handed_in_while_the_server_is_down_is_sent_after_the_next_start():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay:
        relay.stop()
        relay.tool('sendmail', '-i', '-t', text='To: x@example.net\nBcc: y@example.net\nSubject: kept\n\n.\nhello\n')
        shown = queue(relay)
        assert [m['queue_name'] for m in shown] == ['maildrop'], shown
        relay.start()
        message = sink.wait(1)[0]
        assert sorted(message.recipients) == ['x@example.net', 'y@example.net']
        assert message.body == b'.\r\nhello\r\n' and b'Bcc' not in message.header, message.data
        relay.wait_log(': removed')
        assert queue(relay) == []


def test_mail_left_in_maildrop_can_be_deleted():
    with Relay() as relay:
        relay.stop()
        relay.tool('sendmail', 'x@example.net', text=MESSAGE)
        assert 'Deleted: 1 message' in run(relay, 'postsuper', '-d', 'ALL')[1]
        assert queue(relay) == []


def test_mail_left_in_maildrop_can_be_read():
    relay = Relay()
    relay.tool('sendmail', '-f', 'a@example.test', 'b@example.test', text='Subject: waiting\n\nbody line\n')
    queue_id = json.loads(relay.tool('postqueue', '-j'))['queue_id']
    shown = relay.tool('postcat', '-q', queue_id)
    assert '*** ENVELOPE RECORDS maildrop/%s ***' % queue_id in shown and 'sender: a@example.test' in shown, shown
    assert 'recipient: b@example.test' in shown and 'Subject: waiting\n' in shown and '\nbody line\n' in shown, shown
    assert relay.tool('postcat', '-b', '-q', queue_id) == '\nbody line\n'
    path = relay.folder + '/queue/maildrop/' + queue_id
    assert relay.tool('postcat', path) == shown.replace('maildrop/' + queue_id, path)
    header = relay.tool('postcat', '-h', text=open(path, newline='').read())
    assert 'Subject: waiting\n' in header and 'body' not in header, header
    status, said = run(relay, 'postcat', relay.folder + '/main.cf')
    assert status == 0 and said == 'postcat: warning: %s/main.cf: input is not a valid queue file\n' % relay.folder, said


def test_postcat_shows_what_the_envelope_says():
    with Relay(nowhere()) as relay:
        with Client(relay.port) as client:
            client.command('EHLO app.example', 250)
            client.command('MAIL FROM:<a@example.org> RET=HDRS ENVID=e1', 250)
            client.command('RCPT TO:<x@example.net> NOTIFY=FAILURE,DELAY', 250)
            client.command('DATA', 354)
            client.command('Subject: t\r\n\r\nhello\r\n.', 250)
        relay.wait_log('status=deferred')
        queue_id = queue(relay)[0]['queue_id']
        online = relay.tool('postcat', '-od', '-q', queue_id)
        for line in ('named_attribute: envelope_id=e1', 'named_attribute: ret_flags=2', 'sender: a@example.org', 'named_attribute: log_client_address=127.0.0.1',
                     'named_attribute: log_helo_name=app.example', 'named_attribute: notify_flags=12', 'recipient: x@example.net', 'Subject: t'):
            assert line + '\n' in online, (line, online)
        begin = online.split('MESSAGE CONTENTS')[1].splitlines()[1].split()[0]
        assert online.splitlines()[1].split()[4] == begin, online  # message_size says where the content begins
        assert relay.tool('postcat', '-s', begin, '-b', '-h', '-q', queue_id).startswith('Received: ')
        relay.stop()
        assert relay.tool('postcat', '-od', '-q', queue_id) == online
        for words, reason in ((['-q', 'a/b'], 'bad mail queue ID: a/b'), (['-q', 'ABC'], 'open queue file ABC: No such file or directory'),
                              (['none'], 'open none: No such file or directory'), (['-s', 'x', 'y'], 'bad offset: x')):
            assert run(relay, 'postcat', *words) == (1, 'postcat: fatal: %s\n' % reason), words


def test_postsuper_and_postqueue_say_what_is_wrong_as_postfix_does():
    with Relay(nowhere()) as relay:
        fill(relay, 1)
        queue_id = queue(relay)[0]['queue_id']
        for _ in ('while the server is up', 'and while it is down'):
            assert run(relay, 'postsuper', '-d', 'a/b', '-h', 'ABC') == (0, 'postsuper: warning: invalid mail queue id: a/b\npostsuper: Deleted: 0 messages\n'
                                                                         'postsuper: Placed on hold: 0 messages\n')
            assert run(relay, 'postsuper', '-h', '-', text='%s\n\nABC\n' % queue_id)[1].endswith('postsuper: Placed on hold: 1 message\n')
            assert run(relay, 'postsuper', '-f', 'ALL', 'hold')[1].endswith('postsuper: Force-expired: 1 message\npostsuper: Released from hold: 1 message\n')
            for words, reason in ((['-d', 'ALL', 'foo'], 'invalid directory name: foo'), (['-c', 'x', '-d', 'ALL'], '-c requires absolute pathname')):
                assert run(relay, 'postsuper', *words) == (1, 'postsuper: fatal: %s\n' % reason), words
            assert run(relay, 'postsuper') == (0, '')
            for words, reason in ((['-i', 'A/b'], 'Cannot flush queue ID - invalid name: "A/b"'), (['-s', '[1.2.3]'], 'Cannot flush mail queue - invalid destination: "[1.2.3]"')):
                assert run(relay, 'postqueue', *words) == (69, 'postqueue: fatal: %s\n' % reason), words
            assert run(relay, 'postqueue', '-p', '-j')[0] == 69
            relay.stop()
        assert run(relay, 'postqueue', '-f') == (69, 'postqueue: fatal: Cannot flush mail queue - mail system is down\n')


def test_unfinished_files_of_a_crash_are_purged_after_a_week():
    with Relay() as relay:
        folder = relay.folder + '/queue/maildrop/'
        for name in ('tmp.old', 'tmp.new', 'other'):
            place.write(folder + name, 'x')
        for name in ('tmp.old', 'other'):
            os.utime(folder + name, (0, 0))
        assert run(relay, 'postsuper', '-p') == (0, '')
        assert not os.path.exists(folder + 'tmp.old') and os.path.exists(folder + 'tmp.new')
        # pickup may have found out meanwhile that it is no submission
        assert os.path.exists(folder + 'other') or os.path.exists(relay.folder + '/queue/corrupt/other')


def test_the_queue_is_shown_while_the_server_is_down():
    with Relay(nowhere()) as relay:
        fill(relay, 3)
        online = queue(relay)
        content = relay.tool('postcat', '-q', online[0]['queue_id'])
        relay.stop()
        assert queue(relay) == online
        assert relay.tool('postcat', '-q', online[0]['queue_id']) == content
        assert '3 Requests.' in relay.tool('mailq')


def test_the_queue_is_changed_while_the_server_is_down():
    with Relay(nowhere()) as relay:
        fill(relay, 4)
        ids = [m['queue_id'] for m in queue(relay)]
        relay.stop()
        assert 'Placed on hold: 4 messages' in run(relay, 'postsuper', '-h', 'ALL')[1]
        assert 'Released from hold: 1 message' in run(relay, 'postsuper', '-H', ids[3])[1]
        assert 'Deleted: 1 message' in run(relay, 'postsuper', '-d', ids[0])[1]
        assert 'Deleted: 0 messages' in run(relay, 'postsuper', '-d', ids[0])[1]
        relay.wait_log(r'postfix/postsuper\[\d+\]: %s: removed' % ids[0])
        relay.start()
        relay.wait_log(ids[3] + ': to=<x3@example.net>.*status=deferred', 2)
        # The log is a moment ahead of the queue.
        place.wait_until(lambda: {m['queue_id']: m['queue_name'] for m in queue(relay)} == {ids[1]: 'hold', ids[2]: 'hold', ids[3]: 'deferred'}, 'the queue is as it was left')


def test_the_queue_is_not_changed_behind_a_running_server():
    with Relay(nowhere()) as relay:
        fill(relay, 1)
        os.rename(relay.folder + '/queue/private/posthouse', relay.folder + '/queue/private/away')
        status, said = run(relay, 'postsuper', '-d', 'ALL')
        assert status != 0 and 'already running' in said, said
        os.rename(relay.folder + '/queue/private/away', relay.folder + '/queue/private/posthouse')
        assert len(queue(relay)) == 1


def test_a_thousand_messages_are_held_released_and_deleted_at_once():
    with Relay(nowhere()) as relay:
        with Client(relay.port) as client:
            for number in range(1000):
                client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
        relay.wait_log('status=deferred', 1000)
        for option, said in (('-h', 'Placed on hold'), ('-H', 'Released from hold'), ('-d', 'Deleted')):
            began = time.monotonic()
            assert '%s: 1000 messages' % said in run(relay, 'postsuper', option, 'ALL')[1]
            assert time.monotonic() - began < 20, 'postsuper %s took %.1f s' % (option, time.monotonic() - began)
        assert queue(relay) == []


def test_sendmail_takes_recipients_from_the_header_and_from_the_command_line():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay:
        relay.tool('sendmail', '-t', 'x@example.net', text='To: y@example.net\n\nhello\n')
        assert sorted(sink.wait(1)[0].recipients) == ['x@example.net', 'y@example.net']


def test_sendmail_says_what_is_wrong_as_postfix_does():
    with Relay({'message_size_limit': '100000', 'alias_database': ''}) as relay:
        me = 'sendmail: fatal: %s(%d): ' % (pwd.getpwuid(os.getuid()).pw_name, os.getuid())
        for words, said in (([], me + 'Recipient addresses must be specified on the command line or via the -t option'),
                            (['-t'], me + 'No recipient addresses found in message header'),
                            (['-Z'], "sendmail: invalid option -- 'Z'\nsendmail: fatal: usage: sendmail [options]"),
                            (['-bz'], 'sendmail: fatal: unsupported: -bz'), (['-bp', 'x'], 'sendmail: fatal: display queue mode requires no recipient'),
                            (['-qI'], 'sendmail: fatal: specify: -qIqueueid'), (['-qSx'], 'sendmail: fatal: -qS is not implemented'),
                            (['-B', 'x', 'y'], 'sendmail: fatal: -B option needs 8BITMIME or 7BIT')):
            assert run(relay, 'sendmail', *words, text='Subject: x\n\nb\n') == (75, said + '\n'), words
        status, said = run(relay, 'sendmail', 'x@example.net', text='x' * 100001)
        assert (status, said) == (75, me + 'message file too big\n'), said
        assert run(relay, 'sendmail', '-q30m') == (0, '') and run(relay, 'sendmail', '-bi') == (0, '')
        assert run(relay, 'sendmail', '-qIA/b') == (69, 'postqueue: fatal: Cannot flush queue ID - invalid name: "A/b"\n')


def test_sendmail_does_not_complete_the_header_of_mail_that_passes_a_gateway():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay:
        relay.tool('sendmail', '-G', 'x@example.net', text='From: a@example.org\n\nhello\n')
        relay.stop()
        relay.tool('sendmail', '-G', 'x@example.net', text='From: a@example.org\n\nhello\n')
        relay.tool('sendmail', 'x@example.net', text='From: a@example.org\n\nhello\n')
        relay.start()
        with_id = [b'Message-Id' in message.header for message in sink.wait(3)]
        assert sorted(with_id) == [False, False, True], with_id


def test_newaliases_makes_the_database_that_is_named():
    with Relay() as relay:
        place.write(relay.folder + '/other', 'me: you\n')
        relay.tool('newaliases', '-oAhash:%s/other' % relay.folder)
        assert relay.tool('postalias', '-q', 'me', 'hash:%s/other' % relay.folder) == 'you\n'


def test_bounces_have_the_texts_of_bounce_template_file():
    with Sink() as sink:
        with Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'transport_maps': 'inline:{{gone@example.net=error:5.1.1 no such user}}',
                    'bounce_template_file': '$config_directory/texts'}) as relay:
            template = 'failure_template = <<END\nFrom: Post Office <post>\nSubject: Sorry\n\nHost $myhostname could not\nEND\n'
            place.write(relay.folder + '/texts', template)
            assert 'expanded_failure_text = <<EOF\nHost relay.example.test could not\nEOF\n' in relay.tool('postconf', '-b')
            relay.tool('postfix', 'reload')
            relay.tool('sendmail', '-f', 'me@example.org', 'gone@example.net', text=MESSAGE)
            bounce = sink.wait(1)[0]
            assert b'Subject: Sorry\r\n' in bounce.header and b'From: Post Office <post@' in bounce.header, bounce.header
            assert b'\r\n\r\nHost relay.example.test could not\r\n\r\n<gone@example.net>: ' in bounce.data, bounce.data


def test_sendmail_speaks_smtp_on_standard_input():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'smtpd_tls_security_level': 'encrypt',
                                'smtpd_recipient_restrictions': 'reject'}) as relay:
        dialog = 'EHLO me\r\nMAIL FROM:<s@example.org>\r\nRCPT TO:<x@example.net>\r\nDATA\r\nSubject: bs\r\n\r\nhello\r\n.\r\nQUIT\r\n'
        said = relay.tool('sendmail', '-bs', text=dialog)
        assert '250 2.0.0 Ok: queued as' in said and said.splitlines()[-1].startswith('221'), said
        message = sink.wait(1)[0]
        assert b'Received: from me (localhost [127.0.0.1])' in message.header, message.header
        relay.stop()
        status, said = run(relay, 'sendmail', '-bs', text=dialog)
        assert status == 75 and said.startswith('421 '), said


def test_mail_for_a_deferred_transport_waits_until_it_is_flushed():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'defer_transports': 'smtp'}) as relay:
        for name in 'xyz':
            relay.tool('sendmail', name + '@example.net', text=MESSAGE)
        relay.wait_log(r'dsn=4.3.2, status=deferred \(deferred transport\)', 3)
        # The log is a moment ahead of the queue.
        place.wait_until(lambda: {m['queue_name'] for m in queue(relay)} == {'deferred'}, 'all mail is deferred')
        ids = {m['recipients'][0]['address']: m['queue_id'] for m in queue(relay)}
        relay.tool('postqueue', '-i', ids['y@example.net'])
        assert sink.wait(1)[0].recipients == ['y@example.net']
        relay.tool('postqueue', '-f')
        sink.wait(3)


def test_held_mail_that_is_released_is_deferred():
    with Relay(nowhere()) as relay:
        fill(relay, 1)
        relay.tool('postsuper', '-h', 'ALL')
        relay.tool('postsuper', '-H', 'ALL')
        assert [m['queue_name'] for m in queue(relay)] == ['deferred']
        assert 'Requeued: 1 message' in run(relay, 'postsuper', '-r', 'ALL', 'deferred')[1]
        relay.wait_log('status=deferred', 2)


def test_expired_mail_goes_back_to_the_sender_with_the_next_failure():
    with Relay(nowhere()) as relay:
        fill(relay, 2)
        first, second = sorted(m['queue_id'] for m in queue(relay))
        relay.tool('postsuper', '-h', second)
        assert 'Force-expired: 1 message' in run(relay, 'postsuper', '-e', first)[1]
        assert 'Force-expired: 1 message' in run(relay, 'postsuper', '-e', second)[1]
        assert {(m['queue_id'], m['queue_name'], m['forced_expire']) for m in queue(relay)} == {(first, 'deferred', True), (second, 'hold', True)}
        relay.wait_log('postsuper.*%s: expired' % first)
        relay.tool('postqueue', '-f')
        relay.wait_log('%s: .*status=expired, returned to sender' % first)
        assert 'Force-expired: 1 message' in run(relay, 'postsuper', '-f', second)[1]
        relay.tool('postqueue', '-f')
        relay.wait_log('%s: .*status=expired, returned to sender' % second)


def test_mail_is_expired_while_the_server_is_down():
    with Relay(nowhere()) as relay:
        fill(relay, 1)
        relay.stop()
        assert 'Force-expired: 1 message' in run(relay, 'postsuper', '-e', 'ALL', 'deferred')[1]
        assert [(m['queue_name'], m['forced_expire']) for m in queue(relay)] == [('deferred', True)]
        relay.start()
        relay.tool('postqueue', '-f')
        relay.wait_log('status=expired, returned to sender')


def test_mail_in_the_queue_is_readable_by_its_owner_only():
    with Relay(nowhere()) as relay:
        fill(relay, 1)
        for name in os.listdir(relay.folder + '/queue'):
            if name.startswith('spool'):
                assert os.stat(relay.folder + '/queue/' + name).st_mode & 0o077 == 0, name
        assert os.stat(relay.folder + '/queue/maildrop').st_mode & 0o777 == 0o730
