"""The network between a page and its panel, which can be unplugged: then nothing arrives, and no side notices."""

import contextlib
import socket
import threading
from collections.abc import Iterator


class Cable:
    """Forwards data to `port` while it is plugged in. Data sent while it is unplugged arrives afterwards."""

    def __init__(self, far_port: int) -> None:
        self._far_port = far_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._is_whole = threading.Event()
        self._is_whole.set()
        self.port: int = self._listener.getsockname()[1]

    def pull(self) -> None:
        self._is_whole.clear()

    def plug(self) -> None:
        self._is_whole.set()

    def close(self) -> None:
        self._listener.close()
        self.plug()

    def serve(self) -> None:
        """Accept connections until it is closed."""
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._far_port))
        except ConnectionRefusedError:
            near.close()
            return
        with near, far:
            back = threading.Thread(target=self._pass_on, args=(far, near), daemon=True)
            back.start()
            self._pass_on(near, far)
            back.join()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                self._is_whole.wait()
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def laid(far_port: int) -> Iterator[Cable]:
    """Return a cable to a port of this machine."""
    cable = Cable(far_port)
    threading.Thread(target=cable.serve, daemon=True).start()
    try:
        yield cable
    finally:
        cable.close()
