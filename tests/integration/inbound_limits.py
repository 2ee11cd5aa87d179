"""What guides say of limits and abuse, of replies to odd commands and of the tools an administrator types, one test a statement: replies and log lines letter for letter."""
import os
import re
import shutil
import socket
import subprocess
import time

from integration.server_tls import Certificates
from kit import place
from kit.client import Client
from kit.passwords import SETTINGS, password_file
from kit.relay import Relay
from kit.sink import Sink

TEXT = b'Subject: t\r\n\r\nhello\r\n'
PLAIN = {'smtpd_peername_lookup': 'no', 'smtpd_client_event_limit_exceptions': ''}


def rest(client):
    """What comes until the server closes."""
    text = client.pending
    while True:
        got = client.socket.recv(65536)
        if not got:
            return text.decode()
        text += got


def onward(sink, **main):
    return Relay(dict(PLAIN, relayhost='[127.0.0.1]:%d' % sink.port, **main))


def test_message_size_limit_is_told_and_kept():
    with Relay(dict(PLAIN, message_size_limit='10000', mailbox_size_limit='0')) as relay, Client(relay.port) as client:
        assert '250-SIZE 10000' in client.hello.lines
        assert client.command('MAIL FROM:<a@example.org> SIZE=10001').text == '552 5.3.4 Message size exceeds fixed limit'
        relay.wait_log(r'NOQUEUE: reject: MAIL from unknown\[127.0.0.1\]: 552 5.3.4 Message size exceeds fixed limit; from=<a@example.org> proto=ESMTP helo=<client.example>')
        client.command('MAIL FROM:<a@example.org>', 250)
        client.command('RCPT TO:<x@example.net>', 250)
        client.command('DATA', 354)
        client.send(b'Subject: t\r\n\r\n' + b'0123456789\r\n' * 1000 + b'.\r\n')
        assert client.reply().text == '552 5.3.4 Error: message file too big'


def test_soft_and_hard_error_limits_with_the_sleep_time_of_a_guide():
    errors = dict(PLAIN, smtpd_error_sleep_time='1', smtpd_soft_error_limit='10', smtpd_hard_error_limit='20')
    with Relay(dict(errors, smtpd_soft_error_limit='18')) as relay, Client(relay.port) as client:
        for _ in range(18):
            assert client.command('NONSENSE').text == '500 5.5.2 Error: command not recognized'
        began = time.monotonic()
        client.command('NONSENSE')
        assert time.monotonic() - began >= 1  # smtpd_error_sleep_time, never less
        client.command('NONSENSE')
        assert client.command('NOOP').text == '421 4.7.0 relay.example.test Error: too many errors'
        assert rest(client) == ''
        relay.wait_log(r'too many errors after \S+ from unknown\[127.0.0.1\]$')


def test_maxproc_bounds_the_sessions_of_a_service_and_others_wait():
    port = place.free_port()
    with Relay(PLAIN, master='%d inet n - n - 1 smtpd\n' % port) as relay:
        with Client(port) as first:
            second = Client(port, greet=False)
            first.command('NOOP', 250)
            relay.wait_log('all server ports busy|the limit of 1|has reached its process limit')
            first.command('QUIT', 221)
        assert second.reply().code == 220
        second.command('QUIT', 221)


def test_anvil_refuses_too_many_connections_messages_and_recipients():
    with Relay(dict(PLAIN, smtpd_client_connection_count_limit='1', anvil_status_update_time='1s')) as relay, Client(relay.port), Client(relay.port, greet=False) as second:
        assert second.reply().text == '421 4.7.0 relay.example.test Error: too many connections from 127.0.0.1'
        relay.wait_log(r'warning: Connection concurrency limit exceeded: 2 from unknown\[127.0.0.1\] for service ')
        relay.wait_log(r'postfix/anvil\[\d+\]: statistics: max connection rate \d/60s for \(\S+:127.0.0.\d+\) at ')
    with Relay(dict(PLAIN, smtpd_client_message_rate_limit='1')) as relay:
        with Client(relay.port) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RSET', 250)
            assert client.command('MAIL FROM:<a@example.org>').text == '450 4.7.1 Error: too much mail from 127.0.0.1'
        with Client(relay.port, source='127.0.0.2') as other:
            other.command('MAIL FROM:<a@example.org>', 250)
    with Relay(dict(PLAIN, smtpd_client_recipient_rate_limit='2')) as relay, Client(relay.port) as client:
        client.command('MAIL FROM:<a@example.org>', 250)
        client.command('RCPT TO:<x@example.net>', 250)
        client.command('RCPT TO:<y@example.net>', 250)
        assert client.command('RCPT TO:<z@example.net>').text == '450 4.7.1 Error: too many recipients from 127.0.0.1'


