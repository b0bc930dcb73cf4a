"""What the player asks and tells the composer, so that a composer that hangs never holds it up."""

from collections import deque
from typing import Final

from daemon.player.link import Link, Message
from daemon.player.timeline import Timeline

BACKLOG_TICKS: Final = 16
"""A composer that owes so many ticks hangs; nothing more is sent to it, lest the pipe fill up and block."""


class Asking:
    """Asks for each tick once, `ahead` ticks before it begins, and knows which are owed."""

    def __init__(self, link: Link, ahead: int) -> None:
        self._link, self._ahead = link, ahead
        self._asked = -1
        self._owed: list[int] = []  # asked for and not received, ascending
        self._underruns: deque[int] = deque()  # ticks that were not there in time, not told yet

    def restart(self, tick: int) -> None:
        """Forget what was asked; `tick` is the next to ask for."""
        self._asked = tick - 1
        self._owed.clear()

    def ask(self, next_tick: int, timeline: Timeline) -> None:
        """Ask for what is needed while `next_tick` is the first that has not begun."""
        for tick in range(max(self._asked + 1, next_tick), next_tick + self._ahead):
            if self.is_stuck():
                return
            self._owed.append(tick)
            self._asked = tick
            self._link.send(("want", tick, tuple(timeline)))

    def receive(self, tick: int) -> bool:
        """Strike `tick` and those before it; return False if it was not asked for since the last restart."""
        if tick not in self._owed:
            return False
        self._owed = [owed for owed in self._owed if owed > tick]
        return True

    def note_begun(self, tick: int) -> None:
        """Note an underrun if `tick`, which begins, has not come, or was not even asked for."""
        if tick in self._owed or tick > self._asked:
            self._underruns.append(tick)

    def tell_underruns(self) -> None:
        """Tell the underruns not told yet, a few at a time, unless the composer hangs."""
        for _ in range(min(len(self._underruns), BACKLOG_TICKS)):
            if self.is_stuck():
                return
            self._link.send(("underrun", self._underruns.popleft()))

    def is_stuck(self) -> bool:
        """Return whether the composer owes so much that it must hang."""
        return len(self._owed) >= BACKLOG_TICKS

    def tell(self, message: Message) -> None:
        """Send a message unless the composer hangs."""
        if not self.is_stuck():
            self._link.send(message)
