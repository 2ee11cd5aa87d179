"""The deterministic simulation: whole servers in virtual time, each seed a case. Seeds 1 to POSTHOUSE_SIM_SEEDS."""
import os
import re

from kit import place
from parts.job import Case, Job, one_case

SEEDS = int(os.environ.get('POSTHOUSE_SIM_SEEDS', '500'))
BACKLOG = int(os.environ.get('POSTHOUSE_SIM_BACKLOG', '5000'))  # messages
PIECES = 4
TWICE = 5  # every fifth seed is told twice


def jobs(pattern):
    program = os.path.join(place.BIN, 'posthouse_sim')
    if not os.path.exists(program):
        return []
    return (_seeds(program) if pattern in 'simulation.seeds' else []) + (_backlog(program) if pattern in 'simulation.backlog' else [])


def _backlog(program):
    """One large story: what waits is more than memory may hold, and it all arrives after a crash and a restart."""
    return [Job('simulation.backlog', [program, '--story', 'backlog', '--messages', str(BACKLOG), '--seed', '1', '--twice', '0'], one_case, timeout=1500, busy=True)]


def _seeds(program):
    each = SEEDS // PIECES
    return [Job('simulation.seeds', [program, '--seed', str(1 + piece * each), '--seeds', str(each), '--twice', str(TWICE)], _cases, timeout=1500, busy=True)
            for piece in range(PIECES)]


def _cases(job, status, output, seconds):
    said = {}
    for seed, text in re.findall(r'^seed (\d+): (.*)', output, re.M):
        said.setdefault(seed, []).append(text)
    good = {seed for seed, lines in said.items() if len(lines) == 1 and re.search(r', trace [0-9a-f]+$', lines[0]) and 'NOT REPRODUCIBLE' not in lines[0]}
    cases = [Case('simulation.seed_%s' % seed, 'passed') for seed in sorted(good, key=int)]
    for seed in sorted(set(said) - good, key=int):
        cases.append(Case('simulation.seed_%s' % seed, 'failed', '\n'.join(said[seed]), 'build/dev/bin/posthouse_sim --seed %s --trace' % seed))
    if status != 0 and len(good) == len(said):
        cases += one_case(job, status, output, seconds)
    return cases
