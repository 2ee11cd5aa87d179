"""What a guide says of postscreen, one test a statement, with its lines as they are written; DNS lists are answered by rbldnsd."""
from integration.checking import Checked
from integration.postscreen import Screened, rest
from kit.client import Client
from kit.rbldnsd import Rbldnsd
from kit.relay import Relay

GUIDE = {
    'myhostname': 'relay1.sanitized.fqdn', 'mynetworks': ',', 'smtpd_banner': '$myhostname ESMTP',
    'postscreen_access_list': 'permit_mynetworks, cidr:@folder@/access.cidr', 'postscreen_greet_banner': '$myhostname [POSTSCREEN] ESMTP', 'postscreen_blacklist_action': 'drop',
    'postscreen_dnsbl_action': 'enforce', 'postscreen_dnsbl_threshold': '3', 'postscreen_greet_action': 'enforce',
    'postscreen_dnsbl_reply_map': 'pcre:$config_directory/dnsbl_reply_map.pcre', 'postscreen_dnsbl_sites': 'zen.spamhaus.org*3', 'postscreen_whitelist_interfaces': 'static:all',
    'postscreen_bare_newline_action': 'enforce', 'postscreen_bare_newline_enable': 'no', 'postscreen_non_smtp_command_enable': 'no', 'postscreen_pipelining_enable': 'no'}
FILES = {'access.cidr': '127.0.0.5 reject\n127.0.0.9 permit\n127.0.0.10 dunno\n', 'dnsbl_reply_map.pcre': '/^zen\\./ dnsbl.hidden\n'}
ZEN = ':127.0.0.2:Listed, see https://zen.example/$\n127.0.0.7\n127.0.0.8 :127.0.0.10:policy\n'


def guided(main=None, **more):
    return Screened(dict(GUIDE, **(main or {})), files=FILES, **more)


def asks(daemon):
    return {'POSTHOUSE_RESOLVER': daemon.address}


def refused(client, recipient='x@partner.example'):
    """The reply to RCPT of the engine that lets nobody in."""
    assert 'PIPELINING' not in client.command('EHLO bot.example', 250).text
    client.command('MAIL FROM:<a@example.org>', 250)
    return client.command('RCPT TO:<%s>' % recipient).text


def test_a_client_that_passes_is_handed_to_smtpd_pass():
    with guided() as relay, relay.client('127.0.0.6') as client:
        assert client.line() == '220-relay1.sanitized.fqdn [POSTSCREEN] ESMTP'
        assert client.line() == '220 relay1.sanitized.fqdn ESMTP'
        assert 'PIPELINING' in client.command('EHLO good.example', 250).text
        relay.wait_log(r'PASS NEW \[127\.0\.0\.6\]:\d+$')
        relay.wait_log(r'postfix/smtpd\[\d+\]: connect from unknown\[127\.0\.0\.6\]$')


def test_talking_between_the_two_greetings_is_a_pregreet():
    with guided() as relay, relay.client('127.0.0.6') as client:
        assert client.line() == '220-relay1.sanitized.fqdn [POSTSCREEN] ESMTP'
        client.send(b'EHLO early.example\r\n')
        assert 'PIPELINING' not in client.reply().text  # at once, without the second 220
        client.command('MAIL FROM:<a@example.org>', 250)
        assert client.command('RCPT TO:<x@partner.example>').text == '550 5.5.1 Protocol error'
        relay.wait_log(r'PREGREET 20 after \d+(\.\d+)? from \[127\.0\.0\.6\]:\d+: EHLO early\.example')
        relay.wait_log(r'NOQUEUE: reject: RCPT from \[127\.0\.0\.6\]:\d+: 550 5\.5\.1 Protocol error; from=<a@example\.org>, to=<x@partner\.example>, proto=ESMTP, helo=<early\.example>')


def test_old_and_new_names_mean_the_same():
    for name in ('blacklist', 'denylist'):
        main = {name: value for name, value in GUIDE.items() if 'blacklist' not in name}
        main['postscreen_%s_action' % name] = 'drop'
        with Screened(main, files=FILES) as relay, relay.client('127.0.0.5') as client:
            assert rest(client) == '521 5.3.2 Service currently unavailable\r\n'
    Checked('mydestination =\nmynetworks = 127.0.0.0/8\npostscreen_whitelist_interfaces = static:all\npostscreen_dnsbl_whitelist_threshold = -1\n').expect(
        ('main.cf:3', 'note', 'postscreen_whitelist_interfaces is an old name'), ('main.cf:4', 'note', 'postscreen_dnsbl_whitelist_threshold is an old name'))


def test_drop_closes_at_once():
    with guided() as relay, relay.client('127.0.0.5') as client:
        assert rest(client) == '521 5.3.2 Service currently unavailable\r\n'
        relay.wait_log(r'(DENY|BLACK)LISTED \[127\.0\.0\.5\]:\d+$')


def test_enforce_answers_550_at_rcpt_and_hides_the_lists_name():
    with Rbldnsd({'zen.spamhaus.org': ZEN}) as daemon, guided(environment=asks(daemon)) as relay, relay.client('127.0.0.7') as client:
        assert client.line().startswith('220-') and client.line().startswith('220 ')
        assert refused(client) == '550 5.7.1 Service unavailable; client [127.0.0.7] blocked using dnsbl.hidden'
        relay.wait_log(r'postfix/dnsblog\[\d+\]: addr 127\.0\.0\.7 listed by domain zen\.spamhaus\.org as 127\.0\.0\.2$')
        relay.wait_log(r'DNSBL rank 3 for \[127\.0\.0\.7\]:\d+$')
        relay.wait_log(r'NOQUEUE: reject: RCPT from \[127\.0\.0\.7\]:\d+: 550 5\.7\.1 Service unavailable; client \[127\.0\.0\.7\] blocked using dnsbl\.hidden; '
                       r'from=<a@example\.org>, to=<x@partner\.example>, proto=ESMTP, helo=<bot\.example>')


