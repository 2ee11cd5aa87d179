"""Tables in real databases: found, absent, and unknown when the database is stalled or gone."""
from integration.table_servers import check_answers, rcpt, settings
from kit.client import Client
from kit.relay import Relay
from kit.unpacked_databases import MariaDb, OpenLdap, PostgreSql


def check_database(kind, database):
    with database, Relay(settings(kind + ':@folder@/t.cf'), files={'t.cf': database.settings()}) as relay:
        table = relay.fill(kind + ':@folder@/t.cf')
        check_answers(relay, table, unknown=())
        assert relay.tool('postmap', '-q', "o'neil@x.example", table) == 'irish\n'
        assert relay.tool('postmap', '-q', "x' OR '1'='1", table, check=False) == ''
        assert relay.tool('postmap', '-q', '*', table, check=False) == ''
        with Client(relay.port) as client:
            database.stall()
            said = rcpt(client, 'joe@x.example')
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
