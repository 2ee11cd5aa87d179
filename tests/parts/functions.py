"""Tests that are Python functions: `def test_*` in a file of tests/integration or tests/crash, each in a process of its own.
A module may say TIMEOUT = seconds, and BUSY = True if it computes all the time."""
import glob
import os
import re
import sys

from kit import place
from parts.job import Job, one_case


def jobs(pattern):
    made = []
    for folder in ('integration', 'crash'):
        for path in sorted(glob.glob(os.path.join(place.ROOT, 'tests', folder, '*.py'))):
            with open(path, encoding='utf-8') as file:
                source = file.read()
            timeout = re.search(r'^TIMEOUT = (\d+)', source, re.M)
            module = os.path.basename(path)[:-3]
            for function in re.findall(r'^def (test_\w+)', source, re.M):
                name = '%s.%s.%s' % (folder, module, function[len('test_'):])
                if pattern in name:
                    made.append(Job(name, [sys.executable, 'tests/function.py', path, function], one_case,
                                    timeout=int(timeout[1]) if timeout else 180, busy='\nBUSY = True' in source))
    return made
