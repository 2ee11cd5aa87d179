"""MariaDB, PostgreSQL, OpenLDAP and memcached as Debian packages that are unpacked, never installed: a table of people in each."""
import glob
import os
import signal
import socket
import subprocess

from kit import certificate, place
from kit.unpacked import Program, tree

PEOPLE = (('joe@x.example', 'found it'), ("o'neil@x.example", 'irish'))
ACCOUNT = 'nobody'


def libraries(*packages):
    return ':'.join(os.path.join(tree(package), 'usr/lib/x86_64-linux-gnu') for package in packages)


def _states(pid):
    """Of its threads, as proc(5) has them."""
    for path in glob.glob('/proc/%d/task/*/stat' % pid):
        try:
            with open(path) as file:
                yield file.read().rpartition(') ')[2][:1]
        except OSError:
            pass  # that thread has ended


class Database(Program):
    """Ended with a signal of its own; `settings` is the file of a table that asks it."""

    ends_at = signal.SIGTERM  # without waiting for its clients

    def stop(self):
        """Until start(), on the same port and with the same data."""
        self.process.send_signal(self.ends_at)
        self.process.wait(60)

    def start(self):
        super().__enter__()

    def __enter__(self):
        self.start()
        return self

    def stall(self):
        """All its processes stop where they are, until resume()."""
        for pid in self._tell(signal.SIGSTOP):
            # The signal is sent, but a thread that runs on another core stops a moment later, maybe with an answer on its way.
            place.wait_until(lambda of=pid: all(state in 'TZX' for state in _states(of)), '%s stands still' % self.name)

    def resume(self):
        self._tell(signal.SIGCONT)

    def _tell(self, number):
        # Its children, too: they have sessions of their own. First the parent, so that no more of them come; some end meanwhile.
        os.kill(self.process.pid, number)
        told = [self.process.pid]
        listed = subprocess.run(['ps', '-o', 'pid=', '--ppid', str(self.process.pid)], capture_output=True, text=True).stdout.split()
        for pid in map(int, listed):
            try:
                os.kill(pid, number)
                told.append(pid)
            except ProcessLookupError:
                pass
        return told

    def certify(self):
        """From now on it speaks TLS as localhost, and takes clients whose certificates are of the same authority."""
        self.certificate, self.key = certificate.issue('localhost', self.folder)
        self.authority = place.write(os.path.join(self.folder, 'ca.crt'), open(certificate.authority(), encoding='ascii').read())
        self.stranger = certificate.stranger(self.folder)
        place_owner(self.key)
        os.chmod(self.key, 0o600)

    certificate = ''

    def run(self, *command, text=None):
        done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=self.folder, env=dict(os.environ, **self.environment))
        if done.returncode == 127:
            raise place.Skip('%s: %s' % (self.name, done.stderr))
        assert done.returncode == 0, (command, done.stdout, done.stderr)

    def rows(self):
        return ', '.join("('%s', '%s')" % (key.replace("'", "''"), value) for key, value in PEOPLE)


