"""The ticks that are composed ahead, received as revisions, each built on the one before."""

from daemon.link.player import Revise, TickNotes


class Horizon:
    """The ticks that the player will play: `end` is the first missing tick, `revision` the last revision taken."""

    def __init__(self) -> None:
        self.revision = 0
        self.end = 0
        self._ticks: dict[int, TickNotes] = {}

    def restart(self, tick: int) -> None:
        """Drop all ticks; `tick` becomes the first missing one."""
        self._ticks.clear()
        self.end = tick

    def take(self, revise: Revise, next_tick: int) -> bool:
        """Return whether the whole revision was taken; `next_tick` is the first tick that has not begun."""
        if revise.base != self.revision or not next_tick <= revise.from_tick <= self.end:
            return False
        for tick in range(revise.from_tick, self.end):
            self._ticks.pop(tick, None)
        for each in revise.ticks:
            self._ticks[each.tick] = each
        self.revision, self.end = revise.revision, revise.from_tick + len(revise.ticks)
        return True

    def begin(self, tick: int) -> bool:
        """Drop `tick` and all earlier ticks; return whether `tick` was present."""
        for past in [each for each in self._ticks if each < tick]:
            del self._ticks[past]
        is_there = self._ticks.pop(tick, None) is not None
        self.end = max(self.end, tick + 1)
        return is_there

    def tick(self, number: int) -> TickNotes | None:
        """Return a tick, or None if it is missing."""
        return self._ticks.get(number)
