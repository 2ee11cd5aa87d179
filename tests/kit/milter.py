"""A milter at wire level: a script of answers by event, and what came."""
import fnmatch
import struct
import threading

from kit.listening import Listening

EVENTS = {b'C': 'connect', b'H': 'helo', b'M': 'mail', b'R': 'rcpt', b'T': 'data', b'L': 'header', b'N': 'eoh', b'B': 'body', b'E': 'eom', b'U': 'unknown', b'A': 'abort', b'Q': 'quit'}
ANSWERS = {'continue': b'c', 'accept': b'a', 'reject': b'r', 'tempfail': b't', 'discard': b'd', 'skip': b's', 'shutdown': b'4'}
SILENT = {'header': 0x80, 'connect': 0x1000, 'helo': 0x2000, 'mail': 0x4000, 'rcpt': 0x8000, 'data': 0x10000, 'unknown': 0x20000, 'eoh': 0x40000, 'body': 0x80000}


def strings(*texts):
    return b''.join(text.encode() + b'\0' for text in texts)


class Milter(Listening):
    """Milter([('rcpt', '<bad@*', 'reject'), ('eom', '*', [('addheader', 'X-A', '1')])]): of the rules for an event the first whose pattern matches an
    argument answers: a word, 'reply 550 5.7.1 no', 'close', 'hang', bytes that are sent as they are, or a list of changes, which goes on. `came` has
    (event, arguments, macros) of everything that came; `connections` counts."""

    def __init__(self, rules=(), steps=0, actions=0x1ff, version=6, macros=(), path=None, negotiation=None):
        self.rules, self.steps, self.actions, self.version, self.macros, self.negotiation = list(rules), steps, actions, version, macros, negotiation
        self.changed = threading.Condition()
        self.came, self.offer, self.closing = [], None, threading.Event()
        super().__init__(path)
        self.name = 'unix:' + path if path else 'inet:127.0.0.1:%d' % self.port

    def __exit__(self, *_):
        self.closing.set()
        super().__exit__()

    def events(self, event):
        return [arguments for name, arguments, _ in self.came if name == event]

    def wait(self, event):
        """Until it came: nobody answers a good-bye."""
        with self.changed:
            assert self.changed.wait_for(lambda: event in self.names(), 60), self.names()

    def macros_of(self, event):
        return next(macros for name, _, macros in self.came if name == event)

    def names(self):
        return [name for name, _, _ in self.came]

    def serve(self, connection):
        with connection.makefile('rb') as stream:
            self._talk(connection, stream)

    def _talk(self, connection, stream):
        def put(code, data=b''):
            connection.sendall(struct.pack('>I', len(data) + 1) + code + data)

        macros = {}
        while len(head := stream.read(4)) == 4:
            data = stream.read(struct.unpack('>I', head)[0])
            code, data = data[:1], data[1:]
            if code == b'O':
                self.offer = struct.unpack('>III', data[:12])
                if self.negotiation is not None:
                    connection.sendall(self.negotiation)
                    if not self.negotiation:
                        return
                    continue
                wanted = b''.join(struct.pack('>I', stage) + strings(names) for stage, names in self.macros)
                put(b'O', struct.pack('>III', self.version, self.actions & self.offer[1], self.steps) + wanted)
                continue
            if code == b'D':
                words = data[1:].decode().split('\0')[:-1]
                macros[data[:1]] = dict(zip(words[0::2], words[1::2]))
                continue
            event = EVENTS[code]
            arguments = [data] if event == 'body' else self._connect_arguments(data) if event == 'connect' else data.decode('utf-8', 'backslashreplace').split('\0')[:-1]
            with self.changed:
                self.came.append((event, arguments, macros.pop(code, {})))
                self.changed.notify_all()
            if event == 'quit':
                return
            if event == 'abort':
                continue
            answer = self._answer(event, arguments)
            if answer == 'close':
                return
            if answer == 'hang':
                self.closing.wait(60)
                return
            if self.steps & SILENT.get(event, 0):
                continue
            self._say(put, connection, answer)

    @staticmethod
    def _connect_arguments(data):
        name, rest = data.split(b'\0', 1)
        return [name.decode(), rest[:1].decode(), str(struct.unpack('>H', rest[1:3])[0]), rest[3:-1].decode()]

    def _answer(self, event, arguments):
        for name, pattern, answer in self.rules:
            if name == event and (pattern == '*' or any(fnmatch.fnmatchcase(str(argument), pattern) for argument in arguments)):
                return answer
        return 'continue'

    def _say(self, put, connection, answer):
        if isinstance(answer, bytes):
            connection.sendall(answer)
            return
        if isinstance(answer, str):
            put(b'y', strings(answer[6:])) if answer.startswith('reply ') else put(ANSWERS[answer])
            return
        last = b'c'
        for change, *words in answer:
            if change in ('insheader', 'chgheader'):
                put({'insheader': b'i', 'chgheader': b'm'}[change], struct.pack('>I', words[0]) + strings(*words[1:]))
            elif change == 'replacebody':
                put(b'b', words[0])
            elif change in ('progress', 'answer'):
                last = ANSWERS[words[0]] if change == 'answer' else last
                put(b'p') if change == 'progress' else None
            else:
                put({'addheader': b'h', 'chgfrom': b'e', 'addrcpt': b'+', 'addrcptpar': b'2', 'delrcpt': b'-', 'quarantine': b'q'}[change], strings(*words))
        put(last)