class MariaDb(Database):
    """`tables`: more of them than people, {name: {key: value}}."""

    def __init__(self, tables=None):
        super().__init__('MariaDB', 'output')
        self.root = tree('mariadb-server-core')
        self.environment = {'LD_LIBRARY_PATH': libraries('libaio1', 'liburing2')}
        share = self.root + '/usr/share/mysql/'
        self.data = os.path.join(self.folder, 'data')
        os.mkdir(self.data)
        place_owner(self.folder)
        place_owner(self.data)
        text = 'CREATE DATABASE mysql;\nUSE mysql;\n'
        for name in ('mysql_system_tables.sql', 'mysql_system_tables_data.sql'):
            with open(share + name, encoding='utf-8') as file:
                text += file.read()
        text += 'CREATE DATABASE mail;\nCREATE TABLE mail.people (k VARCHAR(100), v VARCHAR(100));\nINSERT INTO mail.people VALUES %s;\n' % self.rows()
        for name, rows in (tables or {}).items():
            text += 'CREATE TABLE mail.`%s` (k VARCHAR(100), v VARCHAR(100));\n' % name
            text += ''.join("INSERT INTO mail.`%s` VALUES ('%s', '%s');\n" % (name, key, value) for key, value in rows.items())
        self.run(*self.base(), '--bootstrap', text=text)

    def base(self):
        # Not /tmp: at its start another one removes the temporary tables that it finds there.
        return [self.root + '/usr/sbin/mariadbd', '--no-defaults', '--datadir=' + self.data, '--tmpdir=' + self.data, '--user=' + ACCOUNT,
                '--lc-messages-dir=' + self.root + '/usr/share/mysql/english']

    def command(self):
        return [*self.base(), '--port=%d' % self.port, '--bind-address=127.0.0.1', '--socket=' + self.folder + '/socket', '--skip-grant-tables', '--skip-networking=0',
                *(['--ssl-cert=' + self.certificate, '--ssl-key=' + self.key, '--ssl-ca=' + self.authority] if self.certificate else [])]

    def settings(self, table='people'):
        return "hosts = unix:/nowhere inet:127.0.0.1:%d\nuser = mail\npassword = x\ndbname = mail\nquery = SELECT v FROM `%s` WHERE k = '%%s'\n" % (self.port, table)


class PostgreSql(Database):
    ends_at = signal.SIGINT

    def __init__(self):
        super().__init__('PostgreSQL', 'output')
        self.root = tree('postgresql-15')
        self.programs = self.root + '/usr/lib/postgresql/15/bin/'
        self.data = os.path.join(self.folder, 'data')
        place_owner(self.folder)
        self.run(*self.as_owner(), self.programs + 'initdb', '-D', self.data, '-A', 'trust', '-L', self.root + '/usr/share/postgresql/15', '-E', 'UTF8', '--locale=C')
        self.run(*self.as_owner(), self.programs + 'postgres', '--single', '-D', self.data, 'postgres',
                 text='CREATE TABLE people (k text, v text);\nINSERT INTO people VALUES %s;\n' % self.rows())

    def as_owner(self):
        return ['setpriv', '--reuid=' + ACCOUNT, '--regid=nogroup', '--clear-groups']

    def command(self):
        return [*self.as_owner(), self.programs + 'postgres', '-D', self.data, '-p', str(self.port), '-c', 'listen_addresses=127.0.0.1',
                '-c', 'unix_socket_directories=' + self.folder,
                *(['-c', 'ssl=on', '-c', 'ssl_cert_file=' + self.certificate, '-c', 'ssl_key_file=' + self.key, '-c', 'ssl_ca_file=' + self.authority] if self.certificate else [])]

    def certify(self):
        super().certify()
        place.write(self.data + '/pg_hba.conf', 'hostssl all all 127.0.0.1/32 trust\n')

    def settings(self):
        return "hosts = 127.0.0.1:%d\nuser = %s\ndbname = postgres\nquery = SELECT v FROM people WHERE k = '%%s'\n" % (self.port, ACCOUNT)


