"""How somebody plays: how densely, how loudly, and with which accents. Drums and bass follow that."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from daemon.music.listening.notes import PlayedNote
from daemon.parameters import AUTO, Parameters, Value
from models.codecs.plan import VOICE_BOUNDS
from models.notes import TICKS_PER_BAR, Note

# The velocities that stand for the least and the greatest energy.
_SOFT, _LOUD = 30, 115
# The least numbers of sixteenths with onsets in a bar for levels 2 and 3 of the hats.
_HATS_BOUNDS: Final = (3, 8)
# What a hit gains where who plays strikes loudest, and what it loses where they do not strike at all.
_ACCENT, _BACK = 0.35, 0.12


class Touch(NamedTuple):
    """A bar of playing. `accents` are the velocities at its 16 sixteenths against the loudest, 0 where nothing begins.

    `energy` is 0 to 1, from soft to loud.
    """

    energy: float
    accents: tuple[float, ...]

    @property
    def strikes(self) -> int:
        """The number of sixteenths at which something begins."""
        return sum(accent > 0 for accent in self.accents)


def touch_of(notes: Sequence[PlayedNote], end_tick: int) -> Touch | None:
    """Return how the notes of the bar before `end_tick` were played; None if there are none."""
    bar = [note for note in notes if end_tick - TICKS_PER_BAR <= note.tick < end_tick]
    if not bar:
        return None
    loudest = max(note.velocity for note in bar)
    accents = [0.0] * TICKS_PER_BAR
    for note in bar:
        place = note.tick % TICKS_PER_BAR
        accents[place] = max(accents[place], round(note.velocity / loudest, 3))
    mean = sum(note.velocity for note in bar) / len(bar)
    return Touch(round(min(max((mean - _SOFT) / (_LOUD - _SOFT), 0.0), 1.0), 3), tuple(accents))


def following(parameters: Parameters, touch: Touch) -> dict[str, Value]:
    """Return the parameters with which drums and bass follow; levels set by hand stay."""
    values: dict[str, Value] = {"energy": touch.energy}
    if parameters.bass.level == AUTO:
        values["bass.level"] = str(_level(touch.strikes, VOICE_BOUNDS))
    if parameters.hats.level == AUTO:
        values["hats.level"] = str(1 + _level(touch.strikes, _HATS_BOUNDS))
    return values


def accented(notes: Sequence[Note], tick: int, touch: Touch) -> tuple[Note, ...]:
    """Return the notes of a tick with the accents of who plays in drums and bass."""
    accent = touch.accents[tick % TICKS_PER_BAR]
    factor = 1 + _ACCENT * accent if accent else 1 - _BACK
    return tuple(
        note._replace(velocity=min(max(round(note.velocity * factor), 1), 127))
        if note.voice in ("drums", "bass")
        else note
        for note in notes
    )


def _level(strikes: int, bounds: Sequence[int]) -> int:
    return sum(strikes >= bound for bound in bounds)
