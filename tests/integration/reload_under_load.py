"""Everything at once: clients with and without TLS, reloads that change settings, and tools. What was accepted arrives once.
Under ThreadSanitizer (docs/testing.md) this is the test that looks for data races."""
import collections
import os
import shutil
import smtplib
import ssl
import threading

from kit import certificate, place
from kit.relay import Relay
from kit.sink import Sink

TIMEOUT = 400
RELOADS = int(os.environ.get('POSTHOUSE_RELOADS', '8'))
SENDERS = 20
WAITING = 600  # recipients; the tools go through the whole queue each time


class Load:
    """20 clients that send without pause, every second one over TLS; they note what was accepted and what went wrong."""

    def __init__(self, port, sinks):
        self.port, self.sinks, self.accepted, self.wrong, self.ended = port, sinks, [], [], threading.Event()
        self.context = ssl.create_default_context(cafile=certificate.authority())
        self.threads = [threading.Thread(target=self.guard, args=(n,), daemon=True) for n in range(SENDERS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join(120)

    def guard(self, sender):
        try:
            self.send(sender)
        except (OSError, smtplib.SMTPException) as error:
            self.wrong.append(error)

    def send(self, sender):
        number = 0
        while not self.ended.is_set():
            if len(self.accepted) > WAITING + sum(len(m.recipients) for sink in self.sinks for m in list(sink.messages)):
                self.ended.wait(0.02)
                continue
            with smtplib.SMTP('127.0.0.1', self.port, local_hostname='client.example', timeout=100) as client:
                if sender % 2:
                    client.starttls(context=self.context)
                for _ in range(5):
                    number += 1
                    recipients = ['m-%d-%d-%s@%s.example' % (sender, number, part, part) for part in ('one', 'two')]
                    client.sendmail('a@example.org', recipients, 'Subject: load\r\n\r\n%s\r\n' % ('x' * (2000 if number % 10 else 400000)))
                    self.accepted += recipients


def test_what_was_accepted_arrives_once_while_settings_change_and_tools_work():
    folder = place.private_folder('load')
    cert, key = certificate.issue('localhost', folder)
    with Sink(keep=False) as first, Sink(keep=False, tls='starttls', certificate=(cert, key)) as second, Relay({
            'smtpd_tls_cert_file': cert, 'smtpd_tls_key_file': key, 'smtpd_tls_security_level': 'may', 'smtp_tls_security_level': 'may',
            'smtp_tls_loglevel': '1', 'relayhost': '[127.0.0.1]:%d' % first.port, 'header_checks': 'regexp:@folder@/checks',
            'transport_maps': 'texthash:@folder@/transport, inline:{two.example=smtp:[127.0.0.1]:%d}' % second.port,
            'in_flow_delay': '0'}, files={'checks': '/^X-No:/ REJECT\n', 'transport': 'none.example discard:\n'}) as relay:
        try:
            with Load(relay.port, (first, second)) as load:
                for turn in range(RELOADS):
                    to = (first, second)[turn % 2]
                    relay.tool('postconf', '-e', 'relayhost = [127.0.0.1]:%d' % to.port, 'smtpd_banner = $myhostname ESMTP %d' % turn,
                               'message_size_limit = %d' % (1000000 + turn), 'smtp_tls_loglevel = %d' % (turn % 2),
                               'maximal_backoff_time = %ds' % (400 + turn), 'default_destination_concurrency_limit = %d' % (5 + turn % 7))
                    place.write(relay.folder + '/transport', 'none%d.example discard:\n' % turn)
                    relay.tool('postfix', 'reload')
                    for command in (['postqueue', '-p'], ['postsuper', '-h', 'ALL'], ['postqueue', '-j'], ['postsuper', '-H', 'ALL'],
                                    ['postqueue', '-f'], ['postsuper', '-r', 'ALL']):
                        relay.tool(*command)
            assert not load.wrong, load.wrong
            assert len(load.accepted) > 2 * SENDERS, load.accepted
            got = collections.Counter()
            while len(got) < len(load.accepted):
                relay.tool('postsuper', '-H', 'ALL')
                relay.tool('postqueue', '-f')  # what was held, and what was released for later
                count = len(first.messages) + len(second.messages)
                got = collections.Counter(r for sink in (first, second) for m in list(sink.messages) for r in m.recipients)
                if len(got) < len(load.accepted) and relay.tool('postqueue', '-j') == '' and count == len(first.messages) + len(second.messages):
                    break  # the queue is empty: what is missing now is lost
            got = collections.Counter(r for sink in (first, second) for m in list(sink.messages) for r in m.recipients)
            assert set(got) == set(load.accepted), 'lost: %r' % sorted(set(load.accepted) - set(got))[:20]
            assert max(got.values()) == 1, 'twice: %r' % [r for r, n in got.items() if n > 1][:20]
            relay.wait_log('reload -- version', RELOADS)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
