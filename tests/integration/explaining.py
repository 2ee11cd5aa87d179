"""posthouse explain: what access lists say of a session, without a server."""
import os

from kit.relay import Relay

CLASSES = {'smtpd_restriction_classes': 'friends', 'friends': 'warn_if_reject reject_unknown_client_hostname, permit', 'mynetworks': '127.0.0.8/32',
           'smtpd_helo_restrictions': 'check_helo_access texthash:@folder@/helo', 'smtpd_sender_restrictions': 'check_sender_access texthash:@folder@/senders',
           'smtpd_recipient_restrictions': 'permit_mynetworks, check_client_access texthash:@folder@/clients, reject_unauth_destination', 'smtpd_relay_restrictions': '',
           'relay_domains': 'relayed.example', 'smtpd_data_restrictions': 'reject_unauth_pipelining'}
FILES = {'helo': 'late.example DEFER_IF_PERMIT come back\n', 'senders': 'bad@example.org REJECT no thanks\n', 'clients': 'friend.example friends\n'}


def explain(relay, client, *words, sender='a@example.org', recipient='b@relayed.example', **how):
    return relay.tool('posthouse', 'explain', '-c', relay.folder, '--client', client, '--helo', 'h.example', '--sender', sender, '--recipient', recipient, *words, **how)


def test_each_list_shows_its_steps_and_the_end_is_the_reply():
    relay = Relay(CLASSES, files=FILES, services={'submission': {'smtpd_recipient_restrictions': 'permit_sasl_authenticated, reject'}})
    before = sorted(os.listdir(relay.folder + '/queue') + os.listdir(relay.folder + '/data'))
    try:
        said = explain(relay, '192.0.2.7=friend.example', sender='a@example.org')
        assert said.startswith('service ') and 'client friend.example[192.0.2.7]\n' in said, said
        assert '''smtpd_recipient_restrictions:
  permit_mynetworks => no decision
  check_client_access texthash:%s/clients
    Client host friend.example[192.0.2.7]: found "friends" for friend.example
    friends
''' % relay.folder in said, said
        assert 'smtpd_data_restrictions:\n  reject_unauth_pipelining => no decision\n' in said, said
        assert 'reply to RCPT: 250 2.1.5 Ok\n' in said and said.endswith('reply to the message: 250 2.0.0 Ok, if the message itself is fine\n'), said
        refused = explain(relay, '192.0.2.7=stranger.example', sender='bad@example.org')
        assert refused.endswith('reply to RCPT: 554 5.7.1 <bad@example.org>: Sender address rejected: no thanks\n'), refused
        elsewhere = explain(relay, '192.0.2.7=stranger.example', recipient='x@elsewhere.example')
        assert 'reject_unauth_destination => reject: 554 5.7.1 <x@elsewhere.example>: Relay access denied' in elsewhere, elsewhere
        late = relay.tool('posthouse', 'explain', '-c', relay.folder, '--client', '127.0.0.8=own', '--helo', 'late.example', '--sender', '<>', '--recipient', 'b@relayed.example')
        assert 'permit_mynetworks => permit' in late and 'reply to RCPT: 450 4.7.1 <late.example>: Helo command rejected: come back\n' in late, late
        port = str(relay.ports['submission'])
        login = explain(relay, '192.0.2.7=x', '--service', port, '--sasl', 'joe', recipient='x@elsewhere.example')
        assert 'permit_sasl_authenticated => permit' in login and 'reply to RCPT: 250' in login, login
        # Nothing was written.
        assert sorted(os.listdir(relay.folder + '/queue') + os.listdir(relay.folder + '/data')) == before
    finally:
        relay.resolver.stop()


def test_what_it_cannot_do_it_says():
    relay = Relay(CLASSES, files=FILES)
    try:
        for words, text in ((['--service', 'nobody'], 'no row "nobody" of smtpd'), (['--colour', 'red'], 'unknown option --colour')):
            try:
                explain(relay, '192.0.2.7', *words)
            except AssertionError as refused:
                assert text in str(refused), refused
            else:
                raise AssertionError(words)
    finally:
        relay.resolver.stop()
