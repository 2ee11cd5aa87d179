"""Tables of the real postmap(1) and postalias(1) are ours, and ours are theirs."""
import os
import subprocess

from kit import place
from kit.unpacked_postfix import PostfixTools

# Upper case, IPv6, values with spaces, a folded line, a long value, a quoted key, 8-bit text.
ENTRIES = '''\
# a comment
user@Example.COM   Other@example.net
example.com  first,
   second
# in between
   third
[2001:db8::1]:25   user:pa ss=word
"quoted key"  value
plain smtp:[127.0.0.1]:25
long %s
gr\u00fcn ja
''' % ('x' * 5000)
ALIASES = '''\
Postmaster: root
"a b": c@example.net
list: one@example.net, two@example.net,
  three@example.net
'''


def ours(folder, tool, *arguments, text=None):
    done = subprocess.run([os.path.join(place.BIN, tool), *arguments], input=text, capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, MAIL_CONFIG=folder))
    return done.returncode, done.stdout, done.stderr


def tables_of_both(tools, kind, maker, text):
    """The same text, made into a table by the real tool and by ours: their names."""
    theirs, mine = (place.write('%s/%s.%s' % (tools.folder, name, kind), text) for name in ('theirs', 'mine'))
    assert tools.run(maker, '%s:%s' % (kind, theirs)) == (0, '', '')
    assert ours(tools.folder, maker, '%s:%s' % (kind, mine)) == (0, '', '')
    return '%s:%s' % (kind, theirs), '%s:%s' % (kind, mine)


def both_answer(tools, tool, table, *arguments, text=None):
    """What both tools say, which must be the same."""
    theirs, mine = tools.run(tool, *arguments, table, text=text), ours(tools.folder, tool, *arguments, table, text=text)
    assert theirs == mine, (table, arguments, theirs, mine)
    return mine


def test_each_reads_the_tables_of_the_other():
    with PostfixTools() as tools:
        for kind in ('hash', 'btree'):
            names = tables_of_both(tools, kind, 'postmap', ENTRIES)
            for table in names:
                for key in ('user@example.com', 'USER@EXAMPLE.COM', 'example.com', '[2001:db8::1]:25', '"quoted key"', 'plain', 'long', 'gr\u00fcn'):
                    assert both_answer(tools, 'postmap', table, '-q', key)[0] == 0, key
                assert both_answer(tools, 'postmap', table, '-q', 'nobody') == (1, '', '')
                assert both_answer(tools, 'postmap', table, '-q', '-', text='plain\nnobody\nExample.com\n')[1].count('\n') == 2
            listed = [sorted(both_answer(tools, 'postmap', table, '-s')[1].splitlines()) for table in names]
            assert listed[0] == listed[1] and len(listed[0]) == 7, listed


def test_each_changes_the_tables_of_the_other():
    with PostfixTools() as tools:
        for kind in ('hash', 'btree'):
            theirs, mine = tables_of_both(tools, kind, 'postmap', ENTRIES)
            for run, table in ((lambda *a, **k: tools.run(*a, **k), mine), (lambda *a, **k: ours(tools.folder, *a, **k), theirs)):
                assert run('postmap', '-d', 'Plain', table) == (0, '', '')
                assert run('postmap', '-d', 'plain', table)[0] == 1
                assert run('postmap', '-i', table, text='new key\n')[0] == 0
                assert run('postmap', '-ir', table, text='long short\n')[0] == 0
                assert both_answer(tools, 'postmap', table, '-q', 'plain')[0] == 1
                assert both_answer(tools, 'postmap', table, '-q', 'new')[1] == 'key\n'
                assert both_answer(tools, 'postmap', table, '-q', 'long')[1] == 'short\n'


def test_each_reads_the_aliases_of_the_other():
    with PostfixTools() as tools:
        for kind in ('hash', 'btree'):
            names = tables_of_both(tools, kind, 'postalias', ALIASES)
            for table in names:
                for key in ('postmaster', 'a b', 'list', 'YP_LAST_MODIFIED', 'nobody'):
                    both_answer(tools, 'postalias', table, '-q', key)
            listed = [sorted(line for line in both_answer(tools, 'postalias', table, '-s')[1].splitlines() if not line.startswith('YP_LAST'))
                      for table in names]
            assert listed[0] == listed[1], listed
