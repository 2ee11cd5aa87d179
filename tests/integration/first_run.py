"""./run: from nothing to a first message, and again."""
import glob
import os
import re
import shutil
import signal
import smtplib
import ssl
import subprocess
import time

from kit import place
from kit.sink import Sink


class FirstRun:
    """./run with the programs under test, a folder and ports of its own."""

    def __init__(self, folder, *settings):
        self.folder, self.ports = folder, [place.free_port() for _ in range(3)]
        self.output = open(folder + '.log', 'w+')
        self.process = subprocess.Popen([place.ROOT + '/run', *settings], stdout=self.output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                        cwd='/', start_new_session=True, env=dict(
                                            os.environ, POSTHOUSE_BIN=place.BIN, POSTHOUSE_INSTANCE=folder,
                                            POSTHOUSE_PORTS=' '.join(map(str, self.ports))))
        self.wait(lambda: 'Ctrl-C stops' in self.said(), 60)

    def said(self):
        with open(self.folder + '.log', encoding='utf-8', errors='replace') as file:
            return file.read()

    def wait(self, condition, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None and time.monotonic() < end, self.said()
            time.sleep(0.02)

    def first_message(self):
        line = re.search(r"^ +(printf .*sendmail.*)$", self.said(), re.M)[1]
        done = subprocess.run(['bash', '-c', line], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr + self.said()

    def interrupt(self):
        os.killpg(self.process.pid, signal.SIGINT)  # as Ctrl-C does
        assert self.process.wait(60) == 0, self.said()


def test_a_first_message_is_kept_in_the_inbox_and_a_second_run_goes_on():
    parent = place.private_folder('run')
    folder = os.path.join(parent, 'instance')
    run = FirstRun(folder)
    try:
        run.first_message()
        run.wait(lambda: len(glob.glob(folder + '/inbox/new/*')) == 1)
        with open(glob.glob(folder + '/inbox/new/*')[0]) as file:
            assert 'My first message.' in file.read()
        user, password = open(folder + '/login').read().split()
        context = ssl.create_default_context(cafile=folder + '/tls/relay.crt')
        with smtplib.SMTP_SSL('127.0.0.1', run.ports[2], context=context, timeout=60) as client:
            client.login(user, password)
            client.sendmail('a@example.org', ['x@example.net'], 'Subject: second\r\n\r\nhello\r\n')
        run.wait(lambda: len(glob.glob(folder + '/inbox/new/*')) == 2)
        run.interrupt()
        # Down, and up again with a next hop that is not there: the message waits for the run after that.
        run = FirstRun(folder, 'relayhost=[127.0.0.1]:%d' % place.free_port())
        run.first_message()
        run.wait(lambda: 'status=deferred' in run.said())
        run.interrupt()
        with Sink() as sink:
            run = FirstRun(folder, 'relayhost=[127.0.0.1]:%d' % sink.port)
            subprocess.run([place.BIN + '/postqueue', '-f'], env=dict(os.environ, MAIL_CONFIG=folder), check=True, timeout=60)
            assert b'My first message.' in sink.wait(1)[0].data
            run.interrupt()
    finally:
        if run.process.poll() is None:
            os.killpg(run.process.pid, signal.SIGKILL)
        shutil.rmtree(parent, ignore_errors=True)
