"""A role as the supervisor sees it: its process, its link, and how long ago it gave a sign of life."""

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from daemon.link.channel import Channel
from daemon.link.supervision import Attach, End, FromRole, Promote, Ready, Role, ToRole
from daemon.supervision.launch import Process
from daemon.supervision.policy import patience_seconds

Facts = Mapping[str, str]
"""The facts that the roles reported when they were ready, such as addresses."""


@dataclass(frozen=True)
class Program:
    """How to start a role, and when not to start it again.

    `start` gets the facts that all roles reported, and a function that a forked process calls first. It returns the
    process and the supervisor's end of its link (None for a role without a link). The supervisor imports the modules of
    `preload` before, so that a forked process has them at once. `stays_ended` gets the exit code and the seconds that the
    process lived; if it returns True, the role is not started again.
    """

    start: Callable[[Facts, Callable[[], None]], tuple[Process, socket.socket | None]]
    preload: tuple[str, ...] = ()
    stays_ended: Callable[[int | None, float], bool] = lambda _code, _seconds: False


class Child:
    """A running process of a role. `ready_seconds` is the time at which it was ready, or None before that."""

    def __init__(
        self, role: Role, program: Program, process: Process, sock: socket.socket | None, now: float
    ) -> None:
        self.role, self.program, self.process = role, program, process
        self.began_seconds = self.heard_seconds = now
        # A role without a link cannot report that it is ready, so it counts as ready from the beginning.
        self.ready_seconds = now if sock is None else None
        self._channel = None if sock is None else Channel[FromRole, ToRole](sock, FromRole, "supervisor")

    def fileno(self) -> int | None:
        """Return the file descriptor that a poller watches, or None for a role without a link."""
        return None if self._channel is None else self._channel.fileno()

    def receive(self, now: float) -> Iterator[FromRole]:
        """Yield the messages of the role. Raises EOFError if its process has ended."""
        code = self.process.poll()
        for message in self._channel.receive() if self._channel is not None else ():
            self.heard_seconds = now
            # A role that was just promoted may still send the Ready of a standby.
            if isinstance(message, Ready) and message.role == self.role:
                self.ready_seconds = now
            yield message
        if code is not None:
            raise EOFError

    def is_hanging(self, now: float) -> bool:
        """Return whether the role has been silent for too long."""
        if self._channel is None:
            return False
        return now - self.heard_seconds > patience_seconds(self.role, is_ready=self.ready_seconds is not None)

    def attach(self, role: Role, sock: socket.socket) -> None:
        """Give the role a link to another role."""
        if self._channel is not None:
            self._channel.send(Attach(role), sock)

    def promote(self, now: float, *, succeeds: bool) -> None:
        """Make the standby the player. `succeeds` means that another player worked before."""
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
