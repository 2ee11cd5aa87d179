"""What an operator does: start, stop, reload, look at the queue, hold, remove; settings that are wrong."""
import json
import os
import shutil
import signal
import subprocess

from kit import place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink


def queue(relay):
    return [json.loads(line) for line in relay.tool('postqueue', '-j').splitlines()]


def test_the_queue_survives_a_restart_and_is_delivered_after_it():
    port = place.free_port()
    with Relay({'relayhost': '[127.0.0.1]:%d' % port}) as relay:
        with Client(relay.port) as client:
            for number in range(20):
                client.message('a@example.org', ['x%d@example.net' % number], b'Subject: t\r\n\r\nhello\r\n')
        relay.wait_log('status=deferred', 20)
        relay.stop()
        relay.start()
        kept = queue(relay)
        assert len(kept) == 20, '%d listed' % len(kept)
        with Sink(port=port) as sink:
            relay.tool('postqueue', '-f')
            got = sink.wait(20)
            assert sorted(r for m in got for r in m.recipients) == sorted('x%d@example.net' % n for n in range(20))
            relay.wait_log(': removed', 20)
        assert queue(relay) == []


def test_hold_release_and_remove():
    port = place.free_port()
    with Relay({'relayhost': '[127.0.0.1]:%d' % port}) as relay:
        with Client(relay.port) as client:
            ids = [client.message('a@example.org', ['x%d@example.net' % n], b'Subject: t\r\n\r\nhello\r\n').text.split()[-1] for n in range(3)]
        relay.wait_log('status=deferred', 3)
        relay.tool('postsuper', '-h', ids[0])
        relay.tool('postsuper', '-d', ids[1])
        shown = {m['queue_id']: m['queue_name'] for m in queue(relay)}
        assert shown == {ids[0]: 'hold', ids[2]: 'deferred'}, shown
        with Sink(port=port) as sink:
            relay.tool('postqueue', '-f')
            sink.wait(1)
            relay.wait_log(ids[2] + ': removed')
            assert [m['queue_id'] for m in queue(relay)] == [ids[0]]
            relay.tool('postsuper', '-H', ids[0])
            relay.tool('postqueue', '-f')
            assert sink.wait(2)[1].recipients == ['x0@example.net']


def test_a_reload_takes_new_settings_and_keeps_sessions():
    with Sink() as first, Sink() as second, Relay({'relayhost': '[127.0.0.1]:%d' % first.port}) as relay:
        with Client(relay.port) as open_session:
            relay.tool('postconf', '-e', 'relayhost = [127.0.0.1]:%d' % second.port)
            relay.tool('postfix', 'reload')
            relay.wait_log('reload')
            with Client(relay.port) as client:
                client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nnew\r\n')
            second.wait(1)
            open_session.command('NOOP', 250)


def test_a_broken_setting_keeps_the_old_configuration_on_reload():
    with Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}) as relay:
        relay.tool('postconf', '-e', 'smtpd_recipient_limit = many')
        relay.tool('postfix', 'reload', check=False)
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
        sink.wait(1)


