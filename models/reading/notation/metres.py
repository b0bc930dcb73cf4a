"""Metres as (beats, unit), and the bars that fill them."""

from typing import Final

from models.notes import PULSES_PER_BEAT
from models.reading.notation.texts import plain, whole

WHOLE_PULSES: Final = 4 * PULSES_PER_BEAT

# A bar that differs from its metre by less than a 64th is a full bar with rounded durations.
ROUNDED: Final = PULSES_PER_BEAT // 16
_UNITS: Final = frozenset({1, 2, 4, 8, 16, 32, 64, 128})
_MOST_BEATS: Final = 255
_LARGEST_UNIT: Final = 128
_ALLOWED: Final = f"1 to {_MOST_BEATS} beats over {', '.join(map(str, sorted(_UNITS)))} are allowed"
_MOST_CHARACTERS: Final = 40
# A bar of more beats than this keeps the metre before it.
_MOST_BEATS_OF_A_BAR: Final = 64


def bar_pulses(metre: tuple[int, int]) -> int:
    """Return the length of a full bar of (beats, unit) in pulses."""
    return WHOLE_PULSES * metre[0] // metre[1]


def is_full(length: float, metre: tuple[int, int]) -> bool:
    """Return whether a bar of `length` pulses fills its metre."""
    return abs(length - bar_pulses(metre)) < ROUNDED


def metre_of(beats: list[str], units: list[str]) -> tuple[int, int] | None:
    """Return one metre for a sum such as 3+2 over 8, or 2 over 4 and 3 over 8. Return None if a number is not allowed."""
    pairs = [
        (whole(count, 1, _MOST_BEATS), whole(unit, 1, 128))
        for several, unit in zip(beats, units, strict=False)
        for count in several.split("+")
    ]
    known = [
        (count, unit) for count, unit in pairs if count is not None and unit in _UNITS and unit is not None
    ]
    if not known or len(known) < len(pairs):
        return None
    smallest = max(unit for _, unit in known)
    total = sum(count * smallest // unit for count, unit in known)
    return (total, smallest) if total <= _MOST_BEATS else None


def ignored(text: str) -> str:
    """Return the remark about an impossible metre; `text` is how the score writes it."""
    return f"the metre {plain(text)[:_MOST_CHARACTERS]} is ignored: {_ALLOWED}"


def fitting(length: int, unit: int) -> tuple[int, int] | None:
    """Return the metre of a bar of `length` pulses, in notes of 1/`unit` or smaller, or None if none fits."""
    while unit < _LARGEST_UNIT and length * unit % WHOLE_PULSES:
        unit *= 2
    beats, rest = divmod(length * unit, WHOLE_PULSES)
    return (beats, unit) if not rest and 0 < beats <= _MOST_BEATS_OF_A_BAR else None
