"""The beats of the bars, and how finely a part divides each: into sixteenths, finer where it plays so, or in three."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Final, NamedTuple

from exporters.tones import Tone
from models.notes import PULSES_PER_TICK

# So near to a place an onset is on it, and so far from it beside it.
_NEAR_PULSES: Final = 15
_ASTRAY_PULSES: Final = 20
_EXACT_PULSES: Final = 3
_THIRD: Final = 80
# A sixteenth of a triplet, a thirty-second, one of a triplet, a sixty-fourth: how near an onset has to be to a multiple.
_FINER: Final[Mapping[int, int]] = MappingProxyType({_THIRD: _NEAR_PULSES, 60: 6, 40: 5, 30: 4})
_IN_THREE: Final = (80, 40)
# The finer unit that keeps apart what is not on the coarser one.
_HALVES: Final[Mapping[int, int]] = MappingProxyType({PULSES_PER_TICK: 60, 60: 30, _THIRD: 40})
# What is nearer than this is a chord, or a flam, whatever the unit.
_TOGETHER_PULSES: Final = 30
# What is beside the sixteenths is on finer places only where most of it is: else it is freely played.
_MOST: Final = 0.8
_NOTHING: Final[Mapping[int, int]] = MappingProxyType({})


class Beat(NamedTuple):
    """A quarter of a bar, or what is left of one at its end; `unit` is the pulses it is divided into at the least.

    `is_even` tells that it may be divided in three.
    """

    start: int
    length: int
    unit: int = PULSES_PER_TICK
    is_even: bool = True


class Grid:
    """Where notes may begin and end: every beat from the first to the last, some in units of their own."""

    def __init__(self, beats: Sequence[Beat], units: Mapping[int, int] = _NOTHING) -> None:
        self._beats = beats
        self._lines = [beat.start for beat in beats]
        self.units = units

    def number(self, pulse: int) -> int:
        """The beat that an onset belongs to, also one that comes a moment before it."""
        return max(bisect_right(self._lines, pulse + _NEAR_PULSES) - 1, 0)

    def unit(self, number: int) -> int:
        """How many pulses a beat is divided into."""
        return self.units.get(number, self._beats[number].unit)

    def place(self, pulse: int) -> int:
        """The place nearest to a pulse; the end of the last beat for all that is later."""
        number = self.number(pulse)
        start, length, *_ = self._beats[number]
        phase, unit = pulse - start, self.unit(number)
        inside = min(round(phase / unit) * unit, length)
        return start + (length if abs(length - phase) < abs(inside - phase) else inside)

    def shortest(self, place: int) -> int:
        """The least that a note from a place on lasts."""
        number = bisect_right(self._lines, place) - 1
        return min(self.unit(number), max(self.line_after(place) - place, 1))

    def line_after(self, place: int) -> int:
        """The beginning of the next beat."""
        start, length, *_ = self._beats[bisect_right(self._lines, place) - 1]
        return start + length

    def is_in_three(self, number: int) -> bool:
        """Whether a beat is divided in three."""
        return self.unit(number) in _IN_THREE

    def refined(self, numbers: Iterable[int]) -> "Grid":
        """The same with some beats divided more finely, where they can be."""
        finer = {each: _HALVES[self.unit(each)] for each in numbers if self.unit(each) in _HALVES}
        return Grid(self._beats, {**self.units, **finer})


def grid_of(notes: Sequence[Tone], beats: Sequence[Beat], *, is_swung: bool = False) -> Grid:
    """The grid that a part is written on: as it is played, and so fine that no key is struck twice at a place."""
    grid = Grid(beats, _NOTHING if is_swung else _played(notes, Grid(beats), beats))
    for _ in _HALVES:
        crowded = _crowded(notes, grid)
        if not crowded:
            break
        grid = grid.refined(crowded)
    return grid


def _played(notes: Iterable[Tone], grid: Grid, beats: Sequence[Beat]) -> dict[int, int]:
    """The units of those beats that are played in three, or in values shorter than a sixteenth."""
    onsets: dict[int, list[int]] = defaultdict(list)
    for note in notes:
        number = grid.number(note.pulse)
        onsets[number].append(note.pulse - beats[number].start)
    astray = {
        number: beside
        for number, phases in onsets.items()
        if (beside := [phase for phase in phases if _is_astray(phase, beats[number])])
    }
    units = _usual([phase for phases in astray.values() for phase in phases])
    fitting = {number: _fitting(onsets[number], beats[number], units) for number in astray}
    return {number: unit for number, unit in fitting.items() if unit}


def _usual(astray: Sequence[int]) -> tuple[int, ...]:
    """The units that most of what is beside the sixteenths fits: all where it is exact, else thirds or none."""
    exact = sum(min(_distance(phase, 30), _distance(phase, 40)) <= _EXACT_PULSES for phase in astray)
    if exact >= _MOST * len(astray):
        return tuple(_FINER)
    beside = sum(map(_is_no_third, astray))
    return (_THIRD,) if beside <= (1 - _MOST) * len(astray) else ()


def _fitting(phases: Sequence[int], beat: Beat, units: Sequence[int]) -> int:
    """The first of the units that all onsets of a beat are on, exactly if one can be; 0 for none.

    None where triplets meet sixteenths: that could be told by thirty-seconds of a triplet alone.
    """
    is_mixed = all(not _is_astray(phase, beat) or not _is_no_third(phase) for phase in phases)
    possible = [
        unit
        for unit in units
        if unit < beat.unit
        and (beat.is_even or unit not in _IN_THREE)
        and not (is_mixed and unit == _THIRD // 2)
    ]
    exact = (unit for unit in possible if _are_on(phases, unit, _EXACT_PULSES))
    near = (unit for unit in possible if _are_on(phases, unit, _FINER[unit]))
    return next(chain(exact, near), 0)


def _are_on(phases: Iterable[int], unit: int, near: int) -> bool:
    return all(_distance(phase, unit) <= near for phase in phases)


def _is_no_third(phase: int) -> bool:
    return _distance(phase, _THIRD) > _NEAR_PULSES


def _is_astray(phase: int, beat: Beat) -> bool:
    return min(_distance(phase, beat.unit), abs(beat.length - phase)) > _ASTRAY_PULSES


def _distance(phase: int, unit: int) -> int:
    return min(phase % unit, -phase % unit)


def _crowded(notes: Iterable[Tone], grid: Grid) -> set[int]:
    """Beats in which notes of one pitch that are not played together would come to one place."""
    struck: dict[tuple[int, int], list[int]] = defaultdict(list)
    for note in notes:
        struck[grid.place(note.pulse), note.pitch].append(note.pulse)
    return {
        grid.number(pulse)
        for pulses in struck.values()
        if max(pulses) - min(pulses) >= _TOGETHER_PULSES
        for pulse in pulses
    }
