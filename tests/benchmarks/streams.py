"""Clients of a panel's event streams, one per open page. When the input ends, prints what they received as JSON."""

import json
import selectors
import socket
import sys
from typing import Any, Final

_SLICE_SECONDS: Final = 0.05
_CHUNK: Final = 1 << 16


class Page:
    """One event stream: whether the panel answered it, and how many notes it has sent."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=10)
        ask = f"GET /api/events HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: text/event-stream\r\n\r\n"
        self.socket.sendall(ask.encode())
        self.socket.setblocking(False)
        self.is_answered, self.notes, self._rest = False, 0, b""

    def read(self) -> bool:
        """Read the available data; returns False at the end of the stream."""
        data = self.socket.recv(_CHUNK)
        self.is_answered = self.is_answered or data.startswith(b"HTTP/1.1 200")
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.notes += lines.count(b"event: note")
        return bool(data)


def read(host: str, port: int, pages: int, until: Any) -> dict[str, int]:
    """Read `pages` streams in parallel until `until` is readable or at its end."""
    opened = [Page(host, port) for _ in range(pages)]
    with selectors.DefaultSelector() as selector:
        selector.register(until, selectors.EVENT_READ)
        for page in opened:
            selector.register(page.socket, selectors.EVENT_READ, page)
        while _read_once(selector):
            pass
    for page in opened:
        page.socket.close()
    return {
        "answered": sum(page.is_answered for page in opened),
        "fewest_notes": min(page.notes for page in opened),
    }


def _read_once(selector: selectors.BaseSelector) -> bool:
    """Read what is available; returns False when `until` is readable."""
    ready = [key for key, _ in selector.select(_SLICE_SECONDS)]
    for key in ready:
        if key.data is not None and not key.data.read():
            selector.unregister(key.fileobj)
    return all(key.data is not None for key in ready)


if __name__ == "__main__":
    received = read(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.stdin)
    sys.stdout.write(json.dumps(received) + "\n")
