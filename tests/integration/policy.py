"""check_policy_service: servers that listen, and programs that the server starts (spawn rows of master.cf); postgrey and policyd-spf as Debian has them."""
import os
import shutil
import socket
import subprocess
import time

from kit import place, unpacked
from kit.client import Client
from kit.policy import Policy
from kit.relay import Relay
from kit.sink import Sink

# Answers with its process and how many questions it had: reuse and limits can be seen from outside.
PROGRAM = '''#!/usr/bin/python3
import os, sys
count = 0
for line in sys.stdin:
    if line == '\\n':
        count += 1
        print('action=REJECT user %d process %d question %d\\n' % (os.getuid(), os.getpid(), count), flush=True)
'''


def refusal(client, recipient, code):
    return client.command('RCPT TO:<%s>' % recipient, code).text


def test_a_server_decides_and_its_connection_is_used_again():
    answers = {'bad@example.net': 'REJECT policy says no', 'grey@example.net': 'DEFER_IF_PERMIT come back', 'list@example.net': 'reject_unauth_destination'}
    with Policy(answers) as policy:
        main = {'smtpd_recipient_restrictions': 'check_policy_service { inet:127.0.0.1:%d, policy_context=here }, reject_unauth_destination' % policy.port,
                'relay_domains': 'far.example', 'mynetworks': '127.0.0.77/32', 'smtpd_relay_restrictions': 'permit'}
        with Relay(main) as relay, Client(relay.port) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            assert refusal(client, 'bad@example.net', 554) == '554 5.7.1 <bad@example.net>: Recipient address rejected: policy says no'
            assert 'Relay access denied' in refusal(client, 'list@example.net', 554)
            client.command('RCPT TO:<fine@far.example>', 250)
            assert policy.connections == 1 and len(policy.asked) == 3, policy.asked
            first, last = policy.asked[0], policy.asked[-1]
            assert first['policy_context'] == 'here' and first['protocol_state'] == 'RCPT' and first['sender'] == 'a@example.org', first
            assert first['instance'] and first['instance'] == last['instance'], policy.asked
            assert first['server_port'] == str(relay.port) and first['server_address'] == '127.0.0.1', first


def test_a_server_that_is_away_gives_the_default_action_and_a_warning():
    port = place.free_port()
    main = {'smtpd_recipient_restrictions': 'check_policy_service inet:127.0.0.1:%d, permit' % port, 'smtpd_policy_service_retry_delay': '1s', 'smtpd_policy_service_try_limit': '1'}
    with Relay(main) as relay, Client(relay.port) as client:
        client.command('MAIL FROM:<a@example.org>', 250)
        assert refusal(client, 'x@example.net', 451) == '451 4.3.5 <x@example.net>: Recipient address rejected: Server configuration problem'
        relay.wait_log('warning: connect to 127.0.0.1:%d: Connection refused' % port)
        relay.wait_log('warning: problem talking to server 127.0.0.1:%d: Connection refused' % port)


def spawning(maxproc, argv):
    return 'policy unix - n n - %s spawn\n  user=nobody argv=%s\n' % (maxproc, argv)


def test_a_spawned_program_answers_as_its_user_and_is_kept():
    if os.getuid() != 0:
        raise place.Skip('only root can become another user')
    program = place.private_folder('policy') + '/policyd'
    place.write(program, PROGRAM)
    os.chmod(os.path.dirname(program), 0o755)
    os.chmod(program, 0o755)
    main = {'smtpd_recipient_restrictions': 'check_policy_service unix:private/policy, permit'}
    with Relay(main, master=spawning('2', '/usr/bin/python3 -u ' + program)) as relay, Client(relay.port) as client:
        client.command('MAIL FROM:<a@example.org>', 250)
        first, second = refusal(client, 'x@example.net', 554).split(), refusal(client, 'y@example.net', 554).split()
        assert first[first.index('user') + 1] == '65534' and first[-1] == '1' and second[-1] == '2', (first, second)
        assert first[-3] == second[-3], (first, second)


