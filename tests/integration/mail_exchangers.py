"""Where mail for a domain goes: MX records, their order, their absence, and names that cannot be found."""
import os
import random
import socket
import subprocess

from kit import place
from kit.client import Client
from kit.place import Skip
from kit.relay import Relay
from kit.sink import Sink

def address():
    """A loopback address that no other test uses."""
    return '127.%d.%d.%d' % tuple(random.randrange(1, 255) for _ in range(3))


def send(relay, recipient='x@example.net', sender='a@sender.example'):
    with Client(relay.port) as client:
        client.message(sender, [recipient], b'Subject: t\r\n\r\nhello\r\n')


def fate(records, **main):
    """The log line of a message to x@example.net, and what its sender got back: (line, bounce or None)."""
    with Sink() as home:
        main = dict({'smtp_host_lookup': 'dns', 'transport_maps': 'inline:{sender.example=smtp:[127.0.0.1]:%d}' % home.port}, **main)
        with Relay(main, records=records) as relay:
            send(relay)
            line = relay.wait_log('to=<x@example.net>.*status=')[0]
            return line, home.wait(1)[0] if 'status=bounced' in line else None


def returned(records, status, reason, **main):
    line, bounce = fate(records, **main)
    assert 'relay=none,' in line and 'dsn=%s, status=bounced (%s)' % (status, reason) in line, line
    assert bounce.mail.startswith('MAIL FROM:<>') and bounce.recipients == ['a@sender.example'], bounce
    report = bounce.data.decode()
    assert '\r\nStatus: %s\r\n' % status in report and 'Final-Recipient: rfc822; x@example.net' in report, report


def waits(records, status, reason, **main):
    line, _ = fate(records, **main)
    assert 'relay=none,' in line and 'dsn=%s, status=deferred (%s)' % (status, reason) in line, line


def nobody_at_port_25():
    """An address where connections to the SMTP port are refused; a mail server of this machine may listen on all addresses."""
    found = address()
    with socket.socket() as probe:
        if probe.connect_ex((found, 25)) == 0:
            raise Skip('something listens on port 25 of every loopback address')
    return found


def test_a_null_mx_returns_the_mail():
    returned({('example.net', 'MX'): ['0 .'], ('example.net', 'A'): [address()]}, '5.1.0', 'Domain example.net does not accept mail (nullMX)')


def test_a_domain_that_does_not_exist_returns_the_mail():
    returned({}, '5.4.4', 'Host or domain name not found. Name service error for name=example.net type=A: Host not found')


def test_a_name_server_that_fails_lets_the_mail_wait():
    waits({('example.net', 'MX'): 'SERVFAIL', ('example.net', 'A'): [address()]}, '4.4.3',
          'Host or domain name not found. Name service error for name=example.net type=MX: Host not found, try again')


def test_a_name_server_that_fails_for_the_mail_host_lets_the_mail_wait():
    waits({('example.net', 'MX'): ['10 mx.example.net'], ('mx.example.net', 'A'): 'SERVFAIL'}, '4.4.3',
          'Host or domain name not found. Name service error for name=mx.example.net type=A: Host not found, try again')


def test_a_failing_lookup_of_the_best_host_does_not_keep_mail_from_the_next():
    with Sink(address=address()) as sink:
        records = {('example.net', 'MX'): ['10 mx1.example.net', '20 mx2.example.net'], ('mx1.example.net', 'A'): 'SERVFAIL',
                   ('mx2.example.net', 'A'): [sink.address]}
        with Relay({'relayhost': 'example.net:%d' % sink.port, 'smtp_host_lookup': 'dns'}, records=records) as relay:
            send(relay)
            sink.wait(1)


def test_a_mail_host_without_an_address_returns_the_mail():
    returned({('example.net', 'MX'): ['10 mx.example.net']}, '5.4.4',
             'Host or domain name not found. Name service error for name=mx.example.net type=A: Host not found')


def test_this_server_as_best_mail_host_is_a_loop():
    returned({('example.net', 'MX'): ['10 relay.example.test', '20 mx2.example.net'], ('relay.example.test', 'A'): ['127.0.0.1'],
              ('mx2.example.net', 'A'): [address()]}, '5.4.6', 'mail for example.net loops back to myself')


def test_this_server_as_the_address_of_the_domain_is_a_loop():
    returned({('example.net', 'A'): ['127.0.0.1']}, '5.4.6', 'mail for example.net loops back to myself')


def test_this_server_behind_a_proxy_as_best_mail_host_is_a_loop():
    outside = address()
    returned({('example.net', 'MX'): ['10 proxy.example.net'], ('proxy.example.net', 'A'): [outside]}, '5.4.6',
             'mail for example.net loops back to myself', proxy_interfaces=outside)


def test_hosts_of_our_own_preference_and_worse_are_not_tried():
    best, equal, worse = nobody_at_port_25(), address(), address()
    records = {('example.net', 'MX'): ['10 best.example.net', '20 relay.example.test', '20 equal.example.net', '30 worse.example.net'],
               ('best.example.net', 'A'): [best], ('relay.example.test', 'A'): ['127.0.0.1'],
               ('equal.example.net', 'A'): [equal], ('worse.example.net', 'A'): [worse]}
    with Relay({'smtp_host_lookup': 'dns'}, records=records) as relay:
        send(relay)
        line = relay.wait_log('to=<x@example.net>.*status=')[0]
        assert 'dsn=4.4.1, status=deferred (connect to best.example.net[%s]:25: Connection refused)' % best in line, line
        tried = [line for line in relay.log().splitlines() if 'connect to' in line]
        assert not [line for line in tried if equal in line or worse in line or '[127.0.0.1]' in line], tried


