"""Fuzz targets: built by clang in the background while other tests run, each run for some seconds from its corpus once it is linked.

Always the same inputs (one seed, nothing kept from run to run, no words learnt from comparisons, which hold addresses of the process), so
that a test that passed passes again: tools/fuzz is for the search."""
import glob
import os
import re
import shutil

from kit import place
from parts.job import Case, Job, one_case

SECONDS = int(os.environ.get('POSTHOUSE_FUZZ_SECONDS', '10'))
BUILD = os.path.join(place.ROOT, 'build/fuzz')


def targets():
    files = glob.glob(place.ROOT + '/src/**/*_fuzz.cpp', recursive=True) + glob.glob(place.ROOT + '/sim/**/*_fuzz.cpp', recursive=True)
    return sorted(os.path.basename(path)[:-4] for path in files)


def chosen(pattern):
    return [t for t in targets() if pattern in 'fuzz.' + t or pattern in 'build.fuzz']


def build_job(pattern, start):
    """Only what the targets need is compiled, behind everything else: all cores as soon as nobody else wants them. `start` gets the job of
    each target that has been linked while others are still compiled."""
    wanted = chosen(pattern)
    if not wanted:
        return None
    script = 'cmake --preset fuzz >/dev/null && exec nice -n 19 cmake --build --preset fuzz -j%d --target %s' % (os.cpu_count() or 2, ' '.join(wanted))
    return Job('build.fuzz', ['sh', '-c', script], one_case, timeout=1500, heard=Linked(pattern, start).heard)


class Linked:
    """Hears what ninja says. That a link failed is in the line behind the one that names it."""

    def __init__(self, pattern, start):
        self.pattern, self.start, self.last = pattern, start, None

    def heard(self, line):
        before, self.last = self.last, re.match(r'\[\d+/\d+\] Linking CXX executable bin/(\w+)$', line)
        if before and not line.startswith('FAILED:') and self.pattern in 'fuzz.' + before[1]:
            self.start(job(before[1]))


def jobs(pattern, without=()):
    return [job(t) for t in targets() if pattern in 'fuzz.' + t and 'fuzz.' + t not in without]


def job(target):
    program = os.path.join(BUILD, 'bin', target)
    seeds = os.path.join(place.ROOT, 'tests/fuzz/corpus', target)
    grown = os.path.join(BUILD, 'corpus', target)  # what is found goes into the first folder, which is empty at first
    artifacts = os.path.join(BUILD, 'crashes', target)
    shutil.rmtree(grown, ignore_errors=True)
    for folder in (grown, artifacts):
        os.makedirs(folder, exist_ok=True)
    folders = [grown] + ([seeds] if os.path.isdir(seeds) else [])
    return Job('fuzz.' + target, [program, '-seed=1', '-use_cmp=0', '-max_total_time=%d' % SECONDS, '-timeout=10', '-rss_limit_mb=2048', '-print_final_stats=1',
                                  '-artifact_prefix=%s/' % artifacts, *folders], _judge(program, artifacts), timeout=SECONDS + 120, busy=True)


def _judge(program, artifacts):
    def cases(of, status, output, seconds):
        if status == 0 and 'number_of_executed_units: 0' not in output:
            return [Case(of.name, 'passed')]
        inputs = sorted(glob.glob(artifacts + '/*'), key=os.path.getmtime)
        rerun = '%s %s' % (os.path.relpath(program, place.ROOT), os.path.relpath(inputs[-1], place.ROOT) if inputs else '')
        return [Case(of.name, 'failed', output[-6000:], rerun)]
    return cases
