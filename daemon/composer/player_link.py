"""The composer's link to the player: what waits for it, what it says, and its ports."""

import contextlib
import logging
import select
import socket
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection
from typing import Any, Final

from daemon.player.link import Message

_log: Final = logging.getLogger(__name__)


class PlayerLink:
    """Sends to the player and receives from it; while there is no player, what is sent is dropped.

    `ports` is the state of each port by name, `api` the MIDI system in use, "" when there is none.
    """

    def __init__(self) -> None:
        self.ports: Mapping[str, str] = {}
        self.api = ""
        self._waiting: deque[Message] = deque()
        self._connection: Connection[Any, Any] | None = None

    def attach(self, sock: socket.socket) -> None:
        """Talk to this player from now on, in place of the one before it."""
        self.close()
        sock.setblocking(True)
        self._connection = Connection(sock.detach())

    def fileno(self) -> int | None:
        """Return the number that a poller watches, None while there is no player."""
        return None if self._connection is None else self._connection.fileno()

    def send(self, message: Message) -> None:
        """Send, in order, as soon as the player has room; it is never waited for."""
        if self._connection is not None:
            self._waiting.append(message)
            self.flush()

    def flush(self) -> None:
        """Send what waits, unless the player has gone (`receive` will say so) or takes nothing in."""
        with contextlib.suppress(OSError):
            while self._waiting and self._connection is not None and _has_room(self._connection.fileno()):
                self._connection.send(self._waiting.popleft())

    def receive(self) -> Iterator[Message]:
        """Yield the messages that wait. A player that has gone is left; the supervisor attaches another."""
        self.flush()
        while self._connection is not None:
            try:
                if not self._connection.poll(0):
                    return
                message: Message = self._connection.recv()
            except (OSError, EOFError):
                self.close()
                return
            if message[0] in {"ready", "ports"}:
                _, self.ports, self.api = message
                _log.info("ports: %s", ", ".join(f"{name} {state}" for name, state in self.ports.items()))
            yield message

    def close(self) -> None:
        """Leave the player."""
        self._waiting.clear()
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _has_room(file_number: int) -> bool:
    # Windows cannot tell of its sockets; there a player that hangs is waited for.
    if sys.platform == "win32":
        return True
    poller = select.poll()  # `select` itself refuses numbers from 1024 on
    poller.register(file_number, select.POLLOUT)
    return bool(poller.poll(0))
