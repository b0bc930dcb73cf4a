"""The player's links as one: composer, gateway and standby talk to it, the supervisor gives and takes them meanwhile."""

import selectors
import signal
import socket
from collections import deque
from typing import Any, Final

from daemon.link.channel import Channel
from daemon.link.player import Connections, FromPlayer, Ports, Quit, TakeOver, ToPlayer, ToStandby
from daemon.link.supervision import Role
from daemon.player.clock import SystemClock
from daemon.player.link import NewComposer
from daemon.supervision.links import Links

_COMPOSER: Final = NewComposer()
_QUIT: Final = Quit()
_TURN_SECONDS: Final = 0.02
# A successor that is to end waits so long for the notes that the player before it left sounding.
_TAKE_OVER_SECONDS: Final = 0.5


class JoinedLinks:
    """The link that `Player` uses. If the role at its other end dies, messages are dropped until a new link comes.

    The supervisor's End shows as the message Quit, after all others (of a successor's, after TakeOver), and a composer
    that is attached as NewComposer.
    A new standby is told at once the state of the ports, and what was connected to them: `connections`.
    """

    def __init__(self, links: Links) -> None:
        self.supervisor = links
        # SIGALRM ends a process that does not come back to `poll` within so many seconds; 0 is without limit.
        self.stuck_seconds = 0
        self.connections: dict[str, tuple[str, ...]] = {}
        self._channels: dict[Role, Channel[ToPlayer, FromPlayer]] = {}
        self._waiting: deque[ToPlayer | NewComposer] = deque()
        self._ports: Ports | None = None
        self._has_quit = self._has_taken_over = False
        self._clock = SystemClock()
        self._quit_seconds: float | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(links, selectors.EVENT_READ, None)

    @property
    def waiting_bytes(self) -> int:
        """How many bytes the composer has not taken in yet; 0 without a composer."""
        composer = self._channels.get("composer")
        return 0 if composer is None else composer.waiting_bytes

    def poll(self, timeout_seconds: float, /) -> bool:
        """Wait up to `timeout_seconds` for a message; raises SupervisorGoneError when the supervisor has ended."""
        if self.stuck_seconds and hasattr(signal, "alarm"):
            signal.alarm(self.stuck_seconds)
        if not self._waiting:
            self._listen(timeout_seconds)
        return bool(self._waiting)

    def await_composer(self) -> bool:
        """Wait until a composer speaks and return True; False if the supervisor sends End before.

        Other messages that come meanwhile wait for `recv`.
        """
        while not (self._has_quit or self._composer_speaks()):
            self._listen(_TURN_SECONDS)
        return not self._has_quit

    def begin(self) -> None:
        """Show the composer as a new one if it was attached to this process while it stood by."""
        if "composer" in self._channels and _COMPOSER not in self._waiting:
            self._waiting.append(_COMPOSER)

    def recv(self) -> ToPlayer | NewComposer:
        """Return the next message, after `poll` said that there is one."""
        return self._waiting.popleft()

    def send(self, message: FromPlayer, /) -> None:
        """Send to the composer, and the state of the ports to the standby as well."""
        self.send_to("composer", message)
        if isinstance(message, Ports):
            self._ports = message
            self.send_to("standby", message)

    def send_to(self, role: Role, message: Any) -> None:
        """Send to one role, if it is there."""
        if role in self._channels:
            self._channels[role].send(message)

    def close(self, role: Role) -> None:
        """Talk to this role no more."""
        channel = self._channels.pop(role, None)
        if channel is not None:
            self._selector.unregister(channel)
            channel.close()

    def _listen(self, timeout_seconds: float) -> None:
        for key, _ in self._selector.select(timeout_seconds):
            if key.data is not None:
                self._take(key.data)
        for channel in self._channels.values():
            channel.flush()
        self._hear_supervisor()

    def _composer_speaks(self) -> bool:
        composer = self._channels.get("composer")
        return composer is not None and composer.peer is not None

    def _hear_supervisor(self) -> None:
        for role, sock in self.supervisor.attached():
            self._attach(role, sock)
        if self.supervisor.is_ending and not self._has_quit and self._may_quit():
            self._has_quit = True
            for role in [*self._channels]:
                self._take(role)
            self._waiting.append(_QUIT)

    def _may_quit(self) -> bool:
        """Whether the composer has said what the player before this one left sounding, or says it no more."""
        now = self._clock.now()
        if self._quit_seconds is None:
            self._quit_seconds = now + _TAKE_OVER_SECONDS
        return not self.supervisor.succeeds or self._has_taken_over or now >= self._quit_seconds

    def _attach(self, role: Role, sock: socket.socket) -> None:
        self.close(role)
        self._channels[role] = Channel(sock, ToPlayer | ToStandby, "player")
        self._selector.register(self._channels[role], selectors.EVENT_READ, role)
        if role == "composer":
            self._waiting.append(_COMPOSER)
        if role == "standby":
            self.send_to(role, Connections(self.connections))
            if self._ports is not None:
                self.send_to(role, self._ports)

    def _take(self, role: Role) -> None:
        try:
            for message in self._channels[role].receive():
                self._waiting.append(message)
                self._has_taken_over = self._has_taken_over or isinstance(message, TakeOver)
        except EOFError:
            self.close(role)
