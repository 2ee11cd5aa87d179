"""Debian's OpenSMTPD as a next hop, without TLS: unpacked, never installed. Its fixed paths are folders that only it sees. Needs root."""
import os

from kit import place, unpacked

CONFIGURATION = '''\
smtp max-message-size 20M
listen on 127.0.0.1 port {port} hostname opensmtpd.example.test
action "onward" relay host "smtp+notls://127.0.0.1:{sink}" helo opensmtpd.example.test
match from any for rcpt-to "refused@example.net" reject
match from any for any action "onward"
'''


class UnpackedOpenSMTPD(unpacked.Program):
    """Takes mail on `port` and hands it to the sink on port `sink`. refused@example.net gets 550."""

    def __init__(self, sink):
        super().__init__('OpenSMTPD', 'output')
        self.program = unpacked.tree('opensmtpd') + '/usr/sbin/smtpd'
        _, queue = self.accounts('opensmtpd', 'opensmtpq')
        for name in ('lib', 'lib/opensmtpd', 'lib/opensmtpd/empty', 'run', 'spool'):
            os.mkdir(os.path.join(self.folder, name))
        self._spool(queue)
        self.binds.update({path: self.folder + '/' + name for path, name in (('/var/spool', 'spool'), ('/var/lib', 'lib'), ('/run', 'run'))})
        place.write(self.folder + '/smtpd.conf', CONFIGURATION.format(port=self.port, sink=sink.port), 0o600)

    def _spool(self, queue):
        os.mkdir(self.folder + '/spool/smtpd', 0o711)
        for name in ('queue', 'incoming', 'purge', 'temporary', 'corrupt', 'offline'):
            path = self.folder + '/spool/smtpd/' + name
            os.mkdir(path, 0o700)
            os.chown(path, queue, 0)
        os.chown(path, 0, queue)  # offline
        os.chmod(path, 0o770)

    def command(self):
        return [self.program, '-d', '-f', self.folder + '/smtpd.conf']

    def messages(self, count):
        """The log's lines of accepted messages, at least `count`."""
        return self.wait_log(' smtp message ', count)

    def connections(self):
        """The sessions that messages came by."""
        return {line.split()[0] for line in self.messages(1)}
