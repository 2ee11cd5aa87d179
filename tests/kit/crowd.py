"""Many clients at once."""
import selectors
import socket


class Crowd:
    """Connections of clients that say nothing; `greeted` are those that the server has talked to."""

    def __init__(self, port, count):
        self.selector, self.greeted = selectors.DefaultSelector(), []
        self.sockets = [self.connect(port, number) for number in range(count)]

    def connect(self, port, number):
        one = socket.create_connection(('127.0.0.1', port), 10, source_address=('127.0.1.%d' % (number % 200 + 1), 0))
        one.setblocking(False)
        self.selector.register(one, selectors.EVENT_READ)
        return one

    def listen(self, timeout=0):
        for key, _ in self.selector.select(timeout):
            greeting = key.fileobj.recv(1000)
            assert greeting.startswith(b'220 '), greeting
            self.selector.unregister(key.fileobj)
            self.greeted.append(key.fileobj)
        return len(self.greeted)

    def leave(self):
        for one in self.sockets:
            one.close()
