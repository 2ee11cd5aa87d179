#!/usr/bin/env python3
"""run.py [PATTERN]: builds, then runs every test whose name contains PATTERN; one line a failure with how to run it again, last line
"N passed, N failed[, N skipped]". With POSTHOUSE_BIN set nothing is built and the programs there are tested."""
import concurrent.futures
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from kit import place  # noqa: E402
from parts import dialogs, functions, fuzz, recordings, simulation, tidy, unit  # noqa: E402
from parts.job import Job, end_all, one_case  # noqa: E402

CORES = os.cpu_count() or 2


class Summary:
    def __init__(self):
        self.counts, self.lock, self.failures, self.skips = {'passed': 0, 'failed': 0, 'skipped': 0}, threading.Lock(), [], []
        self.slowest = []

    def add(self, name, cases, seconds):
        with self.lock:
            self.slowest.append((seconds, name))
            for case in cases:
                self.counts[case.verdict] += 1
                if case.verdict == 'failed':
                    self.failures.append(case)
                    print('FAIL %s\n%s' % (case.name, '\n'.join('    ' + line for line in case.detail.strip().splitlines())), flush=True)
                elif case.verdict == 'skipped':
                    self.skips.append(case)

    def close(self, seconds):
        slow = ', '.join('%s %.0f s' % (name, took) for took, name in sorted(self.slowest, reverse=True)[:6])
        print('\n%.0f s; longest: %s' % (seconds, slow))
        for case in self.skips:
            print('skipped %s: %s' % (case.name, case.detail))
        for case in self.failures:
            print('FAIL %s   again: %s' % (case.name, case.rerun))
        skipped = ', %d skipped' % self.counts['skipped'] if self.counts['skipped'] else ''
        print('%d passed, %d failed%s' % (self.counts['passed'], self.counts['failed'], skipped), flush=True)
        return 1 if self.counts['failed'] or not self.counts['passed'] else 0


def run(job, summary):
    began = time.monotonic()
    try:
        cases = job.run()
    except OSError as error:
        cases = one_case(job, 1, str(error), 0)
    summary.add(job.name, cases, time.monotonic() - began)
    return all(case.verdict != 'failed' for case in cases)


def build():
    script = 'cmake --preset dev >build/dev-configure.log 2>&1 || { cat build/dev-configure.log; exit 1; }; exec cmake --build --preset dev'
    return Job('build.dev', ['sh', '-c', 'mkdir -p build; ' + script], one_case, timeout=2400)


def everything(pattern, summary):
    waiting, computing = [], []
    for job in [*tidy.jobs(pattern), *unit.jobs(pattern), *simulation.jobs(pattern), *dialogs.jobs(pattern), *recordings.jobs(pattern),
                *functions.jobs(pattern)]:
        (computing if job.busy else waiting).append(job)
    waiting.sort(key=lambda job: -job.timeout)  # the long ones first
    with concurrent.futures.ThreadPoolExecutor(CORES) as busy, concurrent.futures.ThreadPoolExecutor(2 * CORES) as patient:
        for job in waiting:
            patient.submit(run, job, summary)
        for job in computing:
            busy.submit(run, job, summary)
        if not os.environ.get('POSTHOUSE_BIN'):
            run_fuzz_targets(pattern, summary, busy)


def run_fuzz_targets(pattern, summary, busy):
    started = set()

    def start(job):
        started.add(job.name)
        busy.submit(run, job, summary)
    build_job = fuzz.build_job(pattern, start)
    if build_job and run(build_job, summary):
        for job in fuzz.jobs(pattern, started):
            start(job)


def stop(number, _):
    """In a thread of its own: the one that a signal interrupts may be about to start a job."""
    def end():
        end_all()
        os._exit(128 + number)
    threading.Thread(target=end).start()


def main():
    os.chdir(place.ROOT)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)
    pattern = sys.argv[1] if len(sys.argv) > 1 else ''
    began, summary = time.monotonic(), Summary()
    if os.environ.get('POSTHOUSE_BIN') or run(build(), summary):
        print('built in %.0f s' % (time.monotonic() - began), flush=True)
        everything(pattern, summary)
    sys.exit(summary.close(time.monotonic() - began))


if __name__ == '__main__':
    main()
