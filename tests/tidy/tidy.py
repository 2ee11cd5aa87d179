#!/usr/bin/env python3
"""tidy.py [CHECK...]: the rules of the code that a machine can check. Prints "file:line: what", exit status 1 if anything was found.
tests/tidy/ratchet.txt lists the files and functions that were too long when the rule came: they may shrink, never grow.
tidy.py --ratchet prints what the list would be now."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RATCHET = os.path.join(ROOT, 'tests/tidy/ratchet.txt')
FILE_LINES, FUNCTION_LINES = 400, 90

# What only some modules may do: (words, modules that may, why).
WORLD = {'net', 'os', 'world', 'start'}
FORBIDDEN = [
    (r'\basio::', WORLD, 'the event loop is behind world/'),
    (r'::now\(\)', WORLD | {'tools'}, 'time comes from world::Clock'),
    (r'\bsteady_timer\b', WORLD, 'time comes from world::Clock'),
    (r'this_thread::sleep|\b(u|nano)sleep\(', WORLD, 'nothing blocks a core; time comes from world::Clock'),
    (r'\brandom_device\b', WORLD, 'randomness comes from world::Random'),
    (r'(?<![\w.])(std::)?getenv\(', WORLD | {'tools'}, 'the environment is read at the edge'),
    (r'#\s*include\s*<(sys/socket|netdb|netinet/in|sys/epoll|fcntl|sys/stat|signal)\.h>', {'net', 'os', 'tools', 'start'}, 'system calls are in net/ and os/'),
    (r'#\s*include\s*<(unistd|poll)\.h>', {'net', 'os', 'tools', 'start', 'tables'}, 'system calls are in net/ and os/; tables/ waits for a client library on threads of the pool and syncs files of one'),
    (r'#\s*include\s*<openssl/', {'net', 'os', 'tools', 'start', 'sasl'}, 'OpenSSL is in net/, digests of mechanisms in sasl/'),
    (r'\bdetached\b', set(), 'every task has an owner who waits'),
    (r'\bstd::(\w+_)?mutex\b|#\s*include\s*<(mutex|shared_mutex|condition_variable)>', {'base', 'world', 'observe', 'net', 'os', 'start'}, 'one object, one core'),
]


def project_files():
    """Every file of the project: what git knows, and what is new and not ignored. Without git, the tree."""
    listed = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', '-z'], cwd=ROOT, capture_output=True)
    if listed.returncode == 0 and listed.stdout:
        return sorted(n for n in listed.stdout.decode().split('\0') if n and os.path.isfile(os.path.join(ROOT, n)))
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [f for f in folders if f not in ('build', 'instance', '.git', '.cache', '__pycache__')]
        found += [os.path.relpath(os.path.join(folder, n), ROOT) for n in names]
    return sorted(found)


def text_of(name):
    with open(os.path.join(ROOT, name), encoding='utf-8', errors='replace') as file:
        return file.read()


def sources():
    return [n for n in project_files() if re.match(r'(src|sim)/.*\.(cpp|hpp|def)$', n)]


def module_of(name):
    return name.split('/')[1] if name.startswith('src/') else 'sim'


def is_test(name):
    return name.endswith(('_test.cpp', '_fuzz.cpp')) or '/fake_' in name or '/test_' in name or name.startswith('tests/')


def code_lines(name):
    """(number, text) with comments and the contents of strings blanked, so that words there do not count."""
    text = text_of(name)

    def blank(match):
        kept = match[0]
        return kept[0] + re.sub(r'[^\n]', ' ', kept[1:-1]) + kept[-1] if kept[0] in '"\'' else re.sub(r'[^\n]', ' ', kept)
    text = re.sub(r'R"(\w*)\([\s\S]*?\)\1"|//[^\n]*|/\*[\s\S]*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', lambda m: m[0] if _is_include(text, m) else blank(m), text)
    return list(enumerate(text.split('\n'), 1))


def _is_include(text, match):
    line = text[text.rfind('\n', 0, match.start()) + 1:match.start()]
    return re.match(r'\s*#\s*include\s*$', line) is not None


def layers():
    allowed = {}
    for line in text_of('src/layers.txt').splitlines():
        match = re.match(r'([a-z_]+):([^|]*)', line)
        if match:
            allowed[match[1]] = set(match[2].split())
    return allowed


def check_layers():
    """src/layers.txt against every #include, and against itself: no cycle, nothing includes upward."""
    allowed, found, above = layers(), [], []
    for module, may in allowed.items():
        for other in may - set(above):
            found.append('src/layers.txt: %s may include %s, which is not below it' % (module, other))
        above.append(module)
    for name in sources():
        module = module_of(name)
        for number, line in code_lines(name):
            match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
            if not match:
                continue
            other = match[1].split('/')[0]
            if module not in allowed:
                found.append('%s:%d: module %s is not in src/layers.txt' % (name, number, module))
            elif '/' not in match[1]:
                found.append('%s:%d: include from the source root, not "%s"' % (name, number, match[1]))
            elif other != module and other not in allowed[module]:
                found.append('%s:%d: %s may not include %s' % (name, number, module, match[1]))
    return found


