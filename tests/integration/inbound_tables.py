"""What guides say of lookup tables, one test a statement: their lines as they are written, replies letter for letter."""
import contextlib
import os
import sqlite3
import subprocess

from integration.checking import Checked
from kit import place
from kit.client import Client
from kit.passwords import SETTINGS, password_file
from kit.relay import Relay


def rcpt(relay, recipient, sender='a@sender.example'):
    with Client(relay.port) as client:
        client.command('MAIL FROM:<%s>' % sender, 250)
        return client.command('RCPT TO:<%s>' % recipient).text


def access(table, files=None, **main):
    """A relay that asks `table` about recipients."""
    return Relay(dict({'smtpd_recipient_restrictions': 'check_recipient_access %s, permit' % table}, **main), files=files)


def test_hash_tables_are_made_by_postmap_with_folded_keys():
    text = '# a comment\nJoe@Example.NET REJECT joe\n is not here\n\nann@example.net   REJECT   ann\n'
    with access('hash:@folder@/access', {'access': text}, default_database_type='hash') as relay:
        relay.tool('postmap', relay.fill('@folder@/access'))  # default_database_type
        assert os.path.exists(relay.folder + '/access.db')
        assert rcpt(relay, 'JOE@example.net') == '554 5.7.1 <JOE@example.net>: Recipient address rejected: joe is not here'
        assert rcpt(relay, 'ann@example.net') == '554 5.7.1 <ann@example.net>: Recipient address rejected: ann'
        relay.tool('postmap', relay.fill('hash:@folder@/access'))
        assert relay.tool('postmap', '-q', 'ann@example.net', relay.fill('hash:@folder@/access')) == 'REJECT   ann\n'


def test_a_hash_table_older_than_its_source_is_named_in_the_log():
    with access('hash:@folder@/access', {'access': 'x@example.net REJECT\n'}) as relay:
        relay.stop()
        relay.tool('postmap', relay.fill('hash:@folder@/access'))
        os.utime(relay.folder + '/access.db', (1, 1))
        relay.start()
        rcpt(relay, 'x@example.net')
        relay.wait_log(relay.fill('warning: @folder@/main.cf:[0-9]+: database @folder@/access.db is older than source file @folder@/access'))


def test_a_hash_table_without_file_and_source_is_a_lookup_failure():
    with access('hash:@folder@/access') as relay:
        assert rcpt(relay, 'x@example.net') == '451 4.3.0 <x@example.net>: Temporary lookup failure'


def test_regexp_tables_need_no_postmap_and_the_first_match_decides():
    rules = '/^user(.*)@example\\.net$/ REJECT no $1 ${1}\n/^CASE@/i REJECT case\nif /@in\\.example$/\n/^in/ REJECT inside\nendif\n!/@example\\.net$/ REJECT elsewhere\n/./ REJECT last\n'
    with access('regexp:@folder@/access', {'access': rules}) as relay:
        for recipient, text in (('USER1@example.net', 'no 1 1'), ('CASE@example.net', 'case'), ('in@in.example', 'inside'), ('x@in.example', 'elsewhere'), ('x@example.net', 'last')):
            assert rcpt(relay, recipient) == '554 5.7.1 <%s>: Recipient address rejected: %s' % (recipient, text)
        table = relay.fill('regexp:@folder@/access')
        assert relay.tool('postmap', '-q', 'case@example.net', table) == 'REJECT last\n'  # the flag i makes a pattern case-sensitive


def test_postmap_r_on_a_regexp_table_makes_a_hash_file_that_nobody_reads():
    with Relay(files={'smtp_header_checks': '/^Received:/ IGNORE\n/^Received:/ IGNORE\n'}) as relay:
        relay.tool('postmap', '-r', relay.fill('@folder@/smtp_header_checks'))
        assert os.path.exists(relay.folder + '/smtp_header_checks.db')
        assert relay.tool('postmap', '-q', 'received: x', relay.fill('regexp:@folder@/smtp_header_checks')) == 'IGNORE\n'


def test_pcre_cidr_static_and_btree_tables_and_names_in_their_paths():
    files = {'a.pcre': '/^(?<name>p)@/ REJECT pcre $1\n', 'c.cidr': '127.0.0.0/8 DUNNO\n', 'b': 'b@example.net REJECT btree\n'}
    main = {'smtpd_client_restrictions': 'check_client_access cidr:$config_directory/c.cidr',
            'smtpd_recipient_restrictions': 'check_recipient_access pcre:$config_directory/a.pcre, check_recipient_access btree:$config_directory/b, check_recipient_access static:all'}
    with Relay(main, files=files) as relay:
        relay.tool('postmap', relay.fill('btree:@folder@/b'))
        assert rcpt(relay, 'p@example.net').endswith(': Recipient address rejected: pcre p')
        assert rcpt(relay, 'b@example.net').endswith(': Recipient address rejected: btree')
        assert rcpt(relay, 'x@example.net') == '451 4.3.5 Server configuration error'  # "all" is no action
        assert relay.tool('postmap', '-q', 'x', 'static:101') == '101\n'


SQL = "dbpath = @folder@/mail.db\nquery = SELECT v FROM people WHERE k = '%s'\n"


