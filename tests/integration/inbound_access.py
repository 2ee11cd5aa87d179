"""What guides say of who may relay and who is refused, one test a statement: their lines as they are written, replies letter for letter."""
from integration.checking import Checked
from integration.server_tls import Certificates
from kit import place
from kit.client import Client
from kit.passwords import SETTINGS, password_file
from kit.relay import Relay
from kit.sink import Sink

TEXT = b'Subject: t\r\n\r\nhello\r\n'
ORDINARY = {'myhostname': 'mail.example.org', 'smtpd_peername_lookup': 'no', 'relay_domains': 'partner.example'}
STRANGER = '127.0.0.5'


def answer(port, recipient, source=STRANGER, sender='a@sender.example', prepare=lambda client: None):
    """The reply to RCPT."""
    with Client(port, source=source) as client:
        prepare(client)
        client.command('MAIL FROM:<%s>' % sender, 250)
        return client.command('RCPT TO:<%s>' % recipient).text


def answers(main, *recipients, source=STRANGER, **more):
    with Relay(dict(ORDINARY, **main), **more) as relay:
        return [answer(relay.port, recipient, source) for recipient in recipients]


def test_mynetworks_takes_networks_exclusions_files_and_tables():
    nets = '127.0.0.1/32, !127.0.0.6, 127.0.0.4/30, @folder@/more, cidr:@folder@/table'
    with Relay(dict(ORDINARY, mynetworks=nets), files={'more': '127.0.0.9\n', 'table': '127.0.1.0/24 yes\n'}) as relay:
        for source, trusted in (('127.0.0.1', True), ('127.0.0.5', True), ('127.0.0.6', False), ('127.0.0.9', True), ('127.0.1.7', True), ('127.0.2.1', False)):
            expected = '250 2.1.5 Ok' if trusted else '454 4.7.1 <x@example.net>: Relay access denied'
            assert answer(relay.port, 'x@example.net', source) == expected, source


def test_mynetworks_with_host_bits_is_a_lookup_failure_for_whoever_reaches_it():
    with Relay(dict(ORDINARY, mynetworks='127.0.0.1/32, 127.0.0.5/24, 10.0.0.0/8')) as relay:
        assert answer(relay.port, 'x@example.net', '127.0.0.1') == '250 2.1.5 Ok'
        assert answer(relay.port, 'x@example.net') == '451 4.3.0 <x@example.net>: Temporary lookup failure'


def test_mynetworks_wins_over_mynetworks_style():
    assert answers({'mynetworks_style': 'class', 'mynetworks': '127.0.0.9/32'}, 'x@example.net') == ['454 4.7.1 <x@example.net>: Relay access denied']


def test_mynetworks_of_a_comma_trusts_nobody_and_check_says_so():
    with Relay(dict(ORDINARY, mynetworks=',')) as relay:
        assert answer(relay.port, 'x@example.net', '127.0.0.1') == '454 4.7.1 <x@example.net>: Relay access denied'
    Checked('mydestination =\nmynetworks                      =,\n').expect(('main.cf:2', 'warning', 'mynetworks is empty'))


def test_permit_mynetworks_and_reject_refuse_strangers_for_our_own_domains_too():
    said = answers({'smtpd_relay_restrictions': 'permit_mynetworks, reject'}, 'x@example.net', 'x@partner.example')
    assert said == ['554 5.7.1 <%s>: Recipient address rejected: Access denied' % recipient for recipient in ('x@example.net', 'x@partner.example')], said
    Checked('mydestination = example.org\nmynetworks = 127.0.0.0/8\nlocal_recipient_maps = inline:{a=b}\nsmtpd_relay_restrictions =\n permit_mynetworks,\n reject\n').expect(
        ('main.cf:4', 'warning', ''))


def test_the_default_relay_list_answers_454_and_reject_unauth_destination_554():
    assert answers({}, 'x@example.net', 'x@partner.example') == ['454 4.7.1 <x@example.net>: Relay access denied', '250 2.1.5 Ok']
    guide = {'smtpd_relay_restrictions': 'permit_mynetworks permit_sasl_authenticated defer_unauth_destination'}
    assert answers(guide, 'x@example.net') == ['454 4.7.1 <x@example.net>: Relay access denied']
    strict = {'smtpd_relay_restrictions': 'permit_mynetworks permit_sasl_authenticated reject_unauth_destination'}
    assert answers(strict, 'x@example.net', 'x@partner.example') == ['554 5.7.1 <x@example.net>: Relay access denied', '250 2.1.5 Ok']


