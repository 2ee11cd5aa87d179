"""The tools of an administrator's scripts: several at once lose nothing, a secret file stays one, and a failure is told."""
import os
import shutil
import subprocess

from kit import place

MAIN = '''\
compatibility_level = 3.6
myhostname = relay.example.org
queue_directory = @folder@/queue
data_directory = @folder@/data
'''


class Folder:
    """A configuration directory without a server."""

    def __init__(self, main=MAIN):
        self.path = place.private_folder('tools')
        self.write('main.cf', main)
        self.write('master.cf', '')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def file(self, name):
        return os.path.join(self.path, name)

    def write(self, name, text, mode=0o644):
        place.write(self.file(name), text.replace('@folder@', self.path), mode)

    def start(self, *command, **streams):
        return subprocess.Popen([os.path.join(place.BIN, command[0]), *command[1:]], stdin=subprocess.PIPE, text=True,
                                env=dict(os.environ, MAIL_CONFIG=self.path), **{'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, **streams})

    def run(self, *command, text='', **streams):
        """Exit status, output, errors."""
        process = self.start(*command, **streams)
        out, err = process.communicate(text, timeout=60)
        return process.returncode, out, err

    def names(self):
        return sorted(os.listdir(self.path))


def all_end_well(processes):
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err


def test_parameters_that_are_set_at_once_are_all_set():
    with Folder() as folder:
        count = 24
        all_end_well([folder.start('postconf', '-e', 'mine_%d = %d' % (i, i)) for i in range(count)])
        main = open(folder.file('main.cf')).read()
        assert [i for i in range(count) if 'mine_%d = %d\n' % (i, i) not in main] == [], main
        assert folder.names() == ['main.cf', 'master.cf']


def test_keys_that_are_added_at_once_are_all_there():
    with Folder() as folder:
        count = 24
        for kind in ('hash', 'lmdb'):
            folder.write('t', 'first here\n')
            table = '%s:%s' % (kind, folder.file('t'))
            assert folder.run('postmap', table)[0] == 0
            adding = [folder.start('postmap', '-i', table) for _ in range(count)]
            for i, process in enumerate(adding):
                process.stdin.write('key%d value%d\n' % (i, i))
                process.stdin.flush()
            all_end_well(adding)
            listed = folder.run('postmap', '-s', table)[1].splitlines()
            assert sorted(listed) == sorted(['first\there'] + ['key%d\tvalue%d' % (i, i) for i in range(count)]), listed


def test_what_is_replaced_keeps_its_mode_and_its_link():
    with Folder() as folder:
        folder.write('t', 'a b\n')
        table = 'hash:' + folder.file('t')
        folder.write('real/t.db', '', 0o600)
        os.symlink('real/t.db', folder.file('t.db'))
        os.chmod(folder.file('main.cf'), 0o600)
        assert folder.run('postmap', table) == (0, '', '')
        assert folder.run('postconf', '-e', 'mine = x') == (0, '', '')
        assert os.path.islink(folder.file('t.db')) and folder.run('postmap', '-q', 'a', table)[1] == 'b\n'
        for name in ('main.cf', 'real/t.db'):
            assert os.stat(folder.file(name)).st_mode & 0o777 == 0o600, name


def test_no_tool_works_with_a_broken_main_cf():
    for line, why in (('queue_directory', "missing '=' after attribute name"), ('queue_directory = ${elsewhere', 'truncated macro reference'),
                      ('queue_directory = spool', 'must be an absolute path'), ('message_size_limit = much', 'bad numerical configuration')):
        with Folder(MAIN + line + '\n') as folder:
            for command, status in ((('sendmail', 'a@b.example'), 75), (('postqueue', '-p'), 69), (('postsuper', '-h', 'ALL'), 1), (('postcat', '-q', 'ABC'), 1)):
                got, out, err = folder.run(*command, text='Subject: x\n\nhello\n')
                assert got == status and out == '' and '/main.cf:5: ' in err and why in err, (line, command, got, err)
            assert folder.names() == ['main.cf', 'master.cf'], folder.names()
            status, out, err = folder.run('posthouse', 'check')
            assert status != 0 and why in out + err, (status, out, err)


def test_an_answer_that_could_not_be_written_is_a_failure():
    with Folder() as folder, open('/dev/full', 'w') as full:
        folder.write('t', 'a b\n')
        for command in (('postconf', 'myhostname'), ('postmap', '-q', 'a', 'texthash:' + folder.file('t')), ('posthouse', 'help', 'relayhost')):
            assert folder.run(*command)[0] == 0, command
            status, _, err = folder.run(*command, stdout=full)
            assert status == 1 and 'standard output: not everything could be written' in err, (command, status, err)
