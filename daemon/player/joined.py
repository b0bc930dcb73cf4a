"""The player's links as one object. The supervisor adds the links to the composer and the standby."""

import selectors
import signal
import socket
from collections import deque
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Final

from daemon.link.channel import Channel
from daemon.link.player import Panic
from daemon.link.supervision import Role
from daemon.player.link import Message
from daemon.supervision.links import Links

# Messages about ports, which the standby receives too.
_OF_PORTS: Final = frozenset({"ready", "ports"})


class JoinedLinks:
    """The link that `Player` uses. If the role at its other end dies, messages are dropped until a new link comes.

    The supervisor's End becomes the message ("quit",), after all other messages. A new link gets the last message about
    ports at once. A new standby also gets `connections`, the connections of our ports.
    """

    def __init__(self, links: Links) -> None:
        self.supervisor = links
        # SIGALRM ends a process that does not come back to `poll` within so many seconds; 0 is without limit.
        self.stuck_seconds = 0
        self.connections: dict[str, tuple[str, ...]] = {}
        self._links: dict[Role, Connection[Any, Any] | Channel[Panic, Any]] = {}
        self._waiting: deque[Message] = deque()
        self._ports: Message | None = None
        self._has_quit = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(links, selectors.EVENT_READ, None)

    def poll(self, timeout: float, /) -> bool:
        """Wait up to `timeout` seconds for a message; raises SupervisorGoneError when the supervisor has ended."""
        if self.stuck_seconds and hasattr(signal, "alarm"):
            signal.alarm(self.stuck_seconds)
        if not self._waiting:
            for key, _ in self._selector.select(timeout):
                if key.data is not None:
                    self._take_one(key.data)
            self._hear_supervisor()
        return bool(self._waiting)

    def recv(self) -> Message:
        """Return the next message, after `poll` said that there is one."""
        return self._waiting.popleft()

    def send(self, message: Message, /) -> None:
        """Send a message to the composer, and to the standby too if it is about ports."""
        self.send_to("composer", message)
        if message[0] in _OF_PORTS:
            self._ports = message
            self.send_to("standby", message)

    def send_to(self, role: Role, message: Message) -> None:
        """Send a message to one role, or drop it if there is no link to that role."""
        if role in self._links:
            try:
                self._links[role].send(message)
            except OSError:
                self._drop(role)

    def close(self, role: Role) -> None:
        """Close the link to this role."""
        if role in self._links:
            self._drop(role)

    def _hear_supervisor(self) -> None:
        for role, sock in self.supervisor.attached():
            self._attach(role, sock)
        if self.supervisor.is_ending and not self._has_quit:
            self._has_quit = True
            for role in [*self._links]:
                self._take_all(role)
            self._waiting.append(("quit",))

    def _attach(self, role: Role, sock: socket.socket) -> None:
        self.close(role)
        if role == "gateway":
            self._links[role] = Channel[Panic, Any](sock, Panic, "player")
            self._selector.register(self._links[role], selectors.EVENT_READ, role)
            return
        sock.setblocking(True)
        self._links[role] = Connection(sock.detach())
        self._selector.register(self._links[role], selectors.EVENT_READ, role)
        if role == "standby":
            self.send_to(role, ("connected", self.connections))
        if self._ports is not None:
            self.send_to(role, self._ports)

    def _take_one(self, role: Role) -> None:
        link = self._links[role]
        try:
            if isinstance(link, Channel):
                self._waiting.extend(("transport", "panic") for _ in link.receive())
            else:
                self._waiting.append(link.recv())
        except (EOFError, OSError):
            self._drop(role)

    def _take_all(self, role: Role) -> None:
        with suppress(OSError):
            while role in self._links and self._links[role].poll(0):
                self._take_one(role)

    def _drop(self, role: Role) -> None:
        link = self._links.pop(role)
        self._selector.unregister(link)
        link.close()
