"""The player's links to composer, gateway and standby as one link; the supervisor can replace each at any time."""

import selectors
import signal
import socket
from collections import deque
from typing import Any, Final

from daemon.link.channel import Channel
from daemon.link.inputs import ChangeSession, InputPorts, JoinSession, LeaveSession, NewInput
from daemon.link.player import FromPlayer, Ports, Quit, TakeOver, ToPlayer, ToStandby
from daemon.link.role import Links
from daemon.link.supervision import Role
from daemon.player.link import NewComposer
from daemon.player.timing.clock import SystemClock
from models.notes import MAIN

_COMPOSER: Final = NewComposer()
_INPUT: Final = NewInput()
_QUIT: Final = Quit()
_TURN_SECONDS: Final = 0.02
# If a new player must end at once, it waits this long for the list of notes that its predecessor left sounding.
_TAKE_OVER_SECONDS: Final = 0.5


class JoinedLinks:
    """The link that `Player` uses. If the role at its other end dies, messages are dropped until a new link comes.

    The supervisor's End becomes the message Quit, after all other messages (with a predecessor, after TakeOver). A new
    composer becomes NewComposer, a new input process NewInput. A new standby receives the state of the ports.
    """

    def __init__(self, links: Links) -> None:
        self.supervisor = links
        # SIGALRM ends the process if it does not call `poll` again within this time; 0 means no limit.
        self.stuck_seconds = 0
        self._channels: dict[Role, Channel[ToPlayer, FromPlayer]] = {}
        self._waiting: deque[ToPlayer | NewComposer] = deque()
        self._ports: Ports | None = None
        self._has_quit = False
        # The decks whose notes, left sounding by the previous player, are not known yet.
        self.awaited = {MAIN}
        self._clock = SystemClock()
        self._quit_seconds: float | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(links, selectors.EVENT_READ, None)

    @property
    def waiting_bytes(self) -> int:
        """The number of bytes that wait to be sent to the composer; 0 without a composer."""
        composer = self._channels.get("composer")
        return 0 if composer is None else composer.waiting_bytes

    def poll(self, timeout_seconds: float, /) -> bool:
        """Return whether a message comes in time. Raises SupervisorGoneError if the supervisor has ended."""
        if self.stuck_seconds and hasattr(signal, "alarm"):
            signal.alarm(self.stuck_seconds)
        if not self._waiting:
            self._listen(timeout_seconds)
        return bool(self._waiting)

    def await_composer(self) -> bool:
        """Wait for a composer's first message; return False if the supervisor sends End first.

        Other messages wait for `recv`.
        """
        while not (self._has_quit or self._composer_speaks()):
            self._listen(_TURN_SECONDS)
        return not self._has_quit

    def begin(self) -> None:
        """Queue NewComposer and NewInput if their roles were attached while this process was a standby."""
        if "composer" in self._channels and _COMPOSER not in self._waiting:
            self._waiting.append(_COMPOSER)
        if "input" in self._channels and _INPUT not in self._waiting:
            self._waiting.append(_INPUT)
            self.send_to("standby", InputPorts({}))  # what the one before had open is no more

    def recv(self) -> ToPlayer | NewComposer:
        """Return the next message, after `poll` said that there is one."""
        return self._waiting.popleft()

    def send(self, message: FromPlayer, /) -> None:
        """Send a message to the composer or the input process, and the state of the ports to the standby too."""
        is_for_input = isinstance(message, JoinSession | LeaveSession | ChangeSession)
        self.send_to("input" if is_for_input else "composer", message)
        if isinstance(message, Ports):
            self._ports = message
            self.send_to("standby", message)

    def send_to(self, role: Role, message: Any) -> None:
        """Send a message to one role, if it is linked."""
        if role in self._channels:
            self._channels[role].send(message)

    def close(self, role: Role) -> None:
        """Close the link to a role."""
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
        """Return whether the notes of the previous player are known, or not needed, or the wait is over."""
        now = self._clock.now()
        if self._quit_seconds is None:
            self._quit_seconds = now + _TAKE_OVER_SECONDS
        return not self.supervisor.succeeds or not self.awaited or now >= self._quit_seconds

    def _attach(self, role: Role, sock: socket.socket) -> None:
        self.close(role)
        self._channels[role] = Channel(sock, ToPlayer | ToStandby, "player")
        self._selector.register(self._channels[role], selectors.EVENT_READ, role)
        if role == "composer":
            self._waiting.append(_COMPOSER)
        if role == "input":
            self._waiting.append(_INPUT)
        if role == "standby" and self._ports is not None:
            self.send_to(role, self._ports)

    def _take(self, role: Role) -> None:
        try:
            for message in self._channels[role].receive():
                self._waiting.append(message)
                if isinstance(message, InputPorts):
                    self.send_to("standby", message)
                if isinstance(message, TakeOver):
                    self.awaited.discard(message.deck)
        except EOFError:
            self.close(role)
