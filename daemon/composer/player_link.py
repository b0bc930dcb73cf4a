"""The composer's link to the player: messages both ways, and the state of the player's ports."""

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
    """Sends to the player and receives from it. While there is no player, messages are dropped.

    `ports` is the state of each port by name; `api` is the MIDI system in use, "" if there is none.
    """

    def __init__(self) -> None:
        self.ports: Mapping[str, str] = {}
        self.api = ""
        self._waiting: deque[Message] = deque()
        self._connection: Connection[Any, Any] | None = None

    def attach(self, sock: socket.socket) -> None:
        """Use the link to a new player from now on."""
        self.close()
        sock.setblocking(True)
        self._connection = Connection(sock.detach())

    def fileno(self) -> int | None:
        """Return the number that a poller watches, None while there is no player."""
        return None if self._connection is None else self._connection.fileno()

    def send(self, message: Message) -> None:
        """Send messages in order, as soon as the player can take them; never wait for it."""
        if self._connection is not None:
            self._waiting.append(message)
            self.flush()

    def flush(self) -> None:
        """Send waiting messages as far as the player takes them. If it has died, `receive` notices."""
        with contextlib.suppress(OSError):
            while self._waiting and self._connection is not None and _has_room(self._connection.fileno()):
                self._connection.send(self._waiting.popleft())

    def receive(self) -> Iterator[Message]:
        """Yield the waiting messages. If the player has died, close the link; the supervisor attaches another player."""
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
        """Close the link; waiting messages are dropped."""
        self._waiting.clear()
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _has_room(file_number: int) -> bool:
    # Windows has no poll for this; there the composer waits for a player that hangs.
    if sys.platform == "win32":
        return True
    poller = select.poll()  # `select` itself refuses numbers from 1024 on
    poller.register(file_number, select.POLLOUT)
    return bool(poller.poll(0))
