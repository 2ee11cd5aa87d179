"""What a machine can see and a reader should not have to: tests/tidy/tidy.py, each of its checks a case."""
import os
import re
import sys

from kit import place
from parts.job import Case, Job


def jobs(pattern):
    path = os.path.join(place.ROOT, 'tests/tidy/tidy.py')
    with open(path, encoding='utf-8') as file:
        checks = re.findall(r'^def check_(\w+)', file.read(), re.M)
    return [Job('tidy.' + check, [sys.executable, path, check], _cases, timeout=120) for check in checks if pattern in 'tidy.' + check]


def _cases(job, status, output, seconds):
    if status == 0:
        return [Case(job.name, 'passed')]
    return [Case(job.name, 'failed', output, 'python3 tests/tidy/tidy.py ' + job.name.split('.', 1)[1])]
