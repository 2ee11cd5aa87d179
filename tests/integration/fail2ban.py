"""The filters that fail2ban brings for Postfix find in our log who guesses passwords, is on a block list or tries addresses."""
import os
import subprocess

from kit import place, unpacked
from kit.client import Client
from kit.relay import Relay


def found(log, mode):
    """The addresses that the filter finds, in order of their lines."""
    root = unpacked.tree('fail2ban')
    environment = dict(os.environ, PYTHONPATH=root + '/usr/lib/python3/dist-packages')
    done = subprocess.run([root + '/usr/bin/fail2ban-regex', '-c', root + '/etc/fail2ban', '--usedns=no', '-o', 'id', log, 'postfix[mode=%s]' % mode],
                          capture_output=True, text=True, env=environment, timeout=60)
    if done.returncode and 'No module named' in done.stderr:
        raise place.Skip('fail2ban: ' + done.stderr.strip().splitlines()[-1])
    return done.stdout.split()


def attempt(relay, source, *commands, port=None):
    with Client(port or relay.port, source=source) as client:
        for command in commands:
            client.command(command)


def test_stock_filters_find_guessers_and_spammers_and_nobody_else():
    main = {'mynetworks': '127.0.0.9/32', 'relay_domains': 'example.com', 'relay_recipient_maps': 'inline:{joe@example.com=x}', 'smtpd_sasl_auth_enable': 'yes',
            'smtpd_sasl_type': 'file', 'smtpd_sasl_path': '@folder@/passwords', 'smtpd_recipient_restrictions': 'permit_mynetworks, reject_rbl_client bl.example',
            'smtpd_helo_restrictions': 'reject_invalid_helo_hostname', 'smtpd_hard_error_limit': '3', 'smtpd_client_event_limit_exceptions': '', 'smtpd_client_auth_rate_limit': '4'}
    hashed = subprocess.run(['openssl', 'passwd', '-6', 'secret'], capture_output=True, text=True, check=True).stdout
    with Relay(main, files={'passwords': 'joe:' + hashed}, records={('20.0.0.127.bl.example', 'A'): ['127.0.0.2']}) as relay:
        envelope = 'MAIL FROM:<a@example.org>'
        with Client(relay.port, source='127.0.0.10') as client:
            assert client.login('joe', 'wrong').code == 535
        with Client(relay.port, source='127.0.0.11') as client:
            client.command('AUTH LOGIN', 334)
            client.command('am9l', 334)
            client.command('d3Jvbmc=', 535)
        attempt(relay, '127.0.0.20', envelope, 'RCPT TO:<joe@example.com>')
        attempt(relay, '127.0.0.30', envelope, 'RCPT TO:<ann@example.com>')
        attempt(relay, '127.0.0.40', envelope, 'RCPT TO:<x@example.net>')
        with Client(relay.port, source='127.0.0.50') as client:  # the good one
            assert client.login('joe', 'secret').code == 235
            client.command(envelope, 250)
            client.command('RCPT TO:<joe@example.com>', 250)
            client.command('QUIT', 221)
        with Client(relay.port, source='127.0.0.60') as client:
            for _ in range(3):
                client.command('NONSENSE', 500)
            assert client.reply().code == 421
        with Client(relay.port, source='127.0.0.65') as client:
            client.send(b'EHLO in.a.hurry\r\nNOOP\r\nNOOP\r\nQUIT\r\n')
            client.socket.recv(4096)
        relay.wait_log(r'improper command pipelining after EHLO from unknown\[127.0.0.65\]: NOOP\\r\\nNOOP\\r\\nQUIT\\r\\n$')
        attempt(relay, '127.0.0.70', *['AUTH GSSAPI'] * 2)
        for _ in range(3):
            with Client(relay.port, source='127.0.0.80') as client:
                last = client.login('joe', 'wrong')
                last = client.login('joe', 'wrong') if last.code == 535 else last
        assert last.code == 450, last
        relay.wait_log(r'AUTH command rate limit exceeded: \d+ from unknown\[127.0.0.80\] for service')
        relay.wait_log(r'disconnect from unknown\[127.0.0.80\]', 3)
        relay.wait_log(r'too many errors after UNKNOWN from unknown\[127.0.0.60\]')
        relay.wait_log(r'disconnect from unknown\[127.0.0.70\] ehlo=1 auth=0/2')
        guessers = {'127.0.0.10', '127.0.0.11', '127.0.0.80'}
        assert set(found(relay.log_file, 'auth')) == guessers, relay.log()
        assert found(relay.log_file, 'auth').count('127.0.0.80') == 4
        refused = {'127.0.0.20', '127.0.0.30', '127.0.0.40', '127.0.0.60', '127.0.0.65'}
        assert set(found(relay.log_file, 'normal')) == refused, relay.log()
        assert found(relay.log_file, 'rbl') == ['127.0.0.20']
        assert set(found(relay.log_file, 'more')) == refused
        assert found(relay.log_file, 'errors') == ['127.0.0.60']
        assert set(found(relay.log_file, 'extra')) == guessers | refused
        everybody = set(found(relay.log_file, 'aggressive'))
        assert guessers | refused | {'127.0.0.70'} <= everybody and '127.0.0.50' not in everybody, everybody
