"""Where things are, folders that go with the test, and ports that no other test has."""
import fcntl
import os
import random
import signal
import socket
import subprocess
import tempfile
import time

from kit import folders

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get('POSTHOUSE_BIN') or os.path.join(ROOT, 'build/dev/bin')

_held = []  # port locks, for as long as this process lives


def server_command():
    """The command that starts the server in the foreground; the configuration directory is its last argument."""
    command = os.environ.get('POSTHOUSE')
    return command.split() if command else [os.path.join(BIN, 'posthouse'), '-c']


def has_sanitizer():
    """Whether the server was built with AddressSanitizer or ThreadSanitizer, which want more of the system than some tests leave it."""
    with open(os.path.join(BIN, 'posthouse'), 'rb') as file:
        program = file.read()
    return b'__asan_init' in program or b'__tsan_init' in program


def free_port():
    """A port on 127.0.0.1, below the ones the kernel gives to clients, so that it stays free until its owner takes it."""
    locks = os.path.join(tempfile.gettempdir(), 'posthouse-test-ports-%d' % os.getuid())
    os.makedirs(locks, exist_ok=True)
    for _ in range(1000):
        port = random.randrange(12000, 32000)
        lock = open(os.path.join(locks, str(port)), 'w')
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(('127.0.0.1', port))
        except OSError:
            lock.close()
            continue
        _held.append(lock)
        return port
    raise RuntimeError('no free port')


def private_folder(prefix):
    """A new folder that other users may enter: peers drop their privileges. It is gone when this process ends."""
    folder = folders.make(prefix)
    os.chmod(folder, 0o755)
    return folder


def write(path, content, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    os.chmod(path, mode)
    return path


class Skip(Exception):
    """The test cannot run here; the text says what is missing."""


def end(process):
    """Ends a process that leads a session of its own, politely first, and then whatever is left of its session."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        pass


def listens(path):
    """Somebody accepts connections to this unix socket: its file is there a moment earlier."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(path)
            return True
        except OSError:
            return False


def wait_until(condition, what, timeout=60):
    """For what other programs do without telling: looks again until `condition()` holds."""
    end_of_time = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end_of_time:
            raise AssertionError('%s: not after %d s' % (what, timeout))
        time.sleep(0.02)
