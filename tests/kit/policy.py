"""A policy server (SMTPD_POLICY_README): answers by the recipient, remembers what it was asked."""
import socket
import threading


class Policy:
    """Policy({'bad@example.net': 'REJECT no'}) listens on `port`, or on the socket `path`. Everybody else: DUNNO. The answer
    'close' ends the connection without a word. `connections` counts them."""

    def __init__(self, answers=None, path=None):
        self.answers, self.asked, self.connections = answers or {}, [], 0
        self.listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.listener.bind(path or ('127.0.0.1', 0))
        self.listener.listen()
        self.port = None if path else self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        request = {}
        with connection, connection.makefile('rw', encoding='utf-8', newline='\n') as stream:
            for line in stream:
                if line != '\n':
                    name, _, value = line[:-1].partition('=')
                    request[name] = value
                    continue
                self.asked.append(request)
                answer = self.answers.get(request['recipient'], 'DUNNO')
                if answer == 'close':
                    return
                request = {}
                stream.write('action=%s\n\n' % answer)
                stream.flush()
