"""What is measured: Posthouse, and Postfix as Debian packages it (unpacked by tests/kit, never installed), with the same settings."""
import os
import subprocess
import time

from kit import place
from kit.relay import Relay
from kit.unpacked_postfix import UnpackedPostfix

COMMON = {
    'mynetworks': '127.0.0.0/8', 'smtpd_peername_lookup': 'no', 'smtp_host_lookup': 'native', 'message_size_limit': '52428800', 'notify_classes': '',
    'smtpd_client_connection_rate_limit': '0', 'smtpd_client_connection_count_limit': '0', 'smtpd_client_message_rate_limit': '0',
    'smtpd_client_recipient_rate_limit': '0', 'default_process_limit': '200', 'in_flow_delay': '0', 'smtp_connection_cache_on_demand': 'yes'}
# Without these Postfix is slower under this load; Posthouse keeps its defaults.
POSTFIX_ONLY = {'default_destination_concurrency_limit': '8', 'initial_destination_concurrency': '8', 'smtp_connection_cache_on_demand': 'no'}


def merged(*settings):
    """Later ones win; None takes a setting away."""
    out = {}
    for some in settings:
        out.update(some)
    return {name: value for name, value in out.items() if value is not None}


def session_pids(leader):
    listed = subprocess.run(['ps', '-o', 'pid=', '-s', str(leader)], capture_output=True, text=True, check=False).stdout
    return [int(pid) for pid in listed.split()]


class Posthouse(Relay):
    """`cores`: a taskset list; None: all."""
    name = 'posthouse'

    def __init__(self, settings, files=None, cores=None, master=''):
        os.environ['POSTHOUSE'] = ('taskset -c %s ' % cores if cores else '') + os.path.join(place.BIN, 'posthouse') + ' -c'
        super().__init__(merged(COMMON, settings), files=files, master=master)

    def pids(self):
        return session_pids(self.process.pid)  # the supervisor and the server


class Postfix(UnpackedPostfix):
    name = 'postfix'

    def __init__(self, settings, files=None, cores=None, master=''):
        super().__init__(merged(COMMON, POSTFIX_ONLY, settings))
        for name, content in (files or {}).items():
            place.write(os.path.join(self.folder, name), content)
        with open(self.folder + '/master.cf', 'a', encoding='utf-8') as rows:
            rows.write(master)
        self.cores = cores

    def command(self):
        return (['taskset', '-c', self.cores] if self.cores else []) + super().command()

    def pids(self):
        return session_pids(self.process.pid)


def cpu_seconds(server):
    """User and system time of all its processes, of those that have ended too."""
    ticks = 0
    for pid in server.pids():
        try:
            with open('/proc/%d/stat' % pid, encoding='utf-8') as file:
                fields = file.read().rpartition(')')[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15 if pid == server.process.pid else 13])
    return ticks / os.sysconf('SC_CLK_TCK')


def process_mb(pid, kind):
    try:
        with open('/proc/%d/smaps_rollup' % pid, encoding='utf-8') as file:
            return sum(int(line.split()[1]) for line in file if line.startswith(kind + ':')) / 1024
    except OSError:
        return 0


def memory_mb(server):
    """Proportional set size of all its processes: no page cache, no kernel memory."""
    return sum(process_mb(pid, 'Pss') for pid in server.pids())


def resident_mb(server):
    """Resident size of its largest process: a sum would count the libraries once more for the supervisor."""
    return max(process_mb(pid, 'Rss') for pid in server.pids())


def settle(server, seconds=10):
    """Until the server rests for half a second, at most so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = cpu_seconds(server)
        time.sleep(0.5)
        if cpu_seconds(server) - before < 0.02:
            return
