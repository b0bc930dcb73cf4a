"""The panel's connections: silent ones are closed in time, to make room for others."""

import contextlib
import socket
import time
from collections import Counter
from typing import Any, Final

from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

from daemon.panel.guard.parsing import Parser
from daemon.panel.guard.password import origin_of

# The limits for receiving a request's headers, receiving its body, and for a pause within either.
_HEADER_SECONDS: Final = 5.0
_BODY_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 5.0
# The longest wait for the next request after an answer, and the longest stall of a client that reads its answer.
_IDLE_SECONDS: Final = 20.0
_STALLED_SECONDS: Final = 10.0
# The most connections without a complete request (in all, and from one origin), and the most that read their answer.
# If a connection exceeds this number, the server closes another one.
MOST_WAITING: Final = 128
MOST_WAITING_OF_ONE: Final = 64
MOST_READING: Final = 128
MOST_CONNECTIONS: Final = 512
_TAKEN_AT_ONCE: Final = 16
_PEEK: Final = socket.MSG_PEEK


class Connection(HTTPChannel):  # type: ignore[misc]
    """One connection, with the rules for closing it."""

    parser_class = Parser
    request: Parser | None = None
    requests: list[Parser]
    total_outbufs_len: int = 0
    last_activity: float = 0.0
    creation_time: float

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self.origin = origin_of(self.addr[0])
        self.is_cut = False
        self._was_answered = False
        self._began = self.creation_time

    def begin(self) -> None:
        """Read what has already arrived, so that a connection with a request does not count as waiting."""
        try:
            self.socket.recv(1, _PEEK)
        except BlockingIOError:
            return
        except OSError:
            self.handle_close()
        else:
            self.handle_read()

    def received(self, data: bytes) -> bool:
        """Take in a part of a request."""
        if self.request is None:
            self._began = time.time()
        return bool(super().received(data))

    def service(self) -> None:
        """Answer a request; runs in a thread."""
        self._was_answered = True
        super().service()

    @property
    def is_waiting(self) -> bool:
        """Whether the server waits for more data from the client."""
        return not (self.is_cut or self.requests or self.total_outbufs_len)

    @property
    def is_reading(self) -> bool:
        """Whether the answer is complete and the client still has to read it."""
        return bool(self.total_outbufs_len) and not (self.is_cut or self.requests)

    @property
    def worth(self) -> tuple[bool, float]:
        """The rank among waiting connections; the lowest is closed first. Sending a byte now and then does not raise it."""
        return self._was_answered, self.last_activity if self.request is None else self._began

    def is_overdue(self, now: float) -> bool:
        """Whether the client has exceeded a time limit at `now` (seconds)."""
        idle = now - self.last_activity
        if self.total_outbufs_len:
            return idle > _STALLED_SECONDS
        if self.requests:
            return False
        if self.request is None:
            return idle > (_IDLE_SECONDS if self._was_answered else _HEADER_SECONDS)
        lasts = now - self._began
        return lasts > (_BODY_SECONDS if self.request.headers_finished else _HEADER_SECONDS) or (
            idle > _PAUSE_SECONDS
        )

    def cut(self) -> None:
        """Shut the connection down; the loop then closes it."""
        self.is_cut = True
        with contextlib.suppress(OSError):  # it has already ended
            self.socket.shutdown(socket.SHUT_RDWR)


class Server(TcpWSGIServer):  # type: ignore[misc]
    """Listens at one address. Several servers can share a map of connections."""

    channel_class = Connection

    def handle_accept(self) -> None:
        """Accept some connections, then close those that are too many."""
        for _ in range(_TAKEN_AT_ONCE):
            if not self._accept_one():
                break
        self._make_room()

    def _accept_one(self) -> bool:
        try:
            accepted = self.accept()
            if accepted is None:
                return False
            self.set_socket_options(accepted[0])
        except OSError:  # the client has gone, or too many files are open
            return False
        self.channel_class(self, accepted[0], self.fix_addr(accepted[1]), self.adj, map=self._map).begin()
        return True

    def _make_room(self) -> None:
        connections = self._connections()
        waiting = sorted((each for each in connections if each.is_waiting), key=lambda each: each.worth)
        counts = Counter(each.origin for each in waiting)
        while waiting:
            heaviest, count = counts.most_common(1)[0]
            if len(waiting) <= MOST_WAITING and count <= MOST_WAITING_OF_ONE:
                break
            least = next(each for each in waiting if each.origin == heaviest)
            least.cut()
            waiting.remove(least)
            counts[heaviest] -= 1
        reading = sorted(
            (each for each in connections if each.is_reading), key=lambda each: each.last_activity
        )
        for each in reading[: max(len(reading) - MOST_READING, 0)]:
            each.cut()

    def maintenance(self, now: float) -> None:
        """Close overdue connections."""
        for each in self._connections():
            if not each.is_cut and each.is_overdue(now):
                each.cut()

    def _connections(self) -> list[Connection]:
        return [each for each in self._map.values() if isinstance(each, Connection)]
