"""The last bars as the systems composed them, before articulation: what `loop` repeats."""

from typing import Final, NamedTuple

from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.set_form import Section
from daemon.music.systems.played import Played
from models.notes import TICKS_PER_BAR

LONGEST_LOOP_BARS: Final = 8
_KEPT_TICKS: Final = LONGEST_LOOP_BARS * TICKS_PER_BAR


class Moment(NamedTuple):
    """One composed tick. `tick` is the ensemble's own, `before` the plan of the bar before it.

    `section` counts the ensemble's bars. With the seed, the tick gives the same random numbers again.
    """

    tick: int
    seed: int
    plan: BarPlan
    before: BarPlan | None
    section: Section
    played: Played


class Stretch(NamedTuple):
    """Successive ticks with one plan and one seed, so that a plan is stored once for a bar. `first` is the first tick."""

    first: int
    seed: int
    plan: BarPlan
    before: BarPlan | None
    section: Section
    played: tuple[Played, ...]

    def goes_on_with(self, moment: Moment) -> bool:
        """Return whether a tick continues this stretch."""
        return (
            moment.tick == self.first + len(self.played)
            and moment.tick % TICKS_PER_BAR > 0
            and (moment.seed, moment.plan, moment.before, moment.section) == self[1:5]
        )

    def at(self, index: int) -> Moment:
        """Return one of its ticks."""
        return Moment(self.first + index, *self[1:5], self.played[index])


class Recent(NamedTuple):
    """The last eight bars that were heard, looped ones included."""

    stretches: tuple[Stretch, ...] = ()

    @property
    def ticks(self) -> int:
        """How many successive ticks are known."""
        return sum(len(each.played) for each in self.stretches)

    def followed_by(self, moment: Moment) -> "Recent":
        """Return the same with one more tick, and without ticks that no loop needs."""
        last = self.stretches[-1] if self.stretches else None
        if last is not None and last.goes_on_with(moment):
            return Recent((*self.stretches[:-1], last._replace(played=(*last.played, moment.played))))
        stretches = (*self.stretches, Stretch(*moment[:5], (moment.played,)))
        spare = Recent(stretches).ticks - _KEPT_TICKS
        while len(stretches[0].played) <= spare:
            spare -= len(stretches[0].played)
            stretches = stretches[1:]
        return Recent(stretches)

    def ago(self, ticks: int) -> Moment:
        """Return the tick that was heard so many ticks before the next one; 1 is the last one."""
        for each in reversed(self.stretches):
            if ticks <= len(each.played):
                return each.at(len(each.played) - ticks)
            ticks -= len(each.played)
        raise IndexError(f"only {self.ticks} ticks are known")
