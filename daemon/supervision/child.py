"""A role as the supervisor sees it: its process, its link, and how long ago it gave a sign of life."""

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from daemon.link.channel import Channel, LinkError
from daemon.link.supervision import Attach, End, FromRole, Promote, Ready, Role, ToRole
from daemon.supervision.launch import Process
from daemon.supervision.policy import patience_seconds

Facts = Mapping[str, str]
"""What the roles have said of themselves when they were ready."""


@dataclass(frozen=True)
class Program:
    """How a role is started, and when not again.

    `start` returns the process and the supervisor's end of its link, None where it has none. It is given what the
    roles have said of themselves, and what a forked process is to call first. The supervisor imports the modules of
    `preload` before, so that a forked process has them at once. `stays_ended` is given an exit code, and for how many
    seconds the process lived.
    """

    start: Callable[[Facts, Callable[[], None]], tuple[Process, socket.socket | None]]
    preload: tuple[str, ...] = ()
    stays_ended: Callable[[int | None, float], bool] = lambda _code, _seconds: False


class Child:
    """A running process of a role; `facts` are what it said when it was ready, `ready_seconds` when that was."""

    def __init__(
        self, role: Role, program: Program, process: Process, sock: socket.socket | None, now: float
    ) -> None:
        self.role, self.program, self.process = role, program, process
        self.began_seconds = self.heard_seconds = now
        # A role without a link says nothing, so its work begins with its process.
        self.ready_seconds = now if sock is None else None
        self._channel = None if sock is None else Channel[FromRole, ToRole](sock, FromRole, "supervisor")

    def fileno(self) -> int | None:
        """Return the number that a poller watches, None for a role without a link."""
        return None if self._channel is None else self._channel.fileno()

    def receive(self, now: float) -> Iterator[FromRole]:
        """Yield what the role has said. EOFError when its process has gone."""
        code = self.process.poll()
        try:
            for message in self._channel.receive() if self._channel is not None else ():
                self.heard_seconds = now
                # One that was promoted a moment ago may still call itself a standby.
                if isinstance(message, Ready) and message.role == self.role:
                    self.ready_seconds = now
                yield message
        except LinkError:
            raise EOFError from None
        if code is not None:
            raise EOFError

    def is_hanging(self, now: float) -> bool:
        """Return whether the role has been silent for too long."""
        if self._channel is None:
            return False
        return now - self.heard_seconds > patience_seconds(self.role, is_ready=self.ready_seconds is not None)

    def attach(self, role: Role, sock: socket.socket) -> None:
        """Give the role its link to another one."""
        if self._channel is not None:
            self._channel.send(Attach(role), sock)

    def promote(self, now: float, *, succeeds: bool) -> None:
        """Let the standby be the player."""
        self.role, self.ready_seconds, self.heard_seconds = "player", None, now
        if self._channel is not None:
            self._channel.send(Promote(succeeds))

    def end(self, now: float) -> None:
        """Ask the role to end."""
        self.heard_seconds = now
        if self._channel is not None:
            self._channel.send(End())
        else:
            self._close_input()

    def bury(self) -> int | None:
        """Kill the process if it still runs, and return its exit code."""
        self.process.kill()
        code = self.process.wait()
        self.leave()
        return code

    def leave(self) -> None:
        """Close the supervisor's end of the link."""
        if self._channel is not None:
            self._channel.close()
        self._close_input()

    def _close_input(self) -> None:
        stdin: Any = getattr(self.process, "stdin", None)
        if stdin is not None:
            with contextlib.suppress(OSError):
                stdin.close()