def test_mynetworks_are_excepted_and_rates_are_off_by_default():
    with Relay({'smtpd_client_message_rate_limit': '1', 'smtpd_client_connection_count_limit': '1'}) as relay, Client(relay.port) as client, Client(relay.port) as other:
        for _ in range(3):
            client.command('MAIL FROM:<a@example.org>', 250)
            client.command('RSET', 250)
        other.command('NOOP', 250)
        assert relay.tool('postconf', '-dh', 'smtpd_client_connection_count_limit', 'smtpd_client_connection_rate_limit').split() == ['50', '0']


def test_http_on_the_mail_port_ends_at_once():
    with Relay(PLAIN) as relay, Client(relay.port, greet=False) as client:
        client.reply()
        client.send(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        assert rest(client) == '221 2.7.0 Error: I can break rules, too. Goodbye.\r\n'
        relay.wait_log(r'warning: non-SMTP command from unknown\[127.0.0.1\]: GET / HTTP/1.1$')


def test_smuggling_by_a_bare_lf_does_not_end_the_data():
    with Sink() as sink, onward(sink) as relay, Client(relay.port) as client:
        client.command('MAIL FROM:<a@example.org>', 250)
        client.command('RCPT TO:<x@example.net>', 250)
        client.command('DATA', 354)
        client.send(b'Subject: t\r\n\r\nhello\n.\r\nMAIL FROM:<smuggled@example.org>\r\n.\r\n')
        assert client.reply().code == 250
        client.command('QUIT', 221)
        assert len(sink.wait(1)) == 1 and b'smuggled' in sink.messages[0].body
    assert 'smuggled' not in relay.log()


def test_pipelining_too_early_is_refused_only_if_asked_for():
    services = {'data': {'smtpd_data_restrictions': 'reject_unauth_pipelining'}, 'strict': {'smtpd_forbid_unauth_pipelining': 'yes'}}
    with Sink() as sink, Relay(dict(PLAIN, relayhost='[127.0.0.1]:%d' % sink.port), services=services) as relay:
        assert '503 5.5.0 <DATA>: Data command rejected: Improper use of SMTP command pipelining' in early(relay.ports['data'], b'HELO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<x@example.net>\r\nDATA\r\nx\r\n')
        assert early(relay.ports['strict'], b'EHLO x\r\nMAIL FROM:<a@b.example>\r\n').startswith('554 5.5.0 Error: SMTP protocol synchronization')
        assert '250 2.0.0 Ok: queued' in early(relay.port, b'HELO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<x@example.net>\r\nDATA\r\nSubject: t\r\n\r\nx\r\n.\r\nQUIT\r\n')


def early(port, data):
    """What is said to a client that sends all at once and then no more."""
    with Client(port, greet=False) as client:
        client.reply()
        client.send(data)
        client.socket.shutdown(socket.SHUT_WR)
        return rest(client)


def test_vrfy_is_252_or_the_refusal_and_can_be_disabled():
    main = dict(PLAIN, mydestination='us.example', local_recipient_maps='inline:{joe=yes}', mynetworks='127.0.0.9/32')
    with Relay(main, services={'off': {'disable_vrfy_command': 'yes'}}) as relay, Client(relay.port) as client, Client(relay.ports['off']) as off:
        assert client.command('VRFY joe@us.example').text == '252 2.0.0 joe@us.example'
        assert client.command('VRFY who@us.example').text == '550 5.1.1 <who@us.example>: Recipient address rejected: User unknown in local recipient table'
        assert client.command('VRFY x@example.net').text == '454 4.7.1 <x@example.net>: Relay access denied'
        assert 'VRFY' not in off.hello.text and off.command('VRFY joe@us.example').text == '502 5.5.1 VRFY command is disabled'


def test_etrn_is_for_the_fast_flush_domains():
    with Relay(dict(PLAIN, relay_domains='partner.example')) as relay, Client(relay.port) as client:
        assert client.command('ETRN partner.example').text == '250 Queuing started'
        assert client.command('ETRN example.net').text == '459 <example.net>: service unavailable'


def test_dsn_parameters_are_taken_and_sent_on():
    with Sink(extensions=('PIPELINING', 'DSN', 'ENHANCEDSTATUSCODES')) as sink, onward(sink) as relay, Client(relay.port) as client:
        client.command('MAIL FROM:<a@example.org> RET=HDRS ENVID=one+2Btwo', 250)
        client.command('RCPT TO:<x+y@example.net> NOTIFY=FAILURE,DELAY', 250)
        client.command('DATA', 354)
        client.send(TEXT + b'.\r\n')
        assert re.match(r'250 2\.0\.0 Ok: queued as [0-9]\w+$', client.reply().text)
        sink.wait(1)
        assert any('RET=HDRS' in command and 'ENVID=one+2Btwo' in command for command in sink.commands), sink.commands
        assert any('NOTIFY=' in command and 'ORCPT=rfc822;x+2By@example.net' in command for command in sink.commands), sink.commands


def test_smtputf8_addresses_are_taken_without_the_parameter_and_go_back_if_the_next_hop_has_none():
    with Sink() as sink, onward(sink) as relay, Client(relay.port) as client:
        client.message('a@example.org', ['x@example.net'], 'Subject: t\r\n\r\nhällo\r\n'.encode(), ' BODY=8BITMIME')
        client.message('jürgen@example.org', ['x@example.net'], TEXT)
        client.message('jürgen@example.org', ['x@example.net'], TEXT, ' SMTPUTF8')
        relay.wait_log(r'to=<x@example.net>.* dsn=5\.6\.7, status=bounced ')


def test_bdat_carries_a_message():
    with Sink() as sink, onward(sink) as relay, Client(relay.port) as client:
        client.command('MAIL FROM:<a@example.org>', 250)
        client.command('RCPT TO:<x@example.net>', 250)
        client.send(b'BDAT 14\r\nSubject: t\r\n\r\n')
        assert client.reply().code == 250
        client.send(b'BDAT 7 LAST\r\nhello\r\n')
        assert client.reply().text.startswith('250 2.0.0 Ok: ')
        assert sink.wait(1)[0].body == b'hello\r\n'


def test_stray_cr_becomes_a_blank_and_lf_only_lines_leave_with_crlf():
    with Sink() as sink, onward(sink) as relay, Client(relay.port) as client:
        client.message('a@example.org', ['x@example.net'], b'Subject: a\rb\r\n\r\none\rtwo\nthree\r\n')
        message, = sink.wait(1)
        assert b'Subject: a b\r\n' in message.data and message.body == b'one two\r\nthree\r\n', message.data


def test_a_first_line_like_body_text_ends_the_header():
    with Sink() as sink, onward(sink) as relay, Client(relay.port) as client:
        client.message('a@example.org', ['x@example.net'], b'no header here\r\n')
        assert sink.wait(1)[0].body == b'no header here\r\n'


def test_long_lines_are_folded_at_998_and_long_commands_cut():
    with Sink() as sink, onward(sink) as relay, Client(relay.port) as client:
        client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\n' + b'x' * 998 + b'\r\n' + b'y' * 1000 + b'\r\n')
        assert sink.wait(1)[0].body == b'x' * 998 + b'\r\n' + b'y' * 998 + b'\r\n ' + b'yy\r\n'
        client.command('NOOP ' + 'x' * 3000, 250)


def test_hopcount_limit_refuses_a_message_that_went_round():
    with Relay(PLAIN) as relay, Client(relay.port) as client:
        client.command('MAIL FROM:<a@example.org>', 250)
        client.command('RCPT TO:<x@example.net>', 250)
        client.command('DATA', 354)
        client.send(b'Received: x\r\n' * 51 + TEXT + b'.\r\n')
        assert client.reply().text == '554 5.4.0 Error: too many hops'


def test_telnet_may_end_its_lines_with_lf():
    with Sink() as sink, onward(sink) as relay, Client(relay.port, greet=False) as client:
        client.reply()
        for line, code in ((b'helo me\n', 250), (b'mail from:<a@example.org>\n', 250), (b'rcpt to:<x@example.net>\n', 250), (b'data\n', 354), (b'Subject: t\n\nhello\r\n.\r\n', 250), (b'quit\n', 221)):
            client.send(line)
            assert client.reply().code == code, line
        assert sink.wait(1)[0].body == b'hello\r\n'


def test_swaks_sends_over_submission():
    swaks = shutil.which('swaks')
    if not swaks:
        raise place.Skip('swaks is not installed')
    with Certificates() as made, Sink() as sink:
        submission = dict(SETTINGS, smtpd_tls_security_level='encrypt', smtpd_sasl_auth_enable='yes', smtpd_relay_restrictions='permit_sasl_authenticated, reject')
        with Relay(made.settings(relayhost='[127.0.0.1]:%d' % sink.port), services={'submission': submission}, files={'passwords': password_file(john='secret')}) as relay:
            done = subprocess.run([swaks, '--server', '127.0.0.1', '--port', str(relay.ports['submission']), '-tls', '--auth-user', 'john', '--auth-password', 'secret', '--to', 'x@example.net',
                                   '--from', 'john@example.org'], capture_output=True, text=True, timeout=60)
            assert done.returncode == 0 and '235 2.7.0 Authentication successful' in done.stdout, done.stdout
            sink.wait(1)


def test_mail_relay_test_through_sendmail_and_mailq_and_its_count():
    with Sink(replies={'RCPT TO:<later@': '451 4.2.0 later'}) as sink, onward(sink) as relay:
        assert relay.tool('mailq') == 'Mail queue is empty\n'
        count = "MAIL_CONFIG=%s %s/mailq | grep -c '^[A-F0-9]'" % (relay.folder, place.BIN)
        relay.tool('sendmail', '-i', '-f', 'a@example.org', 'x@example.net', text='Subject: Relay Test\n\nhello\n')
        assert b'Subject: Relay Test' in sink.wait(1)[0].header
        assert subprocess.run(['sh', '-c', count], capture_output=True, text=True).stdout == '0\n'
        relay.tool('sendmail', '-t', '-f', 'a@example.org', text='To: later@example.net\nSubject: Relay Test\n\nhello\n')
        relay.wait_log('status=deferred')
        lines = relay.tool('mailq').splitlines()
        assert lines[0] == '-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------'
        assert re.match(r'[0-9]\w+ +\d+ \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d  a@example.org$', lines[1]), lines
        assert re.match(r'\s*\(host 127.0.0.1\[127.0.0.1\] said: 451 4.2.0 later', lines[2]) and lines[3].strip() == 'later@example.net' and lines[4] == '', lines
        assert re.match(r'-- \d+ Kbytes in 1 Request\.$', lines[5]), lines
        assert subprocess.run(['sh', '-c', count], capture_output=True, text=True).stdout == '1\n'


def test_postconf_without_e_writes_and_keeps_comments():
    with Relay() as relay:
        path = relay.folder + '/main.cf'
        with open(path, 'a', encoding='ascii') as main:
            main.write('# a remark\nsmtpd_banner = old\n')
        relay.tool('postconf', 'smtpd_banner=$myhostname new', 'smtpd_sasl_type=dovecot')
        with open(path, encoding='ascii') as main:
            assert '# a remark\nsmtpd_banner = $myhostname new\n' in main.read()
        assert relay.tool('postconf', '-h', 'smtpd_banner') == '$myhostname new\n'
        assert relay.tool('postconf', '-xh', 'smtpd_banner') == 'relay.example.test new\n'
        assert 'smtpd_sasl_type = dovecot\n' in relay.tool('postconf', '-n') and relay.tool('postconf', '-d', 'smtpd_banner') == 'smtpd_banner = $myhostname ESMTP $mail_name\n'
        assert 'pickup     unix' in relay.tool('postconf', '-M') and relay.tool('postconf', '-P') == ''


def test_tools_find_their_folder_by_option_or_environment():
    with Relay() as relay:
        bare = {name: value for name, value in os.environ.items() if name != 'MAIL_CONFIG'}
        command = [os.path.join(place.BIN, 'postconf'), '-h', 'myhostname']
        for more, environment in ((['-c', relay.folder], bare), ([], dict(bare, MAIL_CONFIG=relay.folder))):
            done = subprocess.run([command[0], *more, *command[1:]], capture_output=True, text=True, timeout=60, env=environment)
            assert done.stdout == 'relay.example.test\n', done


def test_postfix_check_is_silent_and_a_reload_lets_sessions_go_on():
    with Relay() as relay, Client(relay.port) as client:
        with open(relay.folder + '/main.cf', encoding='ascii') as main:
            rows = [row for row in main if not row.startswith('maillog_file_prefixes')]  # the one remark that the kit's own lines earn
        place.write(relay.folder + '/main.cf', ''.join(rows))
        done = subprocess.run([os.path.join(place.BIN, 'postfix'), 'check'], capture_output=True, text=True, timeout=60, env=dict(os.environ, MAIL_CONFIG=relay.folder))
        assert (done.returncode, done.stdout + done.stderr) == (0, ''), done
        relay.tool('postfix', 'reload')
        client.command('NOOP', 250)
