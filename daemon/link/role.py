"""The link of a role to the supervisor. The role receives its other links through it, and sends signs of life."""

import socket
import time
from collections.abc import Iterator
from typing import Final

from daemon.link.channel import Channel
from daemon.link.supervision import Alive, Attach, End, FromRole, Promote, Role, ToRole

_ALIVE_SECONDS: Final = 0.25


class SupervisorGoneError(EOFError):
    """The supervisor has ended, so the role ends at once."""


class RoleFailedError(Exception):
    """The role cannot do its work, and another process could not either; the text is a sentence for the user."""


class Links:
    """The links of a role. `is_ending` is True after the supervisor sent End.

    For a standby, `is_promoted` is True after Promote. `succeeds` is then True if another player worked before.
    """

    def __init__(self, sock: socket.socket, role: Role) -> None:
        self.is_ending = self.is_promoted = self.succeeds = False
        self._channel = Channel[ToRole, FromRole](sock, ToRole, role)
        self._next_alive = 0.0

    def fileno(self) -> int:
        """Return the file descriptor that a poller watches for messages of the supervisor."""
        return self._channel.fileno()

    def send(self, message: FromRole) -> None:
        """Send a message to the supervisor, without waiting for it."""
        self._channel.send(message)

    def attached(self) -> Iterator[tuple[Role, socket.socket]]:
        """Yield each new link with the role at its other end. It replaces the earlier link to that role.

        A role calls this at least four times a second, because it also sends the sign of life. Raises SupervisorGoneError
        if the supervisor has ended.
        """
        self.show_life()
        try:
            for message in self._channel.receive():
                match message:
                    case Attach(role):
                        yield role, self._channel.taken_socket()
                    case Promote(succeeds):
                        self.is_promoted, self.succeeds = True, succeeds
                    case End():
                        self.is_ending = True
        except EOFError:
            raise SupervisorGoneError from None

    def show_life(self) -> None:
        """Send a sign of life, when one is due."""
        now = time.monotonic()
        # Nothing more is sent to a supervisor that hangs.
        if now >= self._next_alive and not self._channel.waiting_bytes:
            self._next_alive = now + _ALIVE_SECONDS
            self._channel.send(Alive())
