"""A job: a program that runs one or more test cases. A case: name, verdict, what to show if it failed."""
import glob
import os
import signal
import subprocess
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Callable

from kit import folders, place

SKIP_STATUS = 77

_running, _running_lock, _stopped = {}, threading.Lock(), threading.Event()  # process: the mark of what it starts


@dataclass
class Case:
    name: str
    verdict: str            # 'passed', 'failed', 'skipped'
    detail: str = ''
    rerun: str = ''


@dataclass
class Job:
    name: str
    command: list
    cases: Callable         # (Job, exit status or None after a timeout, output, seconds) -> [Case]
    timeout: int = 300
    busy: bool = False      # computes all the time: one a core; the others mostly wait
    environment: dict = field(default_factory=dict)
    heard: Callable = None  # gets each line of the output as it comes

    def run(self):
        began = time.monotonic()
        mark = uuid.uuid4().hex
        with _running_lock:
            if _stopped.is_set():
                return [Case(self.name, 'failed', 'not run: the tests were stopped')]
            process = subprocess.Popen(self.command, cwd=place.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       env=dict(os.environ, **self.environment, **{folders.JOB: mark}), start_new_session=True)
            _running[process] = mark
        try:
            output = process.communicate(timeout=self.timeout)[0] if self.heard is None else self._listen(process)
            status = process.returncode
        except subprocess.TimeoutExpired as late:
            _end(process, folders.JOB + '=' + mark)
            output, status = (late.output or b'') + process.stdout.read(), None
        finally:
            with _running_lock:
                _running.pop(process, None)
            _end(process, folders.JOB + '=' + mark)
            folders.remove_of_job(mark)
        return self.cases(self, status, output.decode('utf-8', 'replace'), time.monotonic() - began)

    def _listen(self, process):
        output, late = [], threading.Event()

        def stop():
            late.set()
            process.kill()
        timer = threading.Timer(self.timeout, stop)
        timer.start()
        try:
            for line in process.stdout:
                output.append(line)
                self.heard(line.decode('utf-8', 'replace').rstrip('\n'))
            process.wait()
        finally:
            timer.cancel()
        if late.is_set():
            raise subprocess.TimeoutExpired(self.command, self.timeout, b''.join(output))
        return b''.join(output)


def end_all():
    """Ends all jobs and what they started, and starts none any more: for a runner that is told to end."""
    _stopped.set()
    with _running_lock:
        running = list(_running.items())
    for process, mark in running:
        _end(process, folders.JOB + '=' + mark)
        folders.remove_of_job(mark)


def _end(process, mark):
    """Ends the job and what it started, whatever session that is in: a test that failed may have left servers and peers running."""
    process.kill()
    process.wait()
    for path in glob.glob('/proc/[0-9]*/environ'):
        try:
            with open(path, 'rb') as environment:
                if mark.encode() in environment.read().split(b'\0'):
                    os.kill(int(path.split('/')[2]), signal.SIGKILL)
        except OSError:
            pass  # it has ended, or is somebody else's


def one_case(job, status, output, seconds):
    """The exit status is the verdict."""
    rerun = './test ' + job.name
    if status == SKIP_STATUS:
        return [Case(job.name, 'skipped', output.strip().splitlines()[-1] if output.strip() else '')]
    if status == 0:
        return [Case(job.name, 'passed')]
    why = 'no end after %d s' % job.timeout if status is None else 'exit status %d' % status
    return [Case(job.name, 'failed', '%s\n%s' % (why, output[-8000:]), rerun)]
