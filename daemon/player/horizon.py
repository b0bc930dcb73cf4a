"""The ticks that are composed ahead, as whole revisions, each built on the one before."""

from daemon.link.player import Revise, TickNotes


class Horizon:
    """What the player will play: `end` is the first tick that it does not hold, `revision` the last one taken."""

    def __init__(self) -> None:
        self.revision = 0
        self.end = 0
        self._ticks: dict[int, TickNotes] = {}

    def restart(self, tick: int) -> None:
        """Forget all ticks; `tick` is the first one wanted."""
        self._ticks.clear()
        self.end = tick

    def take(self, revise: Revise, next_tick: int) -> bool:
        """Take a revision whole and return True, or refuse it whole; `next_tick` is the first that has not begun."""
        if revise.base != self.revision or not next_tick <= revise.from_tick <= self.end:
            return False
        for tick in range(revise.from_tick, self.end):
            self._ticks.pop(tick, None)
        for each in revise.ticks:
            self._ticks[each.tick] = each
        self.revision, self.end = revise.revision, revise.from_tick + len(revise.ticks)
        return True

    def begin(self, tick: int) -> bool:
        """Let `tick` and those before it be past; return whether `tick` was there."""
        for past in [each for each in self._ticks if each < tick]:
            del self._ticks[past]
        is_there = self._ticks.pop(tick, None) is not None
        self.end = max(self.end, tick + 1)
        return is_there

    def tick(self, number: int) -> TickNotes | None:
        """Return a tick, None if it is not there."""
        return self._ticks.get(number)
