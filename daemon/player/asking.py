"""The player's requests and reports to the composer. A composer that hangs never blocks the player."""

from collections import deque
from typing import Final

from daemon.player.link import Link, Message
from daemon.player.timeline import Timeline

BACKLOG_TICKS: Final = 16
"""If this many ticks are missing, the composer hangs. Nothing more is sent to it, because a full pipe would block."""


class Asking:
    """Requests each tick once, `ahead` ticks before it begins, and remembers which have not arrived."""

    def __init__(self, link: Link, ahead: int) -> None:
        self._link, self._ahead = link, ahead
        self._asked = -1
        self._owed: list[int] = []  # requested and not received, ascending
        self._underruns: deque[int] = deque()  # ticks that were late, not reported yet

    def restart(self, tick: int) -> None:
        """Forget all requests; `tick` is the next to request."""
        self._asked = tick - 1
        self._owed.clear()

    def ask(self, next_tick: int, timeline: Timeline) -> None:
        """Request the ticks that are needed when `next_tick` is the first that has not begun."""
        for tick in range(max(self._asked + 1, next_tick), next_tick + self._ahead):
            if self.is_stuck():
                return
            self._owed.append(tick)
            self._asked = tick
            self._link.send(("want", tick, tuple(timeline)))

    def receive(self, tick: int) -> bool:
        """Note that `tick` arrived; earlier ones are not expected any more. Return False if it was not requested."""
        if tick not in self._owed:
            return False
        self._owed = [owed for owed in self._owed if owed > tick]
        return True

    def note_begun(self, tick: int) -> None:
        """Note an underrun if `tick` begins now but has not arrived or was not requested."""
        if tick in self._owed or tick > self._asked:
            self._underruns.append(tick)

    def tell_underruns(self) -> None:
        """Report the underruns that were not reported yet, a few at a time, unless the composer hangs."""
        for _ in range(min(len(self._underruns), BACKLOG_TICKS)):
            if self.is_stuck():
                return
            self._link.send(("underrun", self._underruns.popleft()))

    def is_stuck(self) -> bool:
        """Return whether so many ticks are missing that the composer must hang."""
        return len(self._owed) >= BACKLOG_TICKS

    def tell(self, message: Message) -> None:
        """Send a message unless the composer hangs."""
        if not self.is_stuck():
            self._link.send(message)
