"""Crescendos: in a build each voice grows louder towards the section that follows, the rolls of the drums most."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from daemon.music.arranging.barplan import BarPlan
from models.codecs.percussion import DRUMS
from models.notes import Voice

BUILD: Final = "build"


class Swell(NamedTuple):
    """The factors for velocities at the beginning and at the end of a build."""

    first: float
    last: float

    def at(self, rise: float | None) -> float:
        """Return the factor at a point of the build, 1 outside of builds."""
        return 1.0 if rise is None else self.first + (self.last - self.first) * rise


_VOICES: Final[Mapping[Voice, Swell]] = {
    "lead": Swell(0.90, 1.08),
    "chords": Swell(0.84, 1.08),
    "bass": Swell(0.92, 1.04),
}
_ROLL: Final = Swell(0.72, 1.12)
# The kick must stay the floor of the music. Rolls are played on snare, clap and toms.
_DRUMS: Final[Mapping[str, Swell]] = {"kick": Swell(0.95, 1.03), "snare": _ROLL, "clap": _ROLL, "tom": _ROLL}
_OTHER_DRUMS: Final = Swell(0.86, 1.08)
_SWELLS: Final = tuple(_DRUMS.get(drum, _OTHER_DRUMS) for drum in DRUMS)


def rise_of(plan: BarPlan, tick: int) -> float | None:
    """Return how far a build has come at a tick, 0 to 1; None outside of builds, and if nothing is known to follow."""
    return plan.progress(tick) if plan.section == BUILD and plan.next_section else None


def swell_of_voice(voice: Voice, rise: float | None) -> float:
    """Return the factor for the velocities of a melodic voice."""
    return _VOICES[voice].at(rise)


def swell_of_drum(drum: int, rise: float | None) -> float:
    """Return the factor for the velocities of a drum, an index of `DRUMS`."""
    return _SWELLS[drum].at(rise)
