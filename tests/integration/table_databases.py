"""Tables in real databases: found, absent, and unknown when the database is stalled or gone; nobody else waits for it."""
import os
import select
import subprocess

from integration.table_servers import check_answers, rcpt, settings
from kit import certificate, place
from kit.client import Client
from kit.relay import Relay
from kit.unpacked_databases import MariaDb, Memcached, OpenLdap, PostgreSql


PATIENT = {'smtpd_soft_error_limit': '1000', 'smtpd_hard_error_limit': '1000', 'smtpd_junk_command_limit': '1000'}


def check_database(kind, database):
    at_once = '' if kind in ('ldap', 'memcache') else 'retry_interval = 1\n'
    with database, Relay(dict(settings(kind + ':@folder@/t.cf'), **PATIENT), files={'t.cf': database.settings() + at_once}) as relay:
        table = relay.fill(kind + ':@folder@/t.cf')
        check_answers(relay, table, unknown=())
        assert relay.tool('postmap', '-q', "o'neil@x.example", table) == 'irish\n'
        assert relay.tool('postmap', '-q', "x' OR '1'='1", table, check=False) == ''
        assert relay.tool('postmap', '-q', '*', table, check=False) == ''
        with Client(relay.port) as client, Client(relay.port) as other:
            client.command('MAIL FROM:<a@b.example>', 250)
            database.stall()
            client.send(b'RCPT TO:<joe@x.example>\r\n')
            # Who needs no lookup is served meanwhile: many turns for one that waits.
            for _ in range(200):
                assert rcpt(other, 'joe@elsewhere.example').startswith('554 5.7.1'), relay.log()
                other.command('EHLO client.example', 250)
            assert not select.select([client.socket], [], [], 0)[0], 'the database was not stalled'
            said = client.reply().text
            database.resume()
            assert said.startswith('451 4.3.0'), said
            relay.wait_log(r'postfix/[a-z-]+\[\d+\]: warning: %s lookup error for "joe@x.example": .' % table)
            place.wait_until(lambda: rcpt(client, 'joe@x.example').startswith('250'), 'an answer of the database that goes on')
            database.stop()
            for address in ('joe@x.example', 'nobody@x.example'):
                said = rcpt(client, address)
                assert said.startswith('451 4.3.0'), said
            assert rcpt(other, 'joe@elsewhere.example').startswith('554 5.7.1')
            database.start()
            place.wait_until(lambda: rcpt(client, 'joe@x.example').startswith('250'), 'an answer of the database that came back')
            assert rcpt(client, 'nobody@x.example').startswith('550 5.1.1')
        return relay.tool('postmap', '-q', 'group', table, check=False), relay.tool('postmap', '-q', 'circle', table, check=False)


def test_mysql_tables_ask_mariadb():
    check_database('mysql', MariaDb())


def test_pgsql_tables_ask_postgresql():
    check_database('pgsql', PostgreSql())


def test_ldap_tables_ask_openldap_and_follow_groups():
    group, circle = check_database('ldap', OpenLdap())
    assert group == 'found it,irish\n' and circle == '', (group, circle)


def test_memcache_tables_ask_memcached():
    check_database('memcache', Memcached())


def in_main_cf(name, text):
    """The settings of a table's file as main.cf has them."""
    return {'%s_%s' % (name, key.strip()): value.strip() for key, _, value in (line.partition('=') for line in text.splitlines())}


def test_a_stalled_database_does_not_hold_up_the_end_of_the_server():
    with MariaDb() as database:
        text = database.settings().replace('127.0.0.1:%d' % database.port, '127.0.0.1:people-db')
        main = dict(settings('mysql:people'), **PATIENT, known_tcp_ports='smtp=25, people-db=%d' % database.port, **in_main_cf('people', text))
        with Relay(main) as relay:
            check_answers(relay, 'mysql:people', unknown=())
            relay.tool('posthouse', 'check')
            with Client(relay.port) as client, Client(relay.port) as other:
                client.command('MAIL FROM:<a@b.example>', 250)
                database.stall()
                try:
                    client.send(b'RCPT TO:<joe@x.example>\r\n')
                    for _ in range(200):
                        other.command('EHLO client.example', 250)
                    relay.stop()
                finally:
                    database.resume()
            # The client library gives a server ten seconds.
            relay.wait_log('stopped without the end of lookups that hang')