def people(path, **rows):
    """A database that the tests ask in place of MySQL."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute('CREATE TABLE people (k TEXT, v TEXT)')
        database.execute('CREATE TABLE aliases (k TEXT, v TEXT)')
        for key, value in rows.items():
            database.execute('INSERT INTO people VALUES (?, ?)', (key.replace('__', '@').replace('_', '.'), value))
        database.commit()
    os.chmod(path, 0o644)


def test_sql_tables_have_a_file_with_query_format_domain_and_limit():
    files = {'plain.cf': SQL, 'parts.cf': SQL.replace("'%s'", "'%u' || '@' || '%d' || substr('%1%2', 1, 0)"), 'formed.cf': SQL + 'result_format = REJECT %s of %D\n',
             'limited.cf': SQL.replace(" WHERE k = '%s'", '') + 'expansion_limit = 1\n', 'ours.cf': SQL + 'domain = other.example\n'}
    relay = Relay(files={'x': ''})
    for name, text in files.items():
        place.write(relay.folder + '/' + name, text.replace('@folder@', relay.folder))
    people(relay.folder + '/mail.db', joe__example_net='found', ann__example_net='two')
    with relay:
        def ask(name, key='joe@example.net', kind='sqlite'):
            return relay.tool('postmap', '-q', key, '%s:%s/%s.cf' % (kind, relay.folder, name), check=False)
        assert ask('plain') == 'found\n' and ask('plain', kind='proxy:sqlite') == 'found\n' and ask('plain', 'who@example.net') == ''
        assert ask('parts') == 'found\n', ask('parts')
        assert ask('formed') == 'REJECT found of example.net\n', ask('formed')
        assert ask('ours') == '' and ask('limited') == ''


def test_proxy_tables_work_whatever_proxy_read_maps_names():
    relay = access('proxy:sqlite:@folder@/t.cf', {'x': ''}, proxy_read_maps='$virtual_mailbox_maps $virtual_alias_maps $virtual_mailbox_domains $smtp_sasl_password_maps')
    place.write(relay.folder + '/t.cf', SQL.replace('@folder@', relay.folder))
    people(relay.folder + '/mail.db', joe__example_net='REJECT')
    with relay:
        assert rcpt(relay, 'joe@example.net') == '554 5.7.1 <joe@example.net>: Recipient address rejected: Access denied'


def test_an_alias_query_may_be_a_union_and_owners_come_from_sql():
    union = "dbpath = @folder@/mail.db\nquery = SELECT v FROM people WHERE k = '%s' UNION SELECT k FROM people WHERE k = '%s'\n"
    relay = Relay({'smtpd_sender_login_maps': 'proxy:sqlite:@folder@/email2email.cf', 'smtpd_sender_restrictions': 'reject_sender_login_mismatch', 'smtpd_sasl_auth_enable': 'yes', **SETTINGS},
                  files={'passwords': password_file(john='secret')})
    place.write(relay.folder + '/email2email.cf', union.replace('@folder@', relay.folder))
    people(relay.folder + '/mail.db', john__example_org='jane@example.org')
    with relay:
        said = relay.tool('postmap', '-q', 'john@example.org', relay.fill('proxy:sqlite:@folder@/email2email.cf')).strip()
        assert sorted(said.split(',')) == ['jane@example.org', 'john@example.org'], said
        assert rcpt(relay, 'x@example.net', 'john@example.org') == '553 5.7.1 <john@example.org>: Sender address rejected: not logged in'


def test_a_missing_file_of_a_table_is_451_with_the_cause_in_the_log_and_named_by_check():
    with access('sqlite:@folder@/missing.cf') as relay:
        assert rcpt(relay, 'x@example.net') == '451 4.3.0 <x@example.net>: Temporary lookup failure'
        relay.wait_log('missing.cf: No such file or directory')
        relay.wait_log(r'NOQUEUE: reject: RCPT from localhost\[127.0.0.1\]: 451 4.3.0 <x@example.net>: Temporary lookup failure; from=<a@sender.example> to=<x@example.net>')
    with Relay({'virtual_mailbox_domains': 'example.com', 'virtual_mailbox_maps': 'texthash:@folder@/nothing'}) as relay:
        assert rcpt(relay, 'x@example.com') == '451 4.3.0 <x@example.com>: Temporary lookup failure'
    checked = Checked('mydestination =\nvirtual_alias_maps = sqlite:@folder@/missing.cf\n')
    assert checked.status == 1 and any(where == 'main.cf:2' and severity == 'error' and 'missing.cf' in text for where, severity, text in checked.said), checked.text


def test_a_bad_restriction_is_451_4_3_5():
    with Relay({'smtpd_recipient_restrictions': 'reject_nonsense, permit'}) as relay:
        assert rcpt(relay, 'x@example.net') == '451 4.3.5 Server configuration error'


def test_postmap_q_prints_the_value_or_exits_with_1():
    with Relay(files={'t': 'a b c\n'}) as relay:
        command = [place.BIN + '/postmap', '-q']
        for key, expected in (('a', (0, 'b c\n')), ('z', (1, ''))):
            done = subprocess.run([*command, key, 'texthash:' + relay.folder + '/t'], capture_output=True, text=True, timeout=60, env=dict(os.environ, MAIL_CONFIG=relay.folder))
            assert (done.returncode, done.stdout) == expected, (key, done)