def check_forbidden_words():
    """What bypasses world/ cannot be simulated."""
    found = []
    for name in sources():
        if is_test(name):
            continue
        for number, line in code_lines(name):
            for word, modules, why in FORBIDDEN:
                if module_of(name) not in modules and re.search(word, line):
                    found.append('%s:%d: %s: %s' % (name, number, re.search(word, line)[0], why))
    return found


def functions(name):
    """(name, first line, lines) of the function bodies: a '{' that follows a parameter list, up to the brace that closes it."""
    text = '\n'.join(line for _, line in code_lines(name))
    text = re.sub(r'^[ \t]*#(?:[^\n\\]|\\\n|\\.)*', lambda m: re.sub(r'[^\n]', ' ', m[0]), text, flags=re.M)
    found, stack, statement = [], [], 0
    for match in re.finditer(r'[{};]', text):
        at = match.start()
        if match[0] == ';':
            statement = at + 1
        elif match[0] == '{':
            head = text[statement:at].strip()
            inside = any(kind == 'function' for kind, *_ in stack)
            named = re.match(r'(?:[^()=]|operator\s*\S+|=(?=\s*delete))*?([\w~:]+|operator\s*[^\s(]+)\s*\(', head)
            is_function = named and not inside and not re.match(r'(?:if|for|while|switch|catch|return|namespace|struct|class|enum|union)\b', head)
            first = text.count('\n', 0, statement + len(text[statement:at]) - len(text[statement:at].lstrip())) + 1
            stack.append(('function', named[1], first) if is_function else ('block', '', 0))
            statement = at + 1
        elif stack:
            kind, function, first = stack.pop()
            if kind == 'function':
                found.append((function, first, text.count('\n', 0, at) + 2 - first))
            statement = at + 1
    return found


def lengths():
    """{key: lines} of what is over the limit."""
    over = {}
    for name in sources():
        if name.endswith('.def'):
            continue
        lines = text_of(name).count('\n')
        if lines > FILE_LINES:
            over[name] = lines
        for function, _, count in functions(name):
            if count > FUNCTION_LINES:
                key = '%s %s' % (name, function)
                over[key] = max(count, over.get(key, 0))
    return over


def check_length():
    """Files of more than 400 lines and functions of more than 90, above what the ratchet allows."""
    allowed = {}
    if os.path.exists(RATCHET):
        for line in text_of('tests/tidy/ratchet.txt').splitlines():
            if line.strip() and not line.startswith('#'):
                count, key = line.split(None, 1)
                allowed[key.strip()] = int(count)
    return ['%s: %d lines, %d allowed' % (key.replace(' ', ': function '), count, allowed.get(key, FUNCTION_LINES if ' ' in key else FILE_LINES))
            for key, count in sorted(lengths().items()) if count > allowed.get(key, 0)]


def check_headers():
    """Every header says #pragma once; no module is a grab bag."""
    found = ['%s: no #pragma once' % n for n in sources() if n.endswith('.hpp') and '#pragma once' not in text_of(n)]
    return found + ['%s: a name for everything says nothing' % n for n in sources()
                    if re.search(r'(^|[/_])(utils?|common|helpers?|manager|misc)([_./]|$)', n)]


