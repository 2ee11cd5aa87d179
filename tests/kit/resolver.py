"""A name server of the test's own, so that no test asks the network: names it does not know do not exist."""
import socket
import struct
import threading

_TYPES = {'A': 1, 'NS': 2, 'CNAME': 5, 'SOA': 6, 'PTR': 12, 'MX': 15, 'TXT': 16, 'AAAA': 28}


def _name(text):
    labels = [label for label in text.rstrip('.').split('.') if label]
    return b''.join(bytes([len(label)]) + label.encode() for label in labels) + b'\0'


def _data(kind, text):
    if kind == 'A':
        return socket.inet_aton(text)
    if kind == 'AAAA':
        return socket.inet_pton(socket.AF_INET6, text)
    if kind == 'MX':
        preference, host = text.split()
        return struct.pack('>H', int(preference)) + _name(host)
    if kind == 'TXT':
        return bytes([len(text)]) + text.encode()
    return _name(text)


def _record(name, kind, text):
    data = _data(kind, text)
    return _name(name) + struct.pack('>HHIH', _TYPES[kind], 1, 60, len(data)) + data


class Resolver:
    """records: {('example.net', 'MX'): ['10 mx.example.net']}; a CNAME is followed; the value 'SERVFAIL' makes that lookup fail. With
    `silent` set, questions are swallowed. `asked`: (name, type) of each question."""

    def __init__(self, records=None):
        self.records, self.silent, self.asked = records or {}, False, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('127.0.0.1', 0))
        self.address = '127.0.0.1:%d' % self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                packet, peer = self.socket.recvfrom(4096)
                if self.silent:
                    continue
                self.socket.sendto(self._answer(packet), peer)
            except OSError:
                return
            except (IndexError, struct.error, UnicodeDecodeError):
                continue

    def _answer(self, packet):
        labels, at = [], 12
        while packet[at]:
            labels.append(packet[at + 1:at + 1 + packet[at]].decode())
            at += packet[at] + 1
        kind = struct.unpack('>H', packet[at + 1:at + 3])[0]
        name, question = '.'.join(labels).lower(), packet[12:at + 5]
        wanted = next((k for k, number in _TYPES.items() if number == kind), None)
        self.asked.append((name, wanted))
        answers = []
        while True:
            known = {k: v for (n, k), v in self.records.items() if n == name}
            alias = known.get('CNAME') if wanted not in known else None
            if not alias or len(answers) > 8:
                break
            answers.append(_record(name, 'CNAME', alias[0]))
            name = alias[0].lower()
        found = known.get(wanted, [])
        code = 2 if found == 'SERVFAIL' else 0 if known else 3
        answers += [_record(name, wanted, text) for text in ([] if code else found)]
        return packet[:2] + struct.pack('>HHHHH', 0x8580 | code, 1, len(answers), 0, 0) + question + b''.join(answers)

    def stop(self):
        self.socket.close()