def test_a_broken_setting_refuses_the_start_and_says_where():
    relay = Relay({'smtpd_recipient_limit': 'many'})
    done = subprocess.run(place.server_command() + [relay.folder], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    said = done.stdout + done.stderr + relay.log()
    assert 'smtpd_recipient_limit' in said, said


def test_nobody_is_served_without_relay_control():
    with Relay({'smtpd_relay_restrictions': '', 'smtpd_recipient_restrictions': 'permit_mynetworks'}) as relay:
        try:
            with Client(relay.port) as client:
                assert client.greeting.code == 421, client.greeting
        except (EOFError, ConnectionError):
            pass
        relay.wait_log('smtpd_relay_restrictions')


def test_interrupt_stops_cleanly_while_a_client_is_connected():
    with Relay() as relay:
        with Client(relay.port) as client:
            client.command('NOOP', 250)
            os.kill(relay.process.pid, signal.SIGINT)
            assert relay.process.wait(30) == 0, relay.output()


def test_postfix_start_status_and_stop():
    with Relay() as relay:
        relay.stop()
        try:
            relay.tool('postfix', 'start')
            relay.tool('postfix', 'status')
            with Client(relay.port) as client:
                client.command('NOOP', 250)
        finally:
            relay.tool('postfix', 'stop')
        done = subprocess.run([place.BIN + '/postfix', 'status'], env=dict(os.environ, MAIL_CONFIG=relay.folder), capture_output=True, timeout=60)
        assert done.returncode != 0


def test_postconf_shows_the_value_that_is_in_effect():
    with Relay({'smtpd_banner': '$myhostname says hello'}) as relay:
        assert relay.tool('postconf', '-h', 'smtpd_banner').strip() == '$myhostname says hello'
        assert relay.tool('postconf', '-hx', 'smtpd_banner').strip() == 'relay.example.test says hello'
        with Client(relay.port) as client:
            assert client.greeting.text == '220 relay.example.test says hello'


def test_postcat_shows_a_queued_message():
    with Relay({'relayhost': '[127.0.0.1]:%d' % place.free_port()}) as relay:
        with Client(relay.port) as client:
            queue_id = client.message('a@example.org', ['x@example.net'], b'Subject: kept\r\n\r\nhello\r\n').text.split()[-1]
        shown = relay.tool('postcat', '-q', queue_id)
        assert 'Subject: kept' in shown and 'x@example.net' in shown and '\nhello\n' in shown, shown


def test_a_signal_that_comes_while_the_server_starts_ends_it_in_order():
    # A table that is a pipe: the server waits for its writer, long before it listens.
    relay = Relay({'smtpd_client_restrictions': 'check_client_access texthash:@folder@/pipe'})
    try:
        pipe = os.path.join(relay.folder, 'pipe')
        os.mkfifo(pipe, 0o644)
        os.chmod(pipe, 0o644)
        output = open(relay.output_file, 'wb')
        process = subprocess.Popen(place.server_command() + [relay.folder], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   env=dict(os.environ, MAIL_CONFIG=relay.folder, POSTHOUSE_RESOLVER=relay.resolver.address), start_new_session=True)
        with output, open(pipe, 'wb'):  # opens once the server reads
            process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, relay.output() + relay.log()
        assert 'terminating on signal 15' in relay.log()
    finally:
        relay.kill()
        relay.resolver.stop()
        shutil.rmtree(relay.folder, ignore_errors=True)


def test_a_bounce_may_be_larger_than_message_size_limit():
    with Sink() as sink:
        rules = {'message_size_limit': '3000', 'bounce_size_limit': '20000', 'transport_maps': 'inline:{ { gone.example.net = error:gone } }', 'smtpd_reject_unlisted_recipient': 'no',
                 'relayhost': '[127.0.0.1]:%d' % sink.port}
        with Relay(rules) as relay, Client(relay.port) as client:
            client.message('a@example.org', ['x@gone.example.net'], b'Subject: t\r\n\r\n' + b'x' * 60 + b'\r\n' + (b'y' * 70 + b'\r\n') * 36)
            bounce = sink.wait(1)[0]
            assert bounce.recipients == ['a@example.org'] and len(bounce.data) > 3000, len(bounce.data)
            relay.wait_log(': removed', 2)


def test_the_busiest_clients_are_logged():
    with Relay({'anvil_status_update_time': '1s'}) as relay:
        # Twice: whoever looked whether the server listens was there once.
        with Client(relay.port), Client(relay.port) as client:
            client.command('MAIL FROM:<a@example.org>', 250)
            relay.wait_log(r'postfix/anvil\[\d+\]: statistics: max connection rate 2/60s for \(%d:127.0.0.1\) at ' % relay.port)
            relay.wait_log(r'statistics: max connection count 2 for \(%d:127.0.0.1\) at ' % relay.port)
