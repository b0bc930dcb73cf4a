"""Which of the notes that were read are heard: the plan chooses voices, and `density` thins them out. Pure functions."""

from collections.abc import Sequence
from typing import Final

from daemon.music.arranging.barplan import BarPlan
from models.notes import PULSES_PER_TICK, TICKS_PER_BEAT, Voice

# The order of the voices in a plan.
_PLANNED: Final[tuple[Voice, ...]] = ("bass", "chords", "lead")
# From this `density` on, all notes are heard.
_ALL: Final = 0.5
# The shares of the notes on the beat, on the eighths between, and elsewhere that are heard at `density` 0. Of notes on
# every sixteenth that is a quarter.
_LEAST: Final = (0.5, 0.25, 0.125)


def voices_heard(own: Sequence[Voice], plan: BarPlan) -> tuple[Voice, ...]:
    """Return which of a system's voices are heard in a bar.

    If the plan has only melodic voices that the system lacks, its first voice plays for them.
    """
    planned = [voice for voice, level in zip(_PLANNED, plan.voices, strict=True) if level]
    heard = tuple(voice for voice in own if voice in planned)
    return heard or (tuple(own[:1]) if planned else ())


def is_kept(pulse: int, draw: float, density: float) -> bool:
    """Return whether a note that begins at `pulse` of a bar is heard, for its uniform `draw` in [0, 1).

    A note that is heard at one density is heard at every higher one.
    """
    least = _LEAST[_weight(pulse)]
    return draw < least + (1 - least) * min(density / _ALL, 1.0)


def _weight(pulse: int) -> int:
    """Return 0 for a note on the beat, 1 on an eighth between beats, 2 elsewhere; a little beside it counts too."""
    tick = round(pulse / PULSES_PER_TICK) % TICKS_PER_BEAT
    return 0 if tick == 0 else 1 if tick == TICKS_PER_BEAT // 2 else 2
