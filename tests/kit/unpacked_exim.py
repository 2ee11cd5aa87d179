"""Debian's Exim as a next hop: unpacked, never installed, with accounts and a configuration that only it sees. Needs root."""
import os

from kit import place, unpacked

CONFIGURATION = '''\
primary_hostname = exim.example.test
exim_path = {program}
exim_user = Debian-exim
exim_group = Debian-exim
never_users =
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/spool/exim.pid
log_selector = +incoming_port +received_sender +received_recipients +smtp_protocol_error +tls_cipher
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
deliver_drop_privilege = true
host_lookup =
dns_dnssec_ok = 0
dns_ipv4_lookup = *
rfc1413_query_timeout = 0s
check_spool_space = 0
check_spool_inodes = 0
smtp_accept_queue_per_connection = 0
pipelining_advertise_hosts = *
chunking_advertise_hosts = *
{tls}
acl_smtp_rcpt = recipient
acl_smtp_data = accept_all

begin acl
recipient:
  deny  local_parts = refused
        message = 5.1.1 no such user
  defer local_parts = busy
        message = 4.2.0 busy
  accept
accept_all:
  accept

begin routers
onward:
  driver = manualroute
  domains = *
  transport = onward
  route_data = 127.0.0.1
  self = send

begin transports
onward:
  driver = smtp
  port = {sink}
  allow_localhost
  hosts_avoid_tls = *
  hosts_try_chunking =
  hosts_try_fastopen =
  dnssec_request_domains =

begin retry
* * F,1h,15m
'''


class UnpackedExim(unpacked.Program):
    """Takes mail on `port`, with STARTTLS if there is a certificate=(file, key), and hands it to the sink on port `sink`.
    Local part "refused" gets 550, "busy" 451."""

    def __init__(self, sink, certificate=None):
        super().__init__('Exim', 'log/mainlog')
        self.program = unpacked.tree('exim4-daemon-light') + '/usr/sbin/exim4'
        owner = self.accounts('Debian-exim')[0]
        for name in ('spool', 'log'):
            os.mkdir(os.path.join(self.folder, name), 0o750)
            os.chown(os.path.join(self.folder, name), owner, owner)
        tls = 'tls_advertise_hosts =\n'
        if certificate:
            tls = 'tls_advertise_hosts = *\ntls_certificate = %s\ntls_privatekey = %s\n' % certificate
        place.write(self.folder + '/exim.conf', CONFIGURATION.format(program=self.program, folder=self.folder, port=self.port, sink=sink.port, tls=tls))

    def command(self):
        return [self.program, '-C', self.folder + '/exim.conf', '-bdf']

    def messages(self, count):
        """The log's lines of accepted messages, at least `count`."""
        return self.wait_log(r' <= .*\[127\.0\.0\.1\]:', count)

    def connections(self):
        """The client's ports that messages came from."""
        return {line.split('[127.0.0.1]:')[1].split()[0] for line in self.messages(1)}
