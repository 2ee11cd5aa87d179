"""Tables in real databases: found, absent, and unknown when the database is stalled or gone; nobody else waits for it."""
import select

from integration.table_servers import check_answers, rcpt, settings
from kit.client import Client
from kit.relay import Relay
from kit.unpacked_databases import MariaDb, OpenLdap, PostgreSql


def check_database(kind, database):
    patient = {'smtpd_soft_error_limit': '1000', 'smtpd_hard_error_limit': '1000', 'smtpd_junk_command_limit': '1000'}
    with database, Relay(dict(settings(kind + ':@folder@/t.cf'), **patient), files={'t.cf': database.settings()}) as relay:
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
        return relay.tool('postmap', '-q', 'group', table, check=False), relay.tool('postmap', '-q', 'circle', table, check=False)


def test_mysql_tables_ask_mariadb():
    check_database('mysql', MariaDb())


def test_pgsql_tables_ask_postgresql():
    check_database('pgsql', PostgreSql())


def test_ldap_tables_ask_openldap_and_follow_groups():
    group, circle = check_database('ldap', OpenLdap())
    assert group == 'found it,irish\n' and circle == '', (group, circle)
