"""The deterministic simulation, if it is built: some seeds a run, a failing one is printed by the program."""
import os
import re

from kit import place
from parts.job import Case, Job, one_case

SEEDS = int(os.environ.get('POSTHOUSE_SIM_SEEDS', '40'))
PIECES = 2


def jobs(pattern):
    program = os.path.join(place.BIN, 'posthouse_sim')
    if pattern not in 'simulation.seeds' or not os.path.exists(program):
        return []
    each = SEEDS // PIECES
    return [Job('simulation.seeds', [program, '--seeds', str(each), '--first', str(1 + piece * each)], _cases, timeout=600, busy=True)
            for piece in range(PIECES)]


def _cases(job, status, output, seconds):
    if status == 0:
        count = re.search(r'(\d+) seeds?', output)
        return [Case('simulation.seeds', 'passed', count[0] if count else '')]
    failed = one_case(job, status, output, seconds)
    seed = re.search(r'seed[ =:]+(\d+)', output)
    if seed:
        failed[0].rerun = 'build/dev/bin/posthouse_sim --seed ' + seed[1]
    return failed