def test_a_program_that_cannot_run_is_told_in_the_log():
    if os.getuid() != 0:
        raise place.Skip('only root can become another user')
    main = {'smtpd_recipient_restrictions': 'check_policy_service unix:private/policy, permit', 'smtpd_policy_service_try_limit': '1'}
    with Relay(main, master=spawning('-', '/nonexistent/policyd')) as relay, Client(relay.port) as client:
        client.command('MAIL FROM:<a@example.org>', 250)
        refusal(client, 'x@example.net', 451)
        relay.wait_log('warning: connect to private/policy: run /nonexistent/policyd: No such file or directory')


def installed(name):
    program = shutil.which(name, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')
    if program is None:
        raise place.Skip('no %s here' % name)
    return program


def listening(port, process):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert process.poll() is None, 'it ended: %s' % process.communicate()[0]
        try:
            socket.create_connection(('127.0.0.1', port), 5).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError('nobody listens on port %d' % port)


def test_postgrey_makes_a_client_come_again_and_then_names_the_delay():
    program, folder, port = installed('postgrey'), place.private_folder('postgrey'), place.free_port()
    if os.getuid() == 0:
        shutil.chown(folder, 'postgrey', 'postgrey')
    command = [program, '--inet=127.0.0.1:%d' % port, '--dbdir=' + folder, '--delay=1', '--hostname=grey.example', '--user=postgrey', '--group=postgrey']
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        listening(port, process)
        with Sink() as sink:
            main = {'smtpd_recipient_restrictions': 'check_policy_service inet:127.0.0.1:%d' % port, 'relayhost': '[127.0.0.1]:%d' % sink.port}
            with Relay(main) as relay, Client(relay.port) as client:
                client.command('MAIL FROM:<a@example.org>', 250)
                first = refusal(client, 'x@example.net', 450)
                assert first.startswith('450 4.2.0 <x@example.net>: Recipient address rejected: Greylisted'), first
                end = time.monotonic() + 30
                while client.command('RCPT TO:<x@example.net>').code != 250:
                    assert time.monotonic() < end, 'greylisted for ever'
                    time.sleep(0.2)
                client.command('DATA', 354)
                client.send(b'Subject: t\r\n\r\nhello\r\n.\r\n')
                assert client.reply().code == 250
                (message,) = sink.wait(lambda messages: len(messages) == 1, 30)
                assert b'X-Greylist: delayed ' in message.header and b'by postgrey-' in message.header, message.header
    finally:
        process.terminate()
        process.wait(10)


def test_policyd_spf_runs_from_its_master_cf_row_and_adds_its_field():
    if os.getuid() != 0:
        raise place.Skip('only root can become another user')
    # The package wants Postfix beside it; the program does not.
    program, folder = unpacked.tree('postfix-policyd-spf-python') + '/usr/bin/policyd-spf', place.private_folder('spf')
    if subprocess.run(['/usr/bin/python3', '-c', 'import spf_engine'], capture_output=True).returncode:
        raise place.Skip('no spf_engine for Python here')
    place.write(folder + '/policyd-spf.conf', 'debugLevel = 0\nHELO_reject = Fail\nMail_From_reject = Fail\nskip_addresses = 127.0.0.0/8\n')
    os.chmod(folder, 0o755)
    with Sink() as sink:
        main = {'smtpd_recipient_restrictions': 'check_policy_service unix:private/policy', 'relayhost': '[127.0.0.1]:%d' % sink.port, 'policy_time_limit': '3600'}
        with Relay(main, master=spawning('0', '/usr/bin/python3 %s %s/policyd-spf.conf' % (program, folder))) as relay, Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
            (message,) = sink.wait(lambda messages: len(messages) == 1, 30)
            assert message.header.startswith(b'X-Comment: SPF check N/A for local connections'), message.header
