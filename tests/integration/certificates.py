"""Certificates that are renewed while the server runs."""
import shutil
import ssl

from kit import certificate, place
from kit.client import Client
from kit.relay import Relay


def shown(relay):
    """What the server shows as its certificate, in PEM."""
    with Client(relay.port) as client:
        client.starttls()
        return ssl.DER_cert_to_PEM_cert(client.socket.getpeercert(binary_form=True))


def read(path):
    with open(path, encoding='ascii') as file:
        return file.read()


def test_a_renewed_certificate_is_used_without_a_reload_and_a_broken_one_is_not():
    folder = place.private_folder('certificates')
    try:
        old, old_key = certificate.issue('old.example.test', folder)
        new, new_key = certificate.issue('new.example.test', folder)
        first, second = read(old), read(new)
        with Relay({'smtpd_tls_security_level': 'may', 'smtpd_tls_cert_file': old, 'smtpd_tls_key_file': old_key}) as relay:
            assert shown(relay) == first
            place.write(old, 'nonsense')
            relay.wait_log('old.example.test.crt has changed and cannot be used, what was read before stays')
            assert shown(relay) == first
            shutil.copy(new, old)
            shutil.copy(new_key, old_key)
            relay.wait_log('old.example.test.crt has changed and was read again')
            assert shown(relay) == second
    finally:
        shutil.rmtree(folder, ignore_errors=True)