def test_a_recipient_list_with_reject_unauth_destination_comes_after_the_relay_list():
    guide = {'smtpd_recipient_restrictions': 'permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination'}
    assert answers(guide, 'x@example.net') == ['454 4.7.1 <x@example.net>: Relay access denied']
    permit = {'smtpd_recipient_restrictions': 'permit_sasl_authenticated, permit_mynetworks, reject_unauth_destination, permit', 'smtpd_relay_restrictions': ''}
    assert answers(permit, 'x@example.net', 'x@partner.example') == ['554 5.7.1 <x@example.net>: Relay access denied', '250 2.1.5 Ok']
    # A permit in one list does not skip the other.
    both = {'smtpd_relay_restrictions': 'permit', 'smtpd_recipient_restrictions': 'permit_mynetworks, reject'}
    assert answers(both, 'x@example.net') == ['554 5.7.1 <x@example.net>: Recipient address rejected: Access denied']


COMMENTS = """
 permit_mynetworks, # Allow internal/trusted network clients
 permit_sasl_authenticated, # Allow authenticated users (if using SASL auth for incoming)
 reject_unauth_destination # Reject everything else"""


def test_inline_comments_in_a_list_are_named_at_check_time_and_451_for_strangers():
    with Relay(dict(ORDINARY, smtpd_recipient_restrictions=COMMENTS)) as relay:
        assert answer(relay.port, 'x@example.net', '127.0.0.1') == '250 2.1.5 Ok'
        assert answer(relay.port, 'x@partner.example') == '451 4.3.5 Server configuration error'
        relay.wait_log('unknown smtpd restriction: "#"')
    Checked('mydestination =\nsmtpd_recipient_restrictions =' + COMMENTS + '\n').expect(
        ('main.cf:2', 'warning', 'main.cf has no end-of-line comments'), ('main.cf:2', 'error', 'unknown smtpd restriction: "#"'), status=1)


def test_permit_mx_backup_exists_and_permit_relay_domains_does_not():
    lists = {'smtpd_relay_restrictions': 'permit_mx_backup, reject_unauth_destination'}
    assert answers(lists, 'x@partner.example') == ['250 2.1.5 Ok']
    assert answers({'smtpd_relay_restrictions': 'permit_relay_domains, reject'}, 'x@partner.example') == ['451 4.3.5 Server configuration error']


def test_lists_that_would_make_an_open_relay_serve_nobody():
    with Relay(dict(ORDINARY, smtpd_relay_restrictions='', smtpd_recipient_restrictions='permit_mynetworks')) as relay, Client(relay.port, greet=False) as client:
        assert client.reply().text == '421 4.3.5 mail.example.org Server configuration error'
        relay.wait_log(r'postfix/smtpd\[\d+\]: fatal: in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working instance of: ')


SUBMISSION = ' -o syslog_name=postfix/submission\n -o smtpd_sasl_auth_enable=yes\n -o smtpd_client_restrictions=permit_sasl_authenticated,reject\n'


class Submission(Relay):
    """A guide's submission service at `second`, without TLS so that a test is short."""

    def __init__(self, main, options):
        self.second = place.free_port()
        super().__init__(dict(ORDINARY, **SETTINGS, **main), master='127.0.0.1:%d inet n - n - - smtpd\n%s' % (self.second, options), files={'passwords': password_file(john='secret')})

    def answer(self, recipient, source=STRANGER, log_in=False):
        return answer(self.second, recipient, source, prepare=(lambda client: client.login('john', 'secret')) if log_in else lambda client: None)


def test_a_client_list_of_permit_sasl_authenticated_and_reject_is_judged_at_rcpt():
    with Submission({}, SUBMISSION) as relay:
        assert relay.answer('x@example.net') == '554 5.7.1 <unknown[127.0.0.5]>: Client host rejected: Access denied'
        assert relay.answer('x@example.net', log_in=True) == '250 2.1.5 Ok'
        relay.wait_log(r'postfix/submission/smtpd\[\d+\]: NOQUEUE: reject: RCPT from unknown\[127.0.0.5\]: 554 5.7.1 <unknown\[127.0.0.5\]>: Client host rejected: Access denied; '
                       r'from=<a@sender.example> to=<x@example.net> proto=ESMTP helo=<client.example>')
    with Submission({'smtpd_delay_reject': 'no'}, SUBMISSION) as relay, Client(relay.second, source=STRANGER, greet=False) as client:
        assert client.reply().text == '554 5.7.1 <unknown[127.0.0.5]>: Client host rejected: Access denied'


