"""A policy server (SMTPD_POLICY_README): answers by the recipient, remembers what it was asked."""
from kit.listening import Listening


class Policy(Listening):
    """Policy({'bad@example.net': 'REJECT no'}) listens on `port`, or on the socket `path`. Everybody else: DUNNO. The answer
    'close' ends the connection without a word. `connections` counts them."""

    def __init__(self, answers=None, path=None):
        self.answers, self.asked = answers or {}, []
        super().__init__(path)

    def serve(self, connection):
        request = {}
        with connection.makefile('rw', encoding='utf-8', newline='\n') as stream:
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