def test_the_next_host_is_tried_when_the_best_refuses_connections():
    best = address()  # nobody listens there: the sink has the port on an address of its own
    with Sink(address=address()) as sink:
        records = {('example.net', 'MX'): ['20 second.example.net', '10 best.example.net'], ('best.example.net', 'A'): [best],
                   ('second.example.net', 'A'): [sink.address]}
        with Relay({'relayhost': 'example.net:%d' % sink.port, 'smtp_host_lookup': 'dns'}, records=records) as relay:
            send(relay)
            sink.wait(1)
            relay.wait_log(r'connect to best\.example\.net\[%s\]:%d: Connection refused' % (best, sink.port))
            relay.wait_log(r'to=<x@example.net>, relay=second\.example\.net\[%s\]:%d, .*status=sent' % (sink.address, sink.port))


def test_the_best_host_gets_all_mail_while_it_answers():
    with Sink(address=address()) as best, Sink(address=address(), port=best.port) as second:
        records = {('example.net', 'MX'): ['20 second.example.net', '10 best.example.net'], ('best.example.net', 'A'): [best.address],
                   ('second.example.net', 'A'): [second.address]}
        with Relay({'relayhost': 'example.net:%d' % best.port, 'smtp_host_lookup': 'dns'}, records=records) as relay:
            for _ in range(10):
                send(relay)
            best.wait(10)
            assert second.commands == []


def test_the_next_host_is_tried_when_the_best_greets_with_4yz():
    with Sink(address=address(), replies={'CONNECT': '421 4.3.2 busy'}) as best, Sink(address=address(), port=best.port) as second:
        records = {('example.net', 'MX'): ['10 best.example.net', '20 second.example.net'], ('best.example.net', 'A'): [best.address],
                   ('second.example.net', 'A'): [second.address]}
        with Relay({'relayhost': 'example.net:%d' % best.port, 'smtp_host_lookup': 'dns'}, records=records) as relay:
            send(relay)
            second.wait(1)


def test_a_domain_without_mx_is_its_own_mail_host():
    with Sink(address=address()) as sink:
        with Relay({'relayhost': 'example.net:%d' % sink.port, 'smtp_host_lookup': 'dns'}, records={('example.net', 'A'): [sink.address]}) as relay:
            send(relay)
            sink.wait(1)
            relay.wait_log(r'relay=example\.net\[%s\]:%d, .*status=sent' % (sink.address, sink.port))


def test_an_alias_leads_to_the_mail_hosts_of_the_name_behind_it():
    with Sink(address=address()) as sink:
        records = {('example.net', 'CNAME'): ['real.example'], ('real.example', 'MX'): ['10 mx.real.example'],
                   ('real.example', 'A'): [address()], ('mx.real.example', 'A'): [sink.address]}
        with Relay({'relayhost': 'example.net:%d' % sink.port, 'smtp_host_lookup': 'dns'}, records=records) as relay:
            send(relay)
            assert sink.wait(1)[0].recipients == ['x@example.net']
            relay.wait_log(r'relay=mx\.real\.example\[%s\]:%d, .*status=sent' % (sink.address, sink.port))


def test_a_mail_host_that_is_an_alias_is_found():
    with Sink(address=address()) as sink:
        records = {('example.net', 'MX'): ['10 mx.example.net'], ('mx.example.net', 'CNAME'): ['host.example'], ('host.example', 'A'): [sink.address]}
        with Relay({'relayhost': 'example.net:%d' % sink.port, 'smtp_host_lookup': 'dns'}, records=records) as relay:
            send(relay)
            sink.wait(1)


def test_a_domain_beyond_ascii_is_asked_for_as_dns_has_it():
    """`transport_maps` names only a port; the host comes from the MX record of the A-label."""
    records = {('xn--bcher-kva.example', 'MX'): ['10 mx.xn--bcher-kva.example'], ('mx.xn--bcher-kva.example', 'A'): ['127.0.0.1']}
    with Sink(extensions=('PIPELINING', '8BITMIME', 'SMTPUTF8')) as sink:
        with Relay({'smtp_host_lookup': 'dns', 'transport_maps': 'inline:{bücher.example=smtp:bücher.example:%d}' % sink.port}, records=records) as relay:
            with Client(relay.port) as client:
                client.command('EHLO x', 250)
                client.message('a@sender.example', ['jürgen@bücher.example'], b'Subject: t\r\n\r\nhello\r\n', ' SMTPUTF8')
            message = sink.wait(1)[0]
            assert message.recipients == ['jürgen@bücher.example'], message
            relay.wait_log(r'relay=mx.xn--bcher-kva.example\[127.0.0.1\]:%d, .*status=sent' % sink.port)


def test_a_domain_that_cannot_be_returns_the_mail():
    with Sink() as home:
        with Relay({'smtp_host_lookup': 'dns', 'transport_maps': 'inline:{sender.example=smtp:[127.0.0.1]:%d}' % home.port}) as relay:
            subprocess.run([place.BIN + '/sendmail', '-f', 'a@sender.example', 'joe@example..com'], input='Subject: t\n\nhello\n', text=True, check=True, timeout=60,
                           env=dict(os.environ, MAIL_CONFIG=relay.folder))
            relay.wait_log('to=<joe@example..com>.*dsn=5.*status=bounced')
            home.wait(1)
