"""A password file for smtpd_sasl_type = file, where a test is not about who checks the passwords."""
import subprocess

SETTINGS = {'smtpd_sasl_type': 'file', 'smtpd_sasl_path': '@folder@/passwords'}


def password_file(**users):
    """Its text: password_file(john='secret')."""
    rows = ''
    for user, password in users.items():
        rows += '%s:%s' % (user, subprocess.run(['openssl', 'passwd', '-6', password], capture_output=True, text=True, check=True).stdout)
    return rows
