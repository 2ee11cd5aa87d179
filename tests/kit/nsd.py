"""NSD as an authoritative name server for signed zones: unpacked, never installed. ldns-signzone signs."""
import glob
import os
import shutil
import subprocess

from kit import place, unpacked

ALGORITHM = 'ECDSAP256SHA256'
TOP = '$ORIGIN %s.\n$TTL 60\n@ SOA ns hostmaster 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\n'


class Zone:
    """`text`: records below the SOA and NS that every zone has. The anchor is the DS record of its key."""

    def __init__(self, name, text):
        self.name, self.text, self.anchor = name, TOP % name + text, ''

    def sign(self, folder):
        for tool in ('ldns-keygen', 'ldns-signzone'):
            if not shutil.which(tool):
                raise place.Skip('ldnsutils is not installed')
        key = subprocess.run(['ldns-keygen', '-a', ALGORITHM, '-k', self.name], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
        plain = place.write(os.path.join(folder, self.name + '.plain'), self.text)
        signed = plain + '.signed'
        subprocess.run(['ldns-signzone', '-f', signed, plain, key], cwd=folder, capture_output=True, check=True)
        with open(signed, encoding='ascii') as file:
            self.text = file.read()
        with open(glob.glob(os.path.join(folder, key + '.ds'))[0], encoding='ascii') as file:
            self.anchor = file.read()
        return self


class Nsd(unpacked.Program):
    """Answers for `zones` on `port`."""

    def __init__(self, zones):
        super().__init__('NSD', 'output')
        self.program = unpacked.tree('nsd') + '/usr/sbin/nsd'
        rows = ''
        for zone in zones:
            place.write('%s/%s.zone' % (self.folder, zone.name), zone.text)
            rows += 'zone:\n  name: "%s"\n  zonefile: "%s/%s.zone"\n' % (zone.name, self.folder, zone.name)
        place.write(self.folder + '/nsd.conf', '''\
server:
  ip-address: 127.0.0.1@{0}
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  zonesdir: "{1}"
  xfrdir: "{1}"
  xfrdfile: "{1}/xfrd.state"
  zonelistfile: "{1}/zone.list"
  pidfile: "{1}/nsd.pid"
  logfile: "{1}/output"
  minimal-responses: yes
remote-control:
  control-enable: no
{2}'''.format(self.port, self.folder, rows))

    def command(self):
        return [self.program, '-d', '-c', self.folder + '/nsd.conf']
