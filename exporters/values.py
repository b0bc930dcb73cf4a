"""Note values: how a length is written, so that the beats are seen. All in pulses."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from models.notes import PULSES_PER_BEAT

# What can be written as one note or rest: whole, dotted half, half, dotted quarter, ... to a hundred-twenty-eighth.
_VALUES: Final[Sequence[int]] = (1920, 1440, 960, 720, 480, 360, 240, 180, 120, 90, 60, 30, 15)
_SHORT_PLACES: Final[Mapping[int, tuple[int, tuple[int, ...]]]] = {
    180: (240, (0, 60)),
    120: (240, (0, 60, 120)),
    90: (120, (0, 30)),
    60: (120, (0, 30, 60)),
    30: (60, (0, 15, 30)),
    15: (15, (0,)),
}
# Where in a bar of four quarters (modulo the first number) a value may begin.
_PLACES: Final[Mapping[int, tuple[int, tuple[int, ...]]]] = {
    1920: (1920, (0,)),
    1440: (1920, (0, 480)),
    960: (1920, (0, 480, 960)),
    720: (960, (0, 240)),
    480: (960, (0, 240, 480)),
    360: (480, (0, 120)),
    240: (480, (0, 120, 240)),
    **_SHORT_PLACES,
}
# The same where three eighths are a beat.
_COMPOUND_PLACES: Final[Mapping[int, tuple[int, tuple[int, ...]]]] = {
    1440: (1440, (0,)),
    720: (720, (0,)),
    480: (720, (0, 240)),
    360: (720, (0, 360)),
    240: (240, (0,)),
    **_SHORT_PLACES,
}
# A quarter, an eighth, a sixteenth and a thirty-second in a triplet of eighths, and where in the beat they may begin.
_TRIPLET_PLACES: Final[Mapping[int, int]] = {320: 160, 160: 160, 80: 80, 40: 40}


def pieces(start: int, length: int, *, compound: bool = False, triplets: Collection[int] = ()) -> list[int]:
    """Note values that write a `length` from `start` in a bar on.

    `triplets` are the bar's beats that are divided in three.
    """
    values = []
    while length > 0:
        value = _in_three(start, length, triplets)
        value = value or _plain(start, _plainly(start, length, triplets), compound=compound)
        values.append(value)
        start, length = start + value, length - value
    return values


def is_plain(value: int) -> bool:
    """Whether it is a value that is not of a triplet."""
    return value in _VALUES


def _plain(start: int, length: int, *, compound: bool) -> int:
    """The longest plain value that may begin there."""
    places = _COMPOUND_PLACES if compound else _PLACES
    return next(
        value
        for value in _VALUES
        if value <= length and value in places and start % places[value][0] in places[value][1]
    )


def _in_three(start: int, length: int, triplets: Collection[int]) -> int:
    """The value of the triplet that writes the beginning of a length; 0 where a plain value does, as for whole beats."""
    beat, phase = divmod(start, PULSES_PER_BEAT)
    if beat not in triplets or (not phase and length >= PULSES_PER_BEAT):
        return 0
    most = min(length, PULSES_PER_BEAT - phase)
    return next(value for value, place in _TRIPLET_PLACES.items() if value <= most and phase % place == 0)


def _plainly(start: int, length: int, triplets: Collection[int]) -> int:
    """How much of a length from `start` on lies before the triplet it ends in."""
    end = start + length
    return length - end % PULSES_PER_BEAT if end // PULSES_PER_BEAT in triplets else length
