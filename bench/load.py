"""The load generator smtp_load as Python objects."""
import json
import os
import subprocess
import time

from kit import place


def program(name):
    return os.path.join(place.BIN, name)


def options(named):
    return [word for name, value in named.items() for word in ('--' + name.replace('_', '-'), str(int(value) if isinstance(value, bool) else value))]


def source(port, **named):
    """Sends mail until all is taken: {'taken', 'seconds', 'rate', 'p50_ms', 'p99_ms', 'max_ms', 'errors'}."""
    return started_source(port, **named)()


def started_source(port, **named):
    """The same in the background: call the result to wait."""
    process = subprocess.Popen([program('smtp_load'), 'source', '--port', str(port), *options(named)], stdout=subprocess.PIPE, text=True)
    return lambda: json.loads(process.communicate()[0])


class Sink:
    def __init__(self, port=None, **named):
        self.port = port or place.free_port()
        self.process = subprocess.Popen([program('smtp_load'), 'sink', '--port', str(self.port), *options(named)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if 'listening' not in self.process.stdout.readline():
            raise RuntimeError('the sink does not start')

    def counters(self):
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def wait(self, distinct, seconds):
        """Until so many different messages are here, at most so long: the counters."""
        end = time.monotonic() + seconds
        while True:
            now = self.counters()
            if now['distinct'] >= distinct or time.monotonic() > end:
                return now
            time.sleep(0.002)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


class Idle:
    """Clients that have said EHLO and wait."""

    def __init__(self, port, connections, tls):
        self.process = subprocess.Popen([program('smtp_load'), 'idle', '--port', str(port), '--connections', str(connections), '--tls', str(int(tls))],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        _, held, refused = self.process.stdout.readline().split()
        self.held, self.refused = int(held), int(refused)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
