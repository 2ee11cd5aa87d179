"""A private certificate authority, and certificates for peers, made by openssl once a run."""
import fcntl
import os
import subprocess

from kit import place

FOLDER = os.path.join(place.ROOT, 'build/test-certificates')


def _openssl(*arguments):
    subprocess.run(['openssl', *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def authority():
    """Path of the CA certificate."""
    os.makedirs(FOLDER, exist_ok=True)
    path = os.path.join(FOLDER, 'ca.crt')
    with open(os.path.join(FOLDER, 'lock'), 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            _openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650',
                     '-subj', '/CN=Posthouse test authority', '-keyout', path[:-3] + 'key', '-out', path + '.new')
            os.rename(path + '.new', path)
    return path


def stranger(folder):
    """The certificate of an authority that issued nothing: its path."""
    path = os.path.join(folder, 'stranger.crt')
    _openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650', '-subj', '/CN=A stranger', '-keyout', path[:-3] + 'key', '-out', path)
    return path


def issue(name, folder):
    """A certificate for `name` and localhost: (certificate, key) in `folder`."""
    ca = authority()
    certificate, key = os.path.join(folder, name + '.crt'), os.path.join(folder, name + '.key')
    request, extension = certificate + '.csr', certificate + '.ext'
    place.write(extension, 'subjectAltName=DNS:%s,DNS:localhost,IP:127.0.0.1\n' % name)
    _openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=' + name,
             '-keyout', key, '-out', request)
    _openssl('x509', '-req', '-in', request, '-CA', ca, '-CAkey', ca[:-3] + 'key', '-set_serial', str(int.from_bytes(os.urandom(8), 'big')),
             '-days', '3650', '-extfile', extension, '-out', certificate)
    os.unlink(request)
    os.unlink(extension)
    os.chmod(key, 0o644)  # peers read it after dropping privileges
    return certificate, key
