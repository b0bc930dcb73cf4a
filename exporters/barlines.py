"""Change bars so that they can be written: with lengths that note values add up to, and valid time signatures."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Final, TypeVar

from models.music import Metre, Music, Part
from models.notes import PULSES_PER_TICK

Value = TypeVar("Value")

# The length of every written bar is a whole number of sixty-fourths.
_UNIT: Final = 64
_UNIT_PULSES: Final = 30
# Times are rounded, so they may differ by this much.
_NEAR_PULSES: Final = 4


def squared(music: Music) -> Music:
    """Return the music with bars that can be written and that hold the beginning of every note.

    If a bar ends off the grid, its length is changed to the nearest place on the grid. Other music is returned as it is.
    """
    last = max((part.notes[-1].pulse for part in music.parts if part.notes), default=-1)
    music = replace(music, end_pulse=max(music.end_pulse, last + 1))
    lines = music.bar_lines()
    places = [metre.pulse for metre in music.metres]
    lengths = [
        _length(music.metres[bisect_right(places, start) - 1], end - start) for start, end in pairwise(lines)
    ]
    metres = tuple(map(writable, music.metres))
    written = list(accumulate(lengths, initial=0))
    if written == lines and metres == music.metres:
        return music

    def moved(pulse: int) -> int:
        bar = min(bisect_right(lines, pulse), len(lines)) - 1
        past = pulse - lines[bar]
        return written[bar] + (min(past, lengths[bar]) if bar < len(lengths) else past)

    return replace(
        music,
        parts=tuple(_moved_part(part, moved) for part in music.parts),
        tempos=_moved(music.tempos, moved),
        markers=_moved(music.markers, moved),
        keys=_moved(music.keys, moved),
        metres=tuple(metre._replace(pulse=moved(metre.pulse)) for metre in metres),
        end_pulse=moved(music.end_pulse),
    )


def _length(metre: Metre, pulses: int) -> int:
    """Return the length to which a bar of `pulses` is written."""
    if pulses == metre.bar_pulses:
        return writable(metre).bar_pulses
    nearest = round(pulses / _UNIT_PULSES) * _UNIT_PULSES
    if abs(nearest - pulses) <= _NEAR_PULSES:
        return max(nearest, _UNIT_PULSES)
    return max(round(pulses / PULSES_PER_TICK) * PULSES_PER_TICK, _UNIT_PULSES)


def writable(metre: Metre) -> Metre:
    """Return the metre, or the nearest one in units of at least a sixty-fourth if its unit is not a note value."""
    if metre.unit in (1, 2, 4, 8, 16, 32, _UNIT):
        return metre
    beats, unit = max(round(metre.bar_pulses / _UNIT_PULSES), 1), _UNIT
    while beats % 2 == 0 and unit > 1:
        beats, unit = beats // 2, unit // 2
    return Metre(metre.pulse, beats, unit)


def _moved_part(part: Part, moved: Callable[[int], int]) -> Part:
    notes = (
        note._replace(pulse=start, length=max(moved(note.pulse + note.length) - start, 1))
        for note in part.notes
        for start in (moved(note.pulse),)
    )
    return part._replace(notes=tuple(notes), controls=_moved(part.controls, moved))


def _moved(
    entries: Iterable[tuple[int, Value]], moved: Callable[[int], int]
) -> tuple[tuple[int, Value], ...]:
    return tuple((moved(at), value) for at, value in entries)
