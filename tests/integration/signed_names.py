"""DNSSEC with zones that a real name server answers for: a signed answer is used, a broken signature is a failure and never an answer, what nobody signed passes."""
from integration.checking import Checked
from kit import place
from kit.client import Client
from kit.nsd import Nsd, Zone
from kit.relay import Relay
from kit.sink import Sink

TEXT = b'Subject: t\r\n\r\nhello\r\n'
MAIL = '@ MX 10 mx\nmx A 127.0.0.1\n'


def zones():
    """Two signed zones, one with a record that was changed since, and two that nobody signed, one of them below a signed one."""
    folder = place.private_folder('zones')
    signed = Zone('signed.example', MAIL + 'plain NS ns\n').sign(folder)
    bogus = Zone('bogus.example', MAIL).sign(folder)
    assert '\tMX\t10 mx' in bogus.text, bogus.text
    bogus.text = bogus.text.replace('\tMX\t10 mx', '\tMX\t20 mx')
    return [signed, bogus, Zone('unsigned.example', MAIL), Zone('plain.signed.example', MAIL)]


def sender(port, domain):
    with Client(port, source='127.0.0.5') as client:
        client.command('MAIL FROM:<a@%s>' % domain, 250)
        return client.command('RCPT TO:<x@partner.example>').text


def test_a_signed_answer_is_used_a_bogus_one_never_and_an_unsigned_one_passes():
    served = zones()
    with Nsd(served) as server, Sink() as sink:
        main = {'dnssec_trust_anchor_file': '@folder@/anchors', 'smtpd_sender_restrictions': 'reject_unknown_sender_domain', 'unknown_address_reject_code': '550', 'relay_domains': 'partner.example',
                'smtp_host_lookup': 'dns', 'smtp_tcp_port': str(sink.port), 'smtpd_peername_lookup': 'no'}
        anchors = ''.join(zone.anchor for zone in served)
        with Relay(main, files={'anchors': anchors}, environment={'POSTHOUSE_RESOLVER': '127.0.0.1:%d' % server.port}) as relay:
            for domain in ('signed.example', 'unsigned.example', 'plain.signed.example'):
                assert sender(relay.port, domain) == '250 2.1.5 Ok', domain
            assert sender(relay.port, 'none.signed.example') == '550 5.1.8 <a@none.signed.example>: Sender address rejected: Domain not found'
            assert sender(relay.port, 'bogus.example') == '450 4.1.8 <a@bogus.example>: Sender address rejected: Domain not found'
            with Client(relay.port) as client:
                for domain in ('signed.example', 'unsigned.example', 'plain.signed.example', 'bogus.example'):
                    client.message('a@signed.example', ['x@' + domain], TEXT)
            relay.wait_log(r'to=<x@bogus.example>.* dsn=4\.4\.3, status=deferred ')
            got = sorted(message.recipients[0] for message in sink.wait(3))
            assert got == ['x@plain.signed.example', 'x@signed.example', 'x@unsigned.example'], got
            # Without anchors nobody looks at signatures; a reload that takes them away counts at once.
            relay.tool('postconf', '-e', 'dnssec_trust_anchor_file=')
            relay.tool('postfix', 'reload')
            relay.wait_log('daemon started', 2)
            assert sender(relay.port, 'bogus.example') == '250 2.1.5 Ok'


def test_a_file_without_keys_is_refused_at_the_start():
    Checked('mydestination =\ndnssec_trust_anchor_file = @folder@/nothing\n').expect(('main.cf:2', 'error', 'dnssec_trust_anchor_file: '), status=1)
    Checked('mydestination =\ndnssec_trust_anchor_file = @folder@/anchors\n', files={'anchors': 'no records\n'}).expect(
        ('main.cf:2', 'error', 'no DNSKEY or DS records that can be used'), status=1)
    Checked('mydestination =\ndnssec_trust_anchor_file = @folder@/anchors\n', files={'anchors': '; the key of the root\n. IN DS 20326 8 2 ' + 'AB' * 32 + '\n'}).expect()
