#!/usr/bin/env python3
"""bench/run.py [--rounds N] [--peers posthouse,postfix] [--json FILE] [SCENARIO…]: measures, and prints one table of medians.

A scenario is named or begun ("relay", "idle-5000"; none: all but the backlogs of a million). Programs are those of build/release, built first.
Each run has a server of its own in a private folder; rounds are interleaved. Postfix is Debian's, downloaded and unpacked below build/; where it cannot
run it is left out. Wants a machine that does nothing else."""
import argparse
import json
import os
import statistics
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, 'bench'), os.path.join(ROOT, 'tests')]
sys.dont_write_bytecode = True
os.environ.setdefault('POSTHOUSE_BIN', os.path.join(ROOT, 'build/release/bin'))

COLUMNS = [('rate', 'messages/s', '%.0f'), ('cpu_ms', 'CPU ms each', '%.3f'), ('memory_mb', 'memory MB', '%.1f'), ('p50_ms', 'p50 ms', '%.1f'), ('p99_ms', 'p99 ms', '%.1f')]


def build():
    for command in (['cmake', '--preset', 'release'], ['cmake', '--build', '--preset', 'release'], ['cmake', '--build', '--preset', 'release', '--target', 'benchmarks']):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit('bench: %s\n%s%s' % (' '.join(command), done.stdout[-3000:], done.stderr[-3000:]))


def chosen(names, scenarios):
    if not names:
        return [name for name in scenarios if not name.startswith('backlog-1m')]
    found = [name for name in scenarios if any(name == wanted or (wanted not in scenarios and name.startswith(wanted)) for wanted in names)]
    return found or sys.exit('bench: no such scenario; there are: ' + ' '.join(scenarios))


def one(scenario, kind, skip):
    try:
        return scenario(kind)
    except skip as why:
        return {'skipped': str(why)}
    except (AssertionError, OSError, ValueError, subprocess.SubprocessError) as error:
        return {'failed': ' '.join(str(error).split())[-300:]}


def median(rows, column):
    values = [row[column] for row in rows if isinstance(row.get(column), (int, float))]
    return statistics.median(values) if values else None


def table(rows):
    """rows: {(scenario, peer): [figures of each round]}"""
    lines = [['scenario', 'server'] + [title for _, title, _ in COLUMNS] + ['range of messages/s', 'other figures']]
    for (scenario, peer), found in rows.items():
        good = [row for row in found if 'skipped' not in row and 'failed' not in row]
        if not good:
            lines.append([scenario, peer] + [''] * (len(COLUMNS) + 1) + [next(iter(found[0].values()))[:100]])
            continue
        shown = [median(good, name) for name, _, _ in COLUMNS]
        rates = [row['rate'] for row in good if 'rate' in row]
        known = {name for name, _, _ in COLUMNS} | {'errors'}
        others = {name: median(good, name) for name in good[0] if name not in known}
        lines.append([scenario, peer] + ['' if value is None else form % value for value, (_, _, form) in zip(shown, COLUMNS)] +
                     ['%.0f–%.0f' % (min(rates), max(rates)) if rates else ''] + [', '.join('%s %.5g' % item for item in others.items() if item[1] or item[0] != 'lost')])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        print('  '.join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--peers', default='posthouse,postfix')
    parser.add_argument('--json', help='every row, one object a line, appended')
    parser.add_argument('--no-build', action='store_true', help='take the programs of POSTHOUSE_BIN as they are')
    parser.add_argument('scenarios', nargs='*')
    given = parser.parse_args()
    if not given.no_build:
        build()
    import servers
    from kit import place
    from scenarios import ALL
    kinds = {kind.name: kind for kind in (servers.Posthouse, servers.Postfix)}
    rows = {}
    for number in range(given.rounds):
        for name in chosen(given.scenarios, ALL):
            for peer in given.peers.split(','):
                row = one(ALL[name], kinds[peer], place.Skip)
                if row is None:
                    continue  # not for this server
                rows.setdefault((name, peer), []).append(row)
                line = json.dumps(dict({'scenario': name, 'server': peer, 'round': number + 1}, **{k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}))
                print(line, file=sys.stderr, flush=True)
                if given.json:
                    with open(given.json, 'a', encoding='utf-8') as file:
                        file.write(line + '\n')
    table(rows)


if __name__ == '__main__':
    main()
