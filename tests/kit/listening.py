"""A server of the test's own: a thread accepts connections, and each is served in a thread of its own."""
import socket
import threading


class Listening:
    """On `port` of 127.0.0.1, or on the socket `path`, until the with statement ends. `connections` counts them. Who derives from it has `serve`."""

    def __init__(self, path=None):
        self.connections = 0
        self.listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.listener.bind(path or ('127.0.0.1', 0))
        self.listener.listen(50)
        self.port = None if path else self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def serve(self, connection):
        """Talks to one client; the connection is closed behind it."""
        raise NotImplementedError

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                self.serve(connection)
            except OSError:
                pass  # the client went away
