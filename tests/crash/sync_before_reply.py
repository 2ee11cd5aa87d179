"""The real disk: no 250 before the sync of the mail has come back. Between the server and the system is a sync that stops when told to."""
import os
import select
import shutil
import subprocess

from kit import place
from kit.client import Client
from kit.relay import Relay
from kit.sink import Sink

# While `hold` exists, a sync says so in `held` and waits; `fail` makes it fail, as a broken disk would.
STOPPABLE_SYNC = r'''
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int exists(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", getenv("STOPPABLE_SYNC"), name);
    return access(path, F_OK) == 0;
}
static int stopped(void) {
    while (exists("hold")) {
        char path[4096];
        snprintf(path, sizeof path, "%s/held", getenv("STOPPABLE_SYNC"));
        close(open(path, O_CREAT | O_WRONLY, 0666));
        usleep(1000);
    }
    return exists("fail");
}
int fsync(int descriptor) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return stopped() ? (errno = EIO, -1) : real(descriptor);
}
int fdatasync(int descriptor) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return stopped() ? (errno = EIO, -1) : real(descriptor);
}
'''


class Switch:
    """What the stoppable sync looks at, and the library itself."""

    def __init__(self):
        compiler = shutil.which('cc') or shutil.which('gcc')
        if not compiler:
            raise place.Skip('needs a C compiler')
        if place.has_sanitizer():
            raise place.Skip('a sanitizer does not share its process with another library that takes calls over')
        self.folder = place.private_folder('sync')
        os.chmod(self.folder, 0o777)
        source, library = self.folder + '/sync.c', self.folder + '/sync.so'
        place.write(source, STOPPABLE_SYNC)
        subprocess.run([compiler, '-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], check=True)
        # Nor would Landlock let the server look at the switch.
        self.environment = {'LD_PRELOAD': library, 'STOPPABLE_SYNC': self.folder, 'POSTHOUSE_SANDBOX': 'no'}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def set(self, name):
        place.write(os.path.join(self.folder, name), '')

    def clear(self, name):
        os.unlink(os.path.join(self.folder, name))

    def wait_held(self):
        place.wait_until(lambda: os.path.exists(self.folder + '/held'), 'a sync is under way')


def send(client, name, content):
    client.command('MAIL FROM:<a@example.org>', 250)
    client.command('RCPT TO:<%s@example.net>' % name, 250)
    client.command('DATA', 354)
    client.send(content + b'.\r\n')


def is_silent(client):
    return not select.select([client.socket], [], [], 0.2)[0]


def test_no_message_is_accepted_before_its_sync_has_come_back():
    for content in (b'Subject: small\r\n\r\nhello\r\n', b'Subject: large\r\n\r\n' + (b'x' * 98 + b'\r\n') * 20000):
        with Switch() as switch, Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}, environment=switch.environment) as relay:
            with Client(relay.port) as client:
                client.message('a@example.org', ['first@example.net'], content)
                sink.wait(1)
                switch.set('hold')
                send(client, 'x', content)
                switch.wait_held()
                assert is_silent(client), 'answered before the mail was on the disk'
                with Client(relay.port) as other:
                    other.command('NOOP', 250)  # nobody else waits for that disk
                switch.clear('hold')
                assert client.reply().code == 250
            sink.wait(2)


def test_a_crash_during_the_sync_leaves_a_client_that_was_told_nothing():
    with Switch() as switch, Sink() as sink:
        relay = Relay({'relayhost': '[127.0.0.1]:%d' % sink.port, 'minimal_backoff_time': '1s', 'maximal_backoff_time': '1s'}, environment=switch.environment)
        with relay:
            with Client(relay.port) as client:
                switch.set('hold')
                send(client, 'x', b'Subject: t\r\n\r\nhello\r\n')
                switch.wait_held()
                relay.kill()
                try:
                    assert not client.socket.recv(100), 'told something'
                except OSError:
                    pass
            switch.clear('hold')
            relay.start()
            with Client(relay.port) as client:
                client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
            # The process died, not the machine, so the first one may be there, too: a message that nobody was told about is no loss and no invention.
            sink.wait(lambda messages: any(m.recipients == ['x@example.net'] for m in messages))
            place.wait_until(lambda: 'Mail queue is empty' in relay.tool('postqueue', '-p'), 'the queue is empty')
            assert 1 <= len(sink.messages) <= 2


def test_a_disk_whose_syncs_fail_refuses_mail_for_now_and_recovers():
    with Switch() as switch, Sink() as sink, Relay({'relayhost': '[127.0.0.1]:%d' % sink.port}, environment=switch.environment) as relay:
        with Client(relay.port) as client:
            switch.set('fail')
            send(client, 'x', b'Subject: t\r\n\r\nhello\r\n')
            assert client.reply().text == '451 4.3.0 Error: queue file write error'
            switch.clear('fail')
            client.message('a@example.org', ['x@example.net'], b'Subject: t\r\n\r\nhello\r\n')
        sink.wait(1)
        place.wait_until(lambda: 'Mail queue is empty' in relay.tool('postqueue', '-p'), 'the queue is empty')
        assert sum(m.recipients == ['x@example.net'] for m in sink.messages) == 1  # the postmaster has a notice