def test_an_empty_relay_list_and_a_recipient_list_refuse_as_a_relay_list_would():
    options = ' -o smtpd_sasl_auth_enable=yes\n -o %s=permit_sasl_authenticated,reject\n'
    for name in ('smtpd_relay_restrictions=\n -o smtpd_recipient_restrictions', 'smtpd_relay_restrictions'):
        with Submission({}, options % name) as relay:
            for recipient in ('x@example.net', 'x@partner.example'):
                assert relay.answer(recipient, '127.0.0.1') == '554 5.7.1 <%s>: Recipient address rejected: Access denied' % recipient
                assert relay.answer(recipient, log_in=True) == '250 2.1.5 Ok'


def test_a_service_without_a_relay_list_of_its_own_has_the_default():
    smtps = ' -o smtpd_sasl_auth_enable=yes\n -o smtpd_reject_unlisted_recipient=no\n -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject\n'
    with Submission({}, smtps) as relay:
        assert relay.answer('x@example.net') == '454 4.7.1 <x@example.net>: Relay access denied'


def test_unlisted_recipients_are_refused_by_the_name_of_their_table():
    main = {'mydestination': 'local.example', 'local_recipient_maps': 'inline:{joe=yes}', 'virtual_alias_domains': 'alias.example', 'virtual_alias_maps': 'inline:{joe@alias.example=joe@example.net}',
            'virtual_mailbox_domains': 'box.example', 'virtual_mailbox_maps': 'inline:{joe@box.example=joe}', 'relay_recipient_maps': 'inline:{joe@partner.example=yes}',
            'unknown_relay_recipient_reject_code': '450'}
    with Relay(dict(ORDINARY, **main), services={'open': {'smtpd_reject_unlisted_recipient': 'no'}}) as relay:
        for domain, table in (('local.example', 'local recipient'), ('alias.example', 'virtual alias'), ('box.example', 'virtual mailbox'), ('partner.example', 'relay recipient')):
            code = '450' if domain == 'partner.example' else '550'
            address = 'who@' + domain
            assert answer(relay.port, address) == '%s %s.1.1 <%s>: Recipient address rejected: User unknown in %s table' % (code, code[0], address, table)
            assert answer(relay.port, 'joe@' + domain) == '250 2.1.5 Ok'
            assert answer(relay.ports['open'], address) == '250 2.1.5 Ok'


def test_an_empty_local_recipient_maps_takes_mail_for_everybody_and_check_says_so():
    assert answers({'mydestination': 'local.example', 'local_recipient_maps': ''}, 'who@local.example') == ['250 2.1.5 Ok']
    Checked('mynetworks = 127.0.0.0/8\nlocal_recipient_maps            =\n').expect(('main.cf:2', 'warning', 'local_recipient_maps is empty'))


def test_smtpd_delay_reject_no_judges_each_list_at_its_own_stage():
    with Relay(dict(ORDINARY, smtpd_delay_reject='no', smtpd_client_restrictions='check_client_access inline:{127.0.0.5=REJECT}', smtpd_helo_restrictions='check_helo_access inline:{bad.example=REJECT}',
                    smtpd_sender_restrictions='check_sender_access inline:{bad@sender.example=REJECT}')) as relay:
        with Client(relay.port, source=STRANGER, greet=False) as client:
            assert client.reply().text == '554 5.7.1 <unknown[127.0.0.5]>: Client host rejected: Access denied'
            for command in ('EHLO x', 'MAIL FROM:<a@sender.example>', 'NOOP', 'RSET'):
                assert client.command(command).text == '503 5.7.0 Error: access denied for unknown[127.0.0.5]', command
            assert client.command('QUIT').text == '221 2.0.0 Bye'
        with Client(relay.port, source='127.0.0.6') as client:
            assert client.command('EHLO bad.example').text == '554 5.7.1 <bad.example>: Helo command rejected: Access denied'
            client.command('EHLO good.example', 250)
            assert client.command('MAIL FROM:<bad@sender.example>').text == '554 5.7.1 <bad@sender.example>: Sender address rejected: Access denied'