def test_without_a_reply_map_the_list_is_named():
    with Rbldnsd({'zen.spamhaus.org': ZEN}) as daemon, guided({'postscreen_dnsbl_reply_map': ''}, environment=asks(daemon)) as relay, relay.client('127.0.0.8') as client:
        assert client.line().startswith('220-') and client.line().startswith('220 ')
        assert refused(client) == '550 5.7.1 Service unavailable; client [127.0.0.8] blocked using zen.spamhaus.org'


def test_weights_add_up_and_filters_choose_answers():
    zones = {'zen.spamhaus.org': ZEN, 'other.example': '127.0.0.7 :127.0.0.2:x\n127.0.0.8 :127.0.0.2:x\n', 'white.example': '127.0.0.7 :127.0.4.2:good\n'}
    main = {'postscreen_dnsbl_sites': 'zen.spamhaus.org=127.0.0.[9..11]*2 other.example=127.0.0.2 white.example=127.0.[0..255].2*-2', 'postscreen_dnsbl_action': 'drop'}
    with Rbldnsd(zones) as daemon, guided(main, environment=asks(daemon)) as relay:
        with relay.client('127.0.0.8') as bad:  # 2 + 1
            assert bad.line().startswith('220-')
            assert rest(bad) == '521 5.7.1 Service unavailable; client [127.0.0.8] blocked using dnsbl.hidden\r\n'
        with relay.client('127.0.0.7') as good:  # zen's answer is none of the filter's, 1 - 2
            assert good.line().startswith('220-') and good.line().startswith('220 ')
        relay.wait_log(r'PASS NEW \[127\.0\.0\.7\]')


def test_bare_newline_action_without_enable_has_no_effect_and_check_says_so():
    with guided() as relay, relay.client('127.0.0.6') as client:
        client.send(b'')
        assert client.line().startswith('220-') and client.line().startswith('220 ')
        client.send(b'EHLO bare.example\n')
        assert client.reply().code == 250
    Checked('mydestination =\nmynetworks = 127.0.0.0/8\npostscreen_bare_newline_action  = enforce\npostscreen_bare_newline_enable  = no\n').expect(
        ('main.cf:3', 'note', 'postscreen_bare_newline_action has no effect: the test is off'))


def test_the_first_match_of_the_access_list_decides_and_empty_mynetworks_exempt_nobody():
    with guided() as relay:
        for source, tested in (('127.0.0.9', False), ('127.0.0.10', True), ('127.0.0.1', True)):
            with relay.client(source) as client:
                assert client.line().startswith('220-' if tested else '220 '), source
        relay.wait_log(r'(ALLOW|WHITE)LISTED \[127\.0\.0\.9\]:\d+$')
    with guided({'mynetworks': '127.0.0.1/32'}) as relay, relay.client('127.0.0.1') as client:
        assert client.line().startswith('220 ')


LISTS = {'bl.example': '$TTL 60\n:127.0.0.2:Listed, see https://bl.example/$\n127.0.0.7\n127.0.0.8 :127.0.0.4:Open proxy\n127.0.0.9 :127.0.0.2:\n',
         'wl.example': '127.0.0.8 :127.0.5.1:good sender\n'}


def test_reject_rbl_client_says_the_reason_that_the_list_gives():
    main = {'smtpd_client_restrictions': 'permit_dnswl_client wl.example=127.0.[0..255].[1..3], reject_rbl_client bl.example', 'relay_domains': 'partner.example', 'smtpd_peername_lookup': 'no'}
    services = {'filtered': {'smtpd_client_restrictions': 'reject_rbl_client bl.example=127.0.0.[3..5]'}, 'templated': {'rbl_reply_maps': 'inline:{{bl.example = $$rbl_code 5.7.9 no: $$rbl_reason}}'}}
    with Rbldnsd(LISTS) as daemon, Relay(main, services=services, environment=asks(daemon)) as relay:
        def said(source, port='smtp'):
            with Client(relay.ports[port], source=source) as client:
                client.command('MAIL FROM:<a@example.org>', 250)
                return client.command('RCPT TO:<x@partner.example>').text
        assert said('127.0.0.7') == '554 5.7.1 Service unavailable; Client host [127.0.0.7] blocked using bl.example; Listed, see https://bl.example/127.0.0.7'
        assert said('127.0.0.9') == '554 5.7.1 Service unavailable; Client host [127.0.0.9] blocked using bl.example'
        assert said('127.0.0.8') == '250 2.1.5 Ok' and said('127.0.0.6') == '250 2.1.5 Ok'
        assert said('127.0.0.8', 'filtered') == '554 5.7.1 Service unavailable; Client host [127.0.0.8] blocked using bl.example; Open proxy'
        assert said('127.0.0.7', 'filtered') == '250 2.1.5 Ok'
        assert said('127.0.0.7', 'templated') == '554 5.7.9 no: Listed, see https://bl.example/127.0.0.7'
