"""Recordings of the real Postfix, if their folder is beside the project: the cases of tests/conformance/shared_cases.txt."""
import os
import sys

from kit import place
from parts.job import Case, Job, one_case

PLAYER = os.path.join(place.ROOT, 'tests/parts/play_recording.py')
FOLDER = os.environ.get('POSTHOUSE_RECORDINGS') or os.path.join(place.ROOT, '../shared/conformance')


def jobs(pattern):
    with open(os.path.join(place.ROOT, 'tests/conformance/shared_cases.txt'), encoding='utf-8') as file:
        names = [line.split('#')[0].strip() for line in file]
    made = []
    for case in filter(None, names):
        name = 'recorded.' + case
        path = os.path.join(FOLDER, 'cases', case + '.case')
        if pattern not in name:
            continue
        if os.path.exists(path):
            made.append(Job(name, [sys.executable, PLAYER, FOLDER, 'check', path], one_case, timeout=120, environment={
                'POSTHOUSE': ' '.join(place.server_command()), 'POSTHOUSE_BIN': place.BIN, 'PYTHONDONTWRITEBYTECODE': '1'}))
        else:
            made.append(Job(name, ['true'], _absent, timeout=10))
    return made


def _absent(job, status, output, seconds):
    return [Case(job.name, 'skipped', 'the recordings are not there')]
