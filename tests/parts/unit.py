"""Unit tests: every build/dev/bin/*_tests, each of its tests counted."""
import glob
import os
import re
import subprocess

from kit import place
from parts.job import Case, Job

SHARDS_FROM = 60  # a program with more tests than this is run in two pieces, so that it does not end alone


def jobs(pattern):
    made = []
    for program in sorted(glob.glob(place.BIN + '/*_tests')):
        module = os.path.basename(program)[:-len('_tests')]
        names = _tests(program)
        chosen = [n for n in names if pattern in _name(module, n)]
        if not names:
            made.append(Job('unit.' + module, [program, '--gtest_list_tests'], _no_tests, timeout=30))
        shards = 2 if len(chosen) >= SHARDS_FROM else 1
        for shard in range(shards if chosen else 0):
            # The filter goes by a variable: a command line would be too long for a thousand names.
            made.append(Job('unit.' + module, [program, '--gtest_color=no'], _read(module), timeout=1500, busy=True, environment={
                'GTEST_FILTER': ':'.join(chosen) if len(chosen) < len(names) else '*',
                'GTEST_TOTAL_SHARDS': str(shards), 'GTEST_SHARD_INDEX': str(shard)}))
    return made


def _name(module, test):
    return 'unit.%s.%s' % (module, test)


def _tests(program):
    listed = subprocess.run([program, '--gtest_list_tests'], capture_output=True, text=True, timeout=60).stdout
    names, suite = [], ''
    for line in listed.splitlines():
        text = line.split('#')[0].rstrip()
        if text.endswith('.') and not text.startswith(' '):
            suite = text
        elif text.startswith('  '):
            names.append(suite + text.strip())
    return names


def _no_tests(job, status, output, seconds):
    return [Case(job.name, 'failed', 'lists no tests (status %s)\n%s' % (status, output), './test ' + job.name)]


def _read(module):
    def cases(job, status, output, seconds):
        found, open_test, began_at = [], None, 0
        for match in re.finditer(r'^\[ +(RUN|OK|FAILED|SKIPPED) +\] ([\w/]+\.[\w/]+)(?: \(\d+ ms\)|, where .*)?.*$', output, re.M):
            verdict, test = match[1], match[2]
            if verdict == 'RUN':
                open_test, began_at = test, match.end()
            elif test == open_test:
                name = _name(module, test)
                word = {'OK': 'passed', 'FAILED': 'failed', 'SKIPPED': 'skipped'}[verdict]
                detail = '' if word == 'passed' else output[began_at:match.start()].strip()
                found.append(Case(name, word, detail, './test ' + name))
                open_test = None
        if open_test or (status != 0 and not any(c.verdict == 'failed' for c in found)):
            name = _name(module, open_test) if open_test else job.name
            why = 'hangs' if status is None else 'ended with status %d' % status
            found.append(Case(name, 'failed', 'the program %s\n%s' % (why, output[began_at:][-8000:]), './test ' + name))
        return found
    return cases