class OpenLdap(Database):
    def __init__(self):
        super().__init__('OpenLDAP', 'output')
        self.root = tree('slapd')
        self.environment = {'LD_LIBRARY_PATH': libraries('slapd', 'libltdl7', 'libodbc2')}
        os.mkdir(self.folder + '/data')
        schema = ''.join('include %s/etc/ldap/schema/%s.schema\n' % (self.root, name) for name in ('core', 'cosine', 'inetorgperson'))
        place.write(self.folder + '/slapd.conf', schema + 'modulepath %s/usr/lib/ldap\nmoduleload back_mdb\npidfile %s/pid\ndatabase mdb\nsuffix "dc=x"\n'
                    'rootdn "cn=admin,dc=x"\nrootpw secret\ndirectory %s/data\n' % (self.root, self.folder, self.folder))
        entries = 'dn: dc=x\nobjectClass: dcObject\nobjectClass: organization\no: x\ndc: x\n\n'
        for number, (key, value) in enumerate(PEOPLE):
            entries += 'dn: cn=p%d,dc=x\nobjectClass: inetOrgPerson\ncn: p%d\nsn: p\nmail: %s\nemployeeType: %s\n\n' % (number, number, key, value)
        entries += 'dn: cn=group,dc=x\nobjectClass: groupOfNames\ncn: group\nmember: cn=p0,dc=x\nmember: cn=gone,dc=x\nmember: cn=p1,dc=x\n\n'
        entries += 'dn: cn=circle,dc=x\nobjectClass: groupOfNames\ncn: circle\nmember: cn=circle,dc=x\n'
        self.run(self.root + '/usr/sbin/slapadd', '-f', self.folder + '/slapd.conf', text=entries)

    def command(self):
        return [self.root + '/usr/sbin/slapd', '-f', self.folder + '/slapd.conf', '-h', 'ldap://127.0.0.1:%d%s' % (self.port, self.more), '-d', '0']

    more = ''

    def certify(self):
        """Also ldaps and ldapi; who wants to read has to log in: as mailer, or by what a certificate or the socket says of it."""
        super().certify()
        self.ldaps, self.ldapi = place.free_port(), 'ldapi://' + (self.folder + '/ldapi').replace('/', '%2F')
        self.more = ' ldaps://127.0.0.1:%d %s/????x-mod=0777' % (self.ldaps, self.ldapi)
        with open(self.folder + '/slapd.conf', encoding='utf-8') as file:
            before, _, after = file.read().partition('database mdb\n')
        whole = ('TLSCertificateFile %s\nTLSCertificateKeyFile %s\nTLSCACertificateFile %s\nTLSVerifyClient try\n' % (self.certificate, self.key, self.authority) +
                 'sasl-host localhost\nsasl-secprops none\npassword-hash {CLEARTEXT}\nauthz-policy to\n'
                 'authz-regexp "uid=([^,]*),(.*,)?cn=auth" "cn=$1,dc=x"\nauthz-regexp "gidNumber=.*,cn=peercred,cn=external,cn=auth" "cn=p0,dc=x"\nauthz-regexp "cn=client.example" "cn=p0,dc=x"\n')
        access = 'access to attrs=userPassword by anonymous auth\naccess to * by users read by anonymous auth\n'
        place.write(self.folder + '/slapd.conf', before + whole + 'database mdb\n' + after + access)
        self.run(self.root + '/usr/sbin/slapadd', '-f', self.folder + '/slapd.conf',
                 text='dn: cn=mailer,dc=x\nobjectClass: person\ncn: mailer\nsn: m\nuserPassword: words\n')

    def settings(self):
        return ('server_host = ldap://127.0.0.1:9 ldap://127.0.0.1:%d\nversion = 3\nsearch_base = dc=x\nbind_dn = cn=admin,dc=x\nbind_pw = secret\ntimeout = 2\n'
                'query_filter = (|(mail=%%s)(cn=%%s))\nresult_attribute = employeeType\nspecial_result_attribute = member\nrecursion_limit = 20\n' % self.port)


class Memcached(Database):
    """It forgets everybody when it ends; start() tells it of them."""

    def __init__(self):
        super().__init__('memcached', 'output')
        self.root = tree('memcached')

    def command(self):
        return [self.root + '/usr/bin/memcached', '-l', '127.0.0.1', '-p', str(self.port), '-U', '0', '-u', ACCOUNT, '-t', '1']

    def start(self):
        super().start()
        with socket.create_connection(('127.0.0.1', self.port), 60) as connection, connection.makefile('rb') as said:
            for key, value in PEOPLE:
                connection.sendall(b'set mail:%s 0 0 %d\r\n%s\r\n' % (key.encode(), len(value), value.encode()))
                assert said.readline() == b'STORED\r\n', key

    def settings(self):
        return 'memcache = inet:127.0.0.1:%d\nkey_format = mail:%%s\ntimeout = 2\n' % self.port


def place_owner(folder):
    subprocess.run(['chown', ACCOUNT, folder], check=True)