DOMAINS = {('mx.example', 'MX'): ['10 host.mx.example'], ('host.mx.example', 'A'): ['127.0.0.1'], ('a.example', 'A'): ['127.0.0.1'], ('six.example', 'AAAA'): ['::1'], ('null.example', 'MX'): ['0 .'],
           ('broken.example', 'MX'): 'SERVFAIL', ('broken.example', 'A'): 'SERVFAIL', ('broken.example', 'AAAA'): 'SERVFAIL'}


def test_reject_unknown_sender_domain_asks_for_mx_a_and_aaaa():
    guide = dict(ORDINARY, smtpd_delay_reject='no', smtpd_sender_restrictions='reject_unknown_sender_domain', inet_protocols='ipv4', mynetworks='')
    with Relay(guide, records=DOMAINS) as relay, Client(relay.port) as client:
        for sender, said in (('s@mx.example', '250 2.1.0 Ok'), ('s@a.example', '250 2.1.0 Ok'), ('s@six.example', '250 2.1.0 Ok'), ('', '250 2.1.0 Ok'),
                             ('s@none.example', '450 4.1.8 <s@none.example>: Sender address rejected: Domain not found'),
                             ('s@null.example', '550 5.7.27 <s@null.example>: Sender address rejected: Domain null.example does not accept mail (nullMX)'),
                             ('s@broken.example', '250 2.1.0 Ok')):  # the domain may exist: the answer comes at RCPT
            client.command('RSET', 250)
            assert client.command('MAIL FROM:<%s>' % sender).text == said, sender
        assert client.command('RCPT TO:<x@partner.example>').text == '450 4.1.8 <s@broken.example>: Sender address rejected: Domain not found'


def test_of_two_options_with_one_name_the_last_wins_and_main_cf_says_so():
    twice = ' -o smtpd_sender_restrictions=reject\n -o smtpd_sender_restrictions=permit\n'
    with Submission({}, twice) as relay:
        assert relay.answer('x@partner.example') == '250 2.1.5 Ok'
    Checked('mydestination =\nsmtpd_banner = $myhostname one\nsmtpd_banner = $myhostname two\n').expect(
        ('main.cf:3', 'warning', 'overriding earlier entry: smtpd_banner=$myhostname one'))


def test_strict_rfc821_envelopes_takes_nothing_but_a_path():
    with Relay(dict(ORDINARY, strict_rfc821_envelopes='yes'), services={'lax': {'strict_rfc821_envelopes': 'no'}}) as relay, Client(relay.port) as strict, Client(relay.ports['lax']) as lax:
        for sender in ('a@b.example', 'Joe<a@b.example>', '<a(comment)@b.example>'):
            assert strict.command('MAIL FROM:' + sender).text == '501 5.1.7 Bad sender address syntax', sender
            assert lax.command('MAIL FROM:' + sender).text == '250 2.1.0 Ok', sender
            lax.command('RSET', 250)
        assert strict.command('MAIL FROM: <a@b.example>').text == '250 2.1.0 Ok'
        assert strict.command('RCPT TO:x@partner.example').text == '501 5.1.3 Bad recipient address syntax'


def test_source_routes_percent_and_bang_are_no_way_to_relay():
    main = {'mydestination': 'us.example', 'smtpd_relay_restrictions': 'permit_mynetworks reject_unauth_destination'}
    with Relay(dict(ORDINARY, **main)) as relay:
        for recipient in ('user%dom.example@us.example', '"user@dom.example"@us.example', '@us.example:user@dom.example', 'dom.example!user@us.example', '@us.example,@dom.example:user@dom.example'):
            said = answer(relay.port, recipient)
            assert said.startswith('554 5.7.1 <') and said.endswith('>: Relay access denied'), (recipient, said)


def test_relaying_for_those_we_trust():
    with Sink() as sink, Relay(dict(ORDINARY, smtpd_relay_restrictions='permit_mynetworks, reject', relayhost='[127.0.0.1]:%d' % sink.port)) as relay:
        with Client(relay.port) as client:
            client.message('a@example.org', ['x@example.net'], TEXT)
        assert sink.wait(1)[0].body == b'hello\r\n'
