"""The project's own SMTP dialogs: tests/conformance/dialogs/*.dialog, each one a case."""
import glob
import os
import sys

from kit import place
from parts.job import Job, one_case


def jobs(pattern):
    made = []
    for path in sorted(glob.glob(os.path.join(place.ROOT, 'tests/conformance/dialogs/*.dialog'))):
        name = 'dialog.' + os.path.basename(path)[:-len('.dialog')]
        if pattern in name:
            made.append(Job(name, [sys.executable, 'tests/conformance/play.py', path], one_case, timeout=120))
    return made
