"""Folders in /tmp that last as long as the test: removed by the process that made them, or by the runner if it had to kill that one. POSTHOUSE_KEEP keeps them."""
import atexit
import glob
import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import threading

JOB = 'POSTHOUSE_TEST_JOB'  # the runner gives each job a mark of its own; what the job starts inherits it

_made, _maker = [], None


def make(prefix):
    global _maker
    folder = tempfile.mkdtemp(prefix='posthouse-%s-%s' % (prefix, _infix(os.environ.get(JOB, ''))))
    if _maker != os.getpid():  # a forked child has folders of its own
        _maker = os.getpid()
        _made.clear()
        atexit.register(remove_made)
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _end)
    _made.append(folder)
    return folder


def remove_made():
    """What this process made; nothing in a child of the process that did."""
    if _maker == os.getpid():
        while _made:
            remove(_made.pop())


def remove_of_job(mark):
    """What a job left that could not remove it itself: it was killed, or its peers went on writing."""
    for folder in glob.glob(os.path.join(tempfile.gettempdir(), 'posthouse-*-%s*' % _infix(mark))) if mark else ():
        remove(folder)


def remove(folder):
    if os.environ.get('POSTHOUSE_KEEP'):
        return
    for mount in _mounts_below(folder):
        subprocess.run(['umount', '--lazy', mount], capture_output=True, check=False)
    if _mounts_below(folder):
        return  # what is behind them is somebody else's
    for _ in range(3):  # a peer that ends may write for a moment
        shutil.rmtree(folder, onerror=_insist)
        if not os.path.lexists(folder):
            return


def _insist(function, path, _):
    """Once more, with the right to change the folder that it is in."""
    try:
        for place in (path, os.path.dirname(path)):
            if stat.S_ISDIR(os.lstat(place).st_mode):
                os.chmod(place, 0o700)
        shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
    except OSError:
        pass


def _mounts_below(folder):
    """The deepest first."""
    with open('/proc/self/mounts', encoding='utf-8') as file:
        points = [re.sub(r'\\([0-7]{3})', lambda found: chr(int(found[1], 8)), line.split()[1]) for line in file]
    return sorted((point for point in points if (point + '/').startswith(folder + '/')), key=len, reverse=True)


def _infix(mark):
    return mark[:8] + '-' if mark else ''


def _end(number, _):
    """SIGTERM: what with statements started ends, then the process and its folders. A forked child just ends."""
    if _maker == os.getpid():
        raise SystemExit(128 + number)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
