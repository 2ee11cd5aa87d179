"""The runner and its parts: what tests leave in /tmp, and in what order things are done."""
import os
import re
import shutil
import signal
import subprocess
import sys

from kit import place
from parts import fuzz
from parts.job import Job, one_case

MAKES = """
import os, signal, subprocess, sys
from kit import place
folder = place.private_folder('left')
place.write(folder + '/sub/file', 'x', 0o400)
os.chmod(folder + '/sub', 0o500)
"""


def left_by(body, *around, environment=None):
    """Exit status of a test function with this body (behind MAKES), and whether the folder it printed is still there."""
    path = place.write(place.private_folder('case') + '/case.py', MAKES + 'def test_it():\n    print(folder, flush=True)\n    ' + body.replace('\n', '\n    ') + '\n')
    command = [*around, sys.executable, os.path.join(place.ROOT, 'tests/function.py'), path, 'test_it']
    done = subprocess.run(command, capture_output=True, text=True, timeout=60,
                          env={**{name: value for name, value in os.environ.items() if name != 'POSTHOUSE_KEEP'}, **(environment or {})})
    folder = done.stdout.splitlines()[0]
    return done.returncode, os.path.exists(folder), folder


def test_a_folder_goes_with_its_test():
    for body, status in (('pass', 0), ('raise place.Skip("not here")', 77), ('assert False', 1), ('sys.exit(3)', 3)):
        assert left_by(body)[:2] == (status, False), body


def test_a_test_that_is_told_to_end_stops_what_it_started_and_removes_its_folder():
    body = 'with open(folder + "/../" + os.path.basename(folder) + ".ended", "w") as ended:\n    try:\n        os.kill(os.getpid(), signal.SIGTERM)\n        signal.pause()\n    finally:\n        ended.write("in order")'
    status, there, folder = left_by(body)
    with open(folder + '.ended', encoding='utf-8') as file:
        assert (status, there, file.read()) == (128 + signal.SIGTERM, False, 'in order')
    os.unlink(folder + '.ended')


def test_a_forked_child_removes_nothing():
    body = ('child = os.fork()\nif child == 0:\n    sys.exit(0)\nos.waitpid(child, 0)\nassert os.path.exists(folder)\n'
            'child = os.fork()\nif child == 0:\n    os.kill(os.getpid(), signal.SIGTERM)\n    signal.pause()\n'
            'assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGTERM and os.path.exists(folder)')
    assert left_by(body)[:2] == (0, False)


def test_files_of_other_users_go_too():
    if os.getuid() != 0:
        raise place.Skip('only root can make files of others')
    assert left_by('os.mkdir(folder + "/data", 0o700)\nplace.write(folder + "/data/row", "x", 0o400)\nfor name in ("/data/row", "/data", ""):\n    os.chown(folder + name, 65534, 65534)')[:2] == (0, False)


def test_what_is_mounted_there_is_unmounted_and_survives():
    private = ['unshare', '--mount', '--propagation', 'private']
    if subprocess.run([*private, 'true'], capture_output=True).returncode:
        raise place.Skip('needs the right to mount a file system')
    precious = place.private_folder('precious')
    place.write(precious + '/file', 'kept')
    mount = 'os.mkdir(folder + "/m x")\nsubprocess.run(["mount", "--bind", "%s", folder + "/m x"], check=True)\nsubprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder + "/sub"], check=True)' % precious
    assert left_by(mount, *private)[:2] == (0, False)
    assert os.path.exists(precious + '/file')


def test_folders_are_kept_on_request():
    status, there, folder = left_by('pass', environment={'POSTHOUSE_KEEP': '1'})
    assert (status, there) == (0, True)
    shutil.rmtree(folder)


def test_the_runner_removes_what_a_killed_test_left():
    path = place.write(place.private_folder('case') + '/case.py', MAKES + 'def test_it():\n    print(folder, flush=True)\n    os.kill(os.getpid(), signal.SIGKILL)\n')
    case, = Job('killed', [sys.executable, 'tests/function.py', path, 'test_it'], one_case, timeout=60).run()
    folder = re.search(r'^/.*posthouse-left-.*', case.detail, re.M)[0]
    assert case.verdict == 'failed' and not os.path.exists(folder), case


def test_a_runner_that_is_told_to_end_leaves_nothing_of_its_jobs():
    base = place.private_folder('stopped')
    case = place.write(base + '/case.py', MAKES + 'def test_it():\n    peer = subprocess.Popen(["sleep", "600"], start_new_session=True)\n'
                       '    os.rename(place.write(%r, "%%s %%d" %% (folder, peer.pid)), %r)\n    signal.pause()\n' % (base + '/made', base + '/told'))
    runs = ('import sys\nimport run\nfrom parts.job import Job, one_case\nrun.everything = lambda pattern, summary: '
            'run.run(Job("waits", [sys.executable, "tests/function.py", %r, "test_it"], one_case), summary)\nrun.main()' % case)
    runner = subprocess.Popen([sys.executable, '-c', runs], cwd=os.path.join(place.ROOT, 'tests'), stdout=subprocess.DEVNULL,
                              env=dict(os.environ, POSTHOUSE_BIN='not built'))
    try:
        place.wait_until(lambda: os.path.exists(base + '/told'), 'a job runs')
        with open(base + '/told', encoding='utf-8') as told:
            folder, peer = told.read().split()
        runner.send_signal(signal.SIGTERM)
        assert runner.wait(60) == 128 + signal.SIGTERM
    finally:
        place.end(runner)
    assert not os.path.exists(folder)
    place.wait_until(lambda: not os.path.exists('/proc/%s/exe' % peer), 'what the job started has ended')


def test_a_job_is_heard_while_it_runs():
    heard = []
    case, = Job('talks', ['sh', '-c', 'echo one; echo two; exit 3'], one_case, timeout=60, heard=heard.append).run()
    assert heard == ['one', 'two'] and case.verdict == 'failed' and 'exit status 3' in case.detail and 'two' in case.detail, (heard, case)
    case, = Job('hangs', ['sh', '-c', 'echo one; exec sleep 600'], one_case, timeout=0.2, heard=heard.append).run()
    assert heard == ['one', 'two', 'one'] and case.verdict == 'failed' and 'no end after' in case.detail and 'one' in case.detail, (heard, case)


def test_what_a_job_said_before_it_hung_is_shown():
    case, = Job('hangs', ['sh', '-c', 'echo before; exec sleep 600'], one_case, timeout=1).run()
    assert case.verdict == 'failed' and 'no end after' in case.detail and 'before' in case.detail, case


def test_a_fuzz_target_starts_when_it_has_been_linked():
    started = []
    linked = fuzz.Linked('path_fuzz', lambda job: started.append(job.name))
    for line in ('[1/4] Building CXX object CMakeFiles/base.dir/x.cpp.o', '[2/4] Linking CXX executable bin/path_fuzz', '[3/4] Linking CXX executable bin/xtext_fuzz', 'ninja: done'):
        linked.heard(line)
    assert started == ['fuzz.path_fuzz']
    for line in ('[2/4] Linking CXX executable bin/path_fuzz', 'FAILED: bin/path_fuzz', 'ninja: build stopped: subcommand failed.'):
        linked.heard(line)
    assert started == ['fuzz.path_fuzz']
