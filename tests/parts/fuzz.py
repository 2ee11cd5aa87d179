"""Fuzz targets: built by clang in the background while other tests run, then each run for some seconds from its corpus.

Always the same inputs (one seed, nothing kept from run to run), so that a test that passed passes again: tools/fuzz is for the search."""
import glob
import os
import shutil
import subprocess

from kit import place
from parts.job import Case, Job, one_case

SECONDS = int(os.environ.get('POSTHOUSE_FUZZ_SECONDS', '10'))
BUILD = os.path.join(place.ROOT, 'build/fuzz')


def targets():
    files = glob.glob(place.ROOT + '/src/**/*_fuzz.cpp', recursive=True) + glob.glob(place.ROOT + '/sim/**/*_fuzz.cpp', recursive=True)
    return sorted(os.path.basename(path)[:-4] for path in files)


def build_job(pattern):
    """Only what the targets need is compiled: one ninja call, one thread less than there are cores, behind everything else."""
    wanted = [t for t in targets() if pattern in 'fuzz.' + t or pattern in 'build.fuzz']
    if not wanted:
        return None
    threads = max(1, (os.cpu_count() or 2) - 1)
    script = 'cmake --preset fuzz >/dev/null && exec nice cmake --build --preset fuzz -j%d --target %s' % (threads, ' '.join(wanted))
    return Job('build.fuzz', ['sh', '-c', script], one_case, timeout=1500)


def jobs(pattern):
    return [_run(t) for t in targets() if pattern in 'fuzz.' + t]


def _run(target):
    program = os.path.join(BUILD, 'bin', target)
    seeds = os.path.join(place.ROOT, 'tests/fuzz/corpus', target)
    grown = os.path.join(BUILD, 'corpus', target)  # what is found goes into the first folder, which is empty at first
    artifacts = os.path.join(BUILD, 'crashes', target)
    shutil.rmtree(grown, ignore_errors=True)
    for folder in (grown, artifacts):
        os.makedirs(folder, exist_ok=True)
    folders = [grown] + ([seeds] if os.path.isdir(seeds) else [])
    return Job('fuzz.' + target, [program, '-seed=1', '-max_total_time=%d' % SECONDS, '-timeout=10', '-rss_limit_mb=2048', '-print_final_stats=1',
                                  '-artifact_prefix=%s/' % artifacts, *folders], _judge(program, artifacts), timeout=SECONDS + 120, busy=True)


def _judge(program, artifacts):
    def cases(job, status, output, seconds):
        if status == 0 and 'number_of_executed_units: 0' not in output:
            return [Case(job.name, 'passed')]
        inputs = sorted(glob.glob(artifacts + '/*'), key=os.path.getmtime)
        rerun = '%s %s' % (os.path.relpath(program, place.ROOT), os.path.relpath(inputs[-1], place.ROOT) if inputs else '')
        return [Case(job.name, 'failed', output[-6000:], rerun)]
    return cases


def available():
    return shutil.which('clang++-19') is not None and subprocess.run(['clang++-19', '--version'], capture_output=True).returncode == 0
