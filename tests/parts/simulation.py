"""The deterministic simulation: whole servers in virtual time, each seed a case. Seeds 1 to POSTHOUSE_SIM_SEEDS."""
import os
import re

from kit import place
from parts.job import Case, Job, one_case

SEEDS = int(os.environ.get('POSTHOUSE_SIM_SEEDS', '500'))
PIECES = 4
TWICE = 5  # every fifth seed is told twice


def jobs(pattern):
    program = os.path.join(place.BIN, 'posthouse_sim')
    if pattern not in 'simulation.seeds' or not os.path.exists(program):
        return []
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
