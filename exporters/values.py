"""Note values: split a length into values that show the beats. All numbers are in pulses."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from models.notes import PULSES_PER_BEAT

# Lengths of one note or rest: whole, dotted half, half, dotted quarter, ... to a hundred-twenty-eighth.
_VALUES: Final[Sequence[int]] = (1920, 1440, 960, 720, 480, 360, 240, 180, 120, 90, 60, 30, 15)
_SHORT_PLACES: Final[Mapping[int, tuple[int, tuple[int, ...]]]] = {
    180: (240, (0, 60)),
    120: (240, (0, 60, 120)),
    90: (120, (0, 30)),
    60: (120, (0, 30, 60)),
    30: (60, (0, 15, 30)),
    15: (15, (0,)),
}
# The positions in a bar of four quarters, modulo the first number, at which a value may begin.
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
# The same if a beat is three eighths.
_COMPOUND_PLACES: Final[Mapping[int, tuple[int, tuple[int, ...]]]] = {
    1440: (1440, (0,)),
    720: (720, (0,)),
    480: (720, (0, 240)),
    360: (720, (0, 360)),
    240: (240, (0,)),
    **_SHORT_PLACES,
}
# A quarter, eighth, sixteenth and thirty-second in a triplet of eighths. Each begins at a multiple of the second number.
_TRIPLET_PLACES: Final[Mapping[int, int]] = {320: 160, 160: 160, 80: 80, 40: 40}


def pieces(start: int, length: int, *, compound: bool = False, triplets: Collection[int] = ()) -> list[int]:
    """Return the note values that together make `length` from `start` in a bar.

    `compound` means that a beat is three eighths; `triplets` are the bar's beats that are divided in three.
    """
    values = []
    while length > 0:
        value = _in_three(start, length, triplets)
        value = value or _plain(start, _plainly(start, length, triplets), compound=compound)
        values.append(value)
        start, length = start + value, length - value
    return values


def is_plain(value: int) -> bool:
    """Return whether a length is a single note value outside a triplet."""
    return value in _VALUES


def _plain(start: int, length: int, *, compound: bool) -> int:
    """Return the longest plain value that may begin at `start`."""
    places = _COMPOUND_PLACES if compound else _PLACES
    return next(
        value
        for value in _VALUES
        if value <= length and value in places and start % places[value][0] in places[value][1]
    )


def _in_three(start: int, length: int, triplets: Collection[int]) -> int:
    """Return the triplet value for the beginning of a length, or 0 if a plain value is right, as for whole beats."""
    beat, phase = divmod(start, PULSES_PER_BEAT)
    if beat not in triplets or (not phase and length >= PULSES_PER_BEAT):
        return 0
    most = min(length, PULSES_PER_BEAT - phase)
    return next(value for value, place in _TRIPLET_PLACES.items() if value <= most and phase % place == 0)


def _plainly(start: int, length: int, triplets: Collection[int]) -> int:
    """Return the part of a length that lies before the triplet in which it ends; all of it if there is none."""
    end = start + length
    return length - end % PULSES_PER_BEAT if end // PULSES_PER_BEAT in triplets else length
