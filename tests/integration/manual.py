"""The manual that the program makes of its own tables."""
import os
import shutil
import subprocess
import tempfile

from kit import place


def posthouse(*words):
    done = subprocess.run([place.BIN + '/posthouse', *words], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_pages_are_written_one_by_one_and_all_at_once():
    with tempfile.TemporaryDirectory() as folder:
        status, text, said = posthouse('help', '--man', 'postcat')
        assert (status, said) == (0, '') and text.startswith('.\\"') and '.TH POSTCAT 1 ' in text, text
        assert posthouse('help', '--man', 'main.cf')[1] == '.so man5/postconf.5\n'
        assert posthouse('help', '--man', 'nosuch') == (1, '', 'posthouse: there is no manual page nosuch\n')
        assert posthouse('help', '--man-pages', folder) == (0, '', '')
        assert sorted(os.listdir(folder + '/man5')) == ['main.cf.5', 'postconf.5'] and open(folder + '/man1/postcat.1').read() == text
        assert posthouse('help', '--man-pages', folder + '/man5/postconf.5')[0] == 1


def test_pages_are_formatted_without_a_warning():
    if not shutil.which('groff'):
        raise place.Skip('groff is not installed')
    with tempfile.TemporaryDirectory() as folder:
        posthouse('help', '--man-pages', folder)
        for section in ('man1', 'man5'):
            for name in sorted(os.listdir(folder + '/' + section)):
                done = subprocess.run(['groff', '-s', '-man', '-Tutf8', '-ww', section + '/' + name], cwd=folder, capture_output=True, text=True, timeout=60)
                assert done.returncode == 0 and not done.stderr, (name, done.stderr)
                assert 'Posthouse' in done.stdout, name


def test_an_installation_has_programs_and_manual():
    build = os.path.dirname(place.BIN)
    if not shutil.which('cmake') or not os.path.exists(build + '/cmake_install.cmake'):
        raise place.Skip('the programs are not beside their build')
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(['cmake', '--install', build, '--prefix', '/usr'], env=dict(os.environ, DESTDIR=folder), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert os.access(folder + '/usr/bin/posthouse', os.X_OK) and os.readlink(folder + '/usr/bin/sendmail') == 'posthouse'
        assert os.path.exists(folder + '/usr/share/man/man1/postsuper.1') and os.path.exists(folder + '/usr/share/man/man5/postconf.5')
