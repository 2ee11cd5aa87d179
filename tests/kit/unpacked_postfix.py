"""Debian's Postfix as a peer: its package is downloaded and unpacked below build/, never installed. It runs from a private folder with
accounts that every Debian has. Needs root."""
import grp
import os
import pwd
import re
import shutil
import subprocess

from kit import place, unpacked

OWNER, GROUP = 'uucp', 'news'  # any two accounts of the base system that own nothing here

MASTER = '''\
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
'''


class PostfixTools:
    """The command line tools of the real Postfix, with a configuration folder of their own (`main`: settings of its main.cf)."""

    def __init__(self, main=None):
        if os.getuid() != 0:
            raise place.Skip('Postfix as a peer needs root')
        self.tree = unpacked.tree('postfix')
        self.folder = place.private_folder('postfix-tools')
        settings = {
            'compatibility_level': '3.6', 'myhostname': 'peer.example.test', 'mail_owner': OWNER, 'setgid_group': GROUP, 'default_privs': 'nobody',
            'daemon_directory': self.tree + '/usr/lib/postfix/sbin', 'command_directory': self.tree + '/usr/sbin',
            'shlib_directory': self.tree + '/usr/lib/postfix', 'meta_directory': self.folder + '/meta', 'queue_directory': self.folder + '/queue',
            'data_directory': self.folder + '/data'}
        settings.update(main or {})
        place.write(self.folder + '/main.cf', ''.join('%s = %s\n' % item for item in settings.items()))
        place.write(self.folder + '/master.cf', MASTER)
        for name in ('queue', 'data', 'meta'):
            os.makedirs(os.path.join(self.folder, name))
        # The types Debian ships as plug-ins are not unpacked.
        place.write(self.folder + '/meta/dynamicmaps.cf', '#')

    def __enter__(self):
        status, _, said = self.run('postconf', '-m')
        if status:
            missing = re.search(r'error while loading shared libraries.*', said)
            self.__exit__()
            raise place.Skip('Postfix: ' + missing[0]) if missing else AssertionError('postconf -m: ' + said)
        return self

    def __exit__(self, *_):
        if not os.environ.get('POSTHOUSE_KEEP'):
            shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, tool, *arguments, text=None):
        """Exit status, standard output, standard error."""
        done = subprocess.run([self.tree + '/usr/sbin/' + tool, *arguments], input=text, capture_output=True, text=True, timeout=60, cwd=self.folder,
                              env=dict(os.environ, LD_LIBRARY_PATH=self.tree + '/usr/lib/postfix', MAIL_CONFIG=self.folder))
        return done.returncode, done.stdout, done.stderr


class UnpackedPostfix(unpacked.Program):
    """Takes mail on `port` with the given main.cf settings (@folder@: its folder) until the with statement ends."""

    def __init__(self, main):
        super().__init__('Postfix', 'mail.log')
        self.tree = unpacked.tree('postfix')
        self.environment = {'LD_LIBRARY_PATH': self.tree + '/usr/lib/postfix', 'MAIL_CONFIG': self.folder}
        programs = self.tree + '/usr/lib/postfix/sbin'
        if not os.path.isdir(programs):
            raise place.Skip('this release keeps the programs of Postfix elsewhere')
        owner, group = pwd.getpwnam(OWNER).pw_uid, grp.getgrnam(GROUP).gr_gid
        settings = {
            'compatibility_level': '3.6', 'myhostname': 'peer.example.test', 'mydestination': '', 'inet_interfaces': '127.0.0.1',
            'inet_protocols': 'ipv4', 'alias_maps': '', 'alias_database': '', 'local_recipient_maps': '', 'mail_owner': OWNER,
            'setgid_group': GROUP, 'default_privs': 'nobody', 'daemon_directory': programs, 'command_directory': self.tree + '/usr/sbin',
            'shlib_directory': self.tree + '/usr/lib/postfix', 'meta_directory': self.folder + '/meta', 'queue_directory': self.folder + '/queue',
            'data_directory': self.folder + '/data', 'maillog_file': self.folder + '/mail.log', 'maillog_file_prefixes': self.folder,
            'smtp_tls_security_level': 'none', 'smtpd_tls_loglevel': '1',
            'import_environment': 'MAIL_CONFIG TZ LANG=C LD_LIBRARY_PATH=%s/usr/lib/postfix' % self.tree,
            'export_environment': 'TZ MAIL_CONFIG LANG LD_LIBRARY_PATH'}
        settings.update(main)
        text = ''.join('%s = %s\n' % item for item in settings.items()).replace('@folder@', self.folder)
        place.write(self.folder + '/main.cf', text)
        place.write(self.folder + '/master.cf', '%d inet n - n - - smtpd\n%s' % (self.port, MASTER))
        for source in ('etc/postfix/postfix-files', 'usr/share/postfix/makedefs.out', 'usr/share/postfix/dynamicmaps.cf'):
            if os.path.exists(os.path.join(self.tree, source)):
                os.makedirs(self.folder + '/meta', exist_ok=True)
                shutil.copy(os.path.join(self.tree, source), self.folder + '/meta')
        self._queue_folders(owner, group)

    def _queue_folders(self, owner, group):
        folders = {'data': (0o700, owner, -1), 'queue': (0o755, -1, -1), 'queue/pid': (0o755, -1, -1),
                   'queue/maildrop': (0o730, owner, group), 'queue/public': (0o710, owner, group)}
        for name in 'active bounce corrupt defer deferred flush hold incoming private saved trace'.split():
            folders['queue/' + name] = (0o700, owner, -1)
        for name, (mode, user, gid) in folders.items():
            path = os.path.join(self.folder, name)
            os.mkdir(path)
            os.chown(path, user, gid)
            os.chmod(path, mode)

    def command(self):
        return [self.tree + '/usr/lib/postfix/sbin/master', '-c', self.folder, '-d']
