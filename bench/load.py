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


class Sinks:
    """A next hop for each domain: d0 … on addresses of their own, in processes of at most 12,500 listeners."""
    each = 12_500

    def __init__(self, domains):
        self.domains = domains
        self.sinks = [Sink(addresses=min(self.each, domains - first)) for first in range(0, domains, self.each)]

    def routes(self):
        return ''.join('d%d.ok.test smtp:[%s]:%d\n' % (i, self._address(i % self.each), self.sinks[i // self.each].port) for i in range(self.domains))

    @staticmethod
    def _address(i):
        return '127.%d.%d.%d' % (1 + i // 62_500, i // 250 % 250, i % 250 + 1)

    def counters(self):
        found = [sink.counters() for sink in self.sinks]
        return {name: (max if name.endswith('_ns') else sum)(one[name] for one in found) for name in found[0]}

    wait = Sink.wait

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sink in self.sinks:
            sink.__exit__()


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