def found(relay, name, text):
    """What joe@x.example is in a table with these settings; or why that cannot be told."""
    path = place.write(os.path.join(relay.folder, name + '.cf'), text)
    command = [os.path.join(place.BIN, 'postmap'), '-c', relay.folder, '-q', 'joe@x.example', '%s:%s' % (name.split('-')[0], path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.stdout.strip() or done.stderr.strip() or 'absent'


def assert_found(said):
    assert said == 'found it', said


def assert_unknown(said):
    assert said.startswith('postmap: fatal: '), said


def refused(relay, table, reason):
    """RCPT waits for a table that cannot be asked, and the log says why."""
    with Client(relay.port) as client:
        said = rcpt(client, 'joe@x.example')
        assert said.startswith('451 4.3.0'), (said, relay.log())
    relay.wait_log(r'warning: %s lookup error for "joe@x.example": .*%s' % (relay.fill(table), reason))


def test_mysql_tables_ask_over_tls():
    database = MariaDb()
    database.certify()
    # The server without accounts refuses nobody, so the query itself wants TLS.
    encrypted = "IF((SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher') <> '', v, NULL)"
    plain = database.settings().replace('unix:/nowhere ', '').replace('SELECT v', 'SELECT ' + encrypted)
    wrong = plain + 'tls_CAfile = %s\ntls_verify_cert = yes\n' % database.stranger
    with database, Relay(settings('mysql:@folder@/wrong.cf'), files={'wrong.cf': wrong}) as relay:
        cert, key = certificate.issue('client.example', relay.folder)
        assert found(relay, 'mysql-plain', plain) == 'absent'
        assert_found(found(relay, 'mysql-ca', plain + 'tls_CAfile = %s\ntls_verify_cert = yes\n' % database.authority))
        assert_found(found(relay, 'mysql-client', plain + 'tls_CAfile = %s\ntls_cert_file = %s\ntls_key_file = %s\n' % (database.authority, cert, key)))
        folder = os.path.join(relay.folder, 'authorities')
        os.mkdir(folder)
        place.write(folder + '/ca.pem', open(database.authority, encoding='ascii').read())
        subprocess.run(['openssl', 'rehash', folder], check=True)
        assert_found(found(relay, 'mysql-folder', plain + 'tls_CApath = %s\ntls_verify_cert = yes\n' % folder))
        assert_unknown(found(relay, 'mysql-ciphers', plain + 'tls_CAfile = %s\ntls_ciphers = nonsense\n' % database.authority))
        options = place.write(os.path.join(relay.folder, 'options.cnf'), '[mail]\nssl-ca = %s\nssl-verify-server-cert\n' % database.authority)
        assert_found(found(relay, 'mysql-options', plain + 'option_file = %s\noption_group = mail\n' % options))
        assert found(relay, 'mysql-group', plain + 'option_file = %s\n' % options) == 'absent'
        refused(relay, 'mysql:@folder@/wrong.cf', '(TLS|SSL|certificate)')


def test_pgsql_tables_ask_over_tls():
    database = PostgreSql()
    database.certify()
    uri = "hosts = postgresql://nobody@localhost:%d/postgres?sslmode=%%s\nquery = SELECT v FROM people WHERE k = '%%%%s'\n" % database.port
    with database, Relay(settings('pgsql:@folder@/wrong.cf'), files={'wrong.cf': uri % ('verify-full&sslrootcert=' + database.stranger)}) as relay:
        assert_found(found(relay, 'pgsql-ca', uri % ('verify-full&sslrootcert=' + database.authority)))
        assert_found(found(relay, 'pgsql-some', uri % 'require'))
        assert_unknown(found(relay, 'pgsql-plain', uri % 'disable'))
        refused(relay, 'pgsql:@folder@/wrong.cf', 'certificate verify failed')


LDAP = ('version = 3\nsearch_base = dc=x\ntimeout = 5\nquery_filter = (mail=%s)\nresult_attribute = employeeType\n')


def test_ldap_tables_log_in_with_sasl():
    database = OpenLdap()
    database.certify()
    host = LDAP + 'server_host = ldap://localhost:%d\n' % database.port
    login = host + 'bind = sasl\nbind_dn = mailer\nbind_pw = words\nsasl_mechs = '
    external = LDAP + 'server_host = %s\nbind = sasl\nsasl_mechs = EXTERNAL\n' % database.ldapi
    with database, Relay(settings('ldap:@folder@/t.cf'), files={'t.cf': external}) as relay:
        check_answers(relay, relay.fill('ldap:@folder@/t.cf'), unknown=())
        assert_unknown(found(relay, 'ldap-nobody', host + 'bind = no\n'))
        assert_found(found(relay, 'ldap-simple', host + 'bind_dn = cn=mailer,dc=x\nbind_pw = words\n'))
        for mechanism in ('DIGEST-MD5', 'SCRAM-SHA-1', 'PLAIN'):
            assert_found(found(relay, 'ldap-right', login + mechanism + '\n'))
            assert_unknown(found(relay, 'ldap-wrong', login.replace('words', 'word') + mechanism + '\n'))
        assert_found(found(relay, 'ldap-layer', login + 'DIGEST-MD5\nsasl_minssf = 1\n'))
        assert_unknown(found(relay, 'ldap-none', login + 'PLAIN\nsasl_minssf = 1\n'))


def test_ldap_tables_ask_over_tls():
    database = OpenLdap()
    database.certify()
    login = LDAP + 'bind_dn = cn=mailer,dc=x\nbind_pw = words\n'
    starttls = login + 'server_host = ldap://127.0.0.1:%d\nstart_tls = yes\n' % database.port
    ldaps = login + 'server_host = ldaps://127.0.0.1:%d\n' % database.ldaps
    demand = 'tls_require_cert = yes\ntls_ca_cert_file = '
    wrong = starttls + demand + database.stranger + '\n'
    with database, Relay(settings('ldap:@folder@/wrong.cf'), files={'wrong.cf': wrong}) as relay:
        cert, key = certificate.issue('client.example', relay.folder)
        for way in (starttls, ldaps):
            assert_found(found(relay, 'ldap-right', way + demand + database.authority + '\n'))
            assert_unknown(found(relay, 'ldap-wrong', way + demand + database.stranger + '\n'))
            assert_found(found(relay, 'ldap-trusting', way))
        external = ldaps.replace('bind_dn', 'bind = sasl\nsasl_mechs = EXTERNAL\n#').replace('bind_pw', '#')
        assert_found(found(relay, 'ldap-client', external + demand + '%s\ntls_cert = %s\ntls_key = %s\n' % (database.authority, cert, key)))
        assert_unknown(found(relay, 'ldap-unknown', external + demand + database.authority + '\n'))
        assert_unknown(found(relay, 'ldap-ciphers', starttls + 'tls_cipher_suite = nonsense\n'))
        refused(relay, 'ldap:@folder@/wrong.cf', 'at STARTTLS: .*certificate')
