"""The system: a pure function of seed and cue, so its only memory is the seed."""

from collections.abc import Callable

import msgspec

from daemon.music.arranging.barplan import BarPlan
from daemon.music.systems.played import Played
from daemon.music.systems.system import Cue, Steps
from daemon.parameters import Parameters

Play = Callable[[int, Cue], Played]
"""Return the notes or hits of a tick from the seed and the cue."""


class PatternMemory(msgspec.Struct, frozen=True, tag="pattern"):
    """The seed of the music."""

    seed: int

    def moved(self, _ticks: int) -> "PatternMemory":
        """Return the same memory: the patterns do not depend on what was played."""
        return self


class PatternSystem:
    """Plays the notes or hits that `play` returns."""

    extra_ticks = 0

    def __init__(self, play: Play) -> None:
        self._play = play
        self._seed = 0

    def begin(self, seed: int, _tick: int) -> None:
        """Begin the music of `seed`."""
        self._seed = seed

    def plan(self, _bar: int, plan: BarPlan, _parameters: Parameters) -> Steps[BarPlan]:
        """Return the plan as it is."""
        yield from ()
        return plan

    def compose(self, cue: Cue) -> Steps[Played]:
        """Return the notes or hits of a tick."""
        yield from ()
        return self._play(self._seed, cue)

    def hear(self, _cue: Cue, _played: Played) -> Steps[None]:
        """Do nothing: the patterns do not depend on what was played."""
        yield from ()

    def save(self) -> PatternMemory:
        """Return the memory as a value."""
        return PatternMemory(self._seed)

    def restore(self, state: PatternMemory) -> None:
        """Continue from a saved memory."""
        self._seed = state.seed

    def close(self) -> None:
        """Do nothing: there are no rows."""