def check_unfinished_words():
    """A TODO says what is to be done; nothing is commented as broken."""
    found = []
    for name in project_files():
        if re.search(r'\.(cpp|hpp|py|cmake|txt|md|def)$', name) and name != 'tests/tidy/tidy.py':
            for number, line in enumerate(text_of(name).split('\n'), 1):
                if re.search(r'\b(TODO|FIXME|XXX)\b(?!\W*\w+\W+\w+)', line):
                    found.append('%s:%d: unfinished without a word what is missing' % (name, number))
    return found


def check_machine_paths():
    """No path of a development machine, no private key outside of tests."""
    found = []
    for name in project_files():
        if name == 'tests/tidy/tidy.py' or os.path.getsize(os.path.join(ROOT, name)) > 2_000_000:
            continue
        for number, line in enumerate(text_of(name).split('\n'), 1):
            if re.search(r'(?<![\w.])/(work|home/\w+|Users/\w+|root/\.\w+)/', line):
                found.append('%s:%d: path of one machine: %s' % (name, number, line.strip()[:100]))
            if re.search(r'BEGIN (\w+ )?PRIVATE KEY', line) and not is_test(name):
                found.append('%s:%d: a private key' % (name, number))
    return found


def check_tests_can_run_anywhere():
    """Unit tests neither sleep nor take a fixed port."""
    found = []
    for name in sources():
        if name.endswith('_test.cpp'):
            for number, line in code_lines(name):
                if re.search(r'this_thread::sleep|\busleep\(|(?<![\w.>:])sleep\(\d', line):
                    found.append('%s:%d: a test waits for an event, not for a time' % (name, number))
    return found


def parameter_rows():
    """{name: (status, default)} of src/config/parameters.def."""
    rows = re.findall(r'^P(?:_OTHER|_OWN)?\((\w+), (.*), (supported|no_effect|not_yet|refuse_not_yet), "', text_of('src/config/parameters.def'), re.M)
    return {name: (status, rest) for name, rest, status in rows}


def parameters_read():
    """Names that the code has as a string, whole, put together ("smtp_tls_" + "cert_file") or as a family (<transport>_ + suffix), and
    names in the defaults of those."""
    rows = parameter_rows()
    strings = set()
    for name in sources():
        # tables/ names the settings of tables' own files, but for one; a rule about a setting does not do what it asks for.
        of_table_files = name.startswith('src/tables/') and not name.endswith('/parent_domains.cpp')
        if not is_test(name) and not of_table_files and not name.startswith('src/app/lint/') and not name.endswith(('.def', 'src/config/transport_family.cpp', 'src/config/table_attributes.cpp')):
            strings |= set(re.findall(r'"(\w+)"', re.sub(r'//[^\n]*', '', text_of(name))))
    families = set(re.findall(r'Family\{"(\w+)"', text_of('src/config/transport_family.cpp'))) & strings
    prefixes = {text for text in strings if text.endswith('_') or text.startswith('smtp_tls_')}
    read = {name for name in rows if name in strings or any(name.endswith('_' + family) for family in families)
            or any(name.startswith(prefix) and name[len(prefix):] in strings for prefix in prefixes)}
    while True:
        named = {word for name in read for word in re.findall(r'\$[({]?(\w+)', rows[name][1])} & set(rows)
        if named <= read:
            return read
        read |= named


def check_parameters():
    """A row that says supported is read somewhere, and one that says not_yet is not. tests/tidy/parameters.txt has the exceptions; only ever
    shrink its first part."""
    rows, read, found = parameter_rows(), parameters_read(), []
    excused = {line.strip() for line in text_of('tests/tidy/parameters.txt').splitlines() if line and not line.startswith('#')}
    for name, (status, _) in rows.items():
        if name in excused:
            continue
        if status == 'supported' and name not in read:
            found.append('src/config/parameters.def: %s says supported and nobody reads it' % name)
        if status in ('not_yet', 'refuse_not_yet') and name in read:
            found.append('src/config/parameters.def: %s says %s and is read' % (name, status))
    return found


def main():
    if sys.argv[1:] == ['--ratchet']:
        print('\n'.join('%d %s' % (count, key) for key, count in sorted(lengths().items())))
        return 0
    checks = {n[len('check_'):]: f for n, f in globals().items() if n.startswith('check_')}
    found = [line for name in (sys.argv[1:] or checks) for line in checks[name]()]
    print('\n'.join(found))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
