"""The beats of the bars, and the division of each beat in a part: sixteenths, finer values, or triplets."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Final, NamedTuple

from exporters.tones import Tone
from models.notes import PULSES_PER_TICK

# An onset is on a place if it is at most this near, and off it if it is more than this far away.
_NEAR_PULSES: Final = 15
_OFF_PULSES: Final = 20
_EXACT_PULSES: Final = 3
_THIRD: Final = 80
# The finer units (sixteenth triplets, thirty-seconds, their triplets, sixty-fourths), each with the largest distance of an
# onset to a multiple of it.
_FINER: Final[Mapping[int, int]] = MappingProxyType({_THIRD: _NEAR_PULSES, 60: 6, 40: 5, 30: 4})
_IN_THREE: Final = (80, 40)
# The next finer unit of each unit.
_HALVES: Final[Mapping[int, int]] = MappingProxyType({PULSES_PER_TICK: 60, 60: 30, _THIRD: 40})
# Onsets that are nearer together than this are a chord or a flam, whatever the unit is.
_TOGETHER_PULSES: Final = 30
# Onsets off the sixteenths are written in finer values only if at least this share of them fits. Else they are free playing.
_MOST: Final = 0.8
_NOTHING: Final[Mapping[int, int]] = MappingProxyType({})


class Beat(NamedTuple):
    """A quarter, or a shorter rest of a bar at its end. `unit` is the coarsest unit into which it is divided, in pulses.

    `is_even` means that it may be divided in three.
    """

    start: int
    length: int
    unit: int = PULSES_PER_TICK
    is_even: bool = True


class Grid:
    """The places where notes may begin and end. `units` holds the units of beats that differ from `Beat.unit`."""

    def __init__(self, beats: Sequence[Beat], units: Mapping[int, int] = _NOTHING) -> None:
        self._beats = beats
        self._lines = [beat.start for beat in beats]
        self.units = units

    def number(self, pulse: int) -> int:
        """Return the number of the beat of an onset. An onset just before a beat belongs to that beat."""
        return max(bisect_right(self._lines, pulse + _NEAR_PULSES) - 1, 0)

    def unit(self, number: int) -> int:
        """Return the unit of a beat in pulses."""
        return self.units.get(number, self._beats[number].unit)

    def place(self, pulse: int) -> int:
        """Return the place nearest to a pulse, at most the end of the last beat."""
        number = self.number(pulse)
        start, length, *_ = self._beats[number]
        phase, unit = pulse - start, self.unit(number)
        inside = min(round(phase / unit) * unit, length)
        return start + (length if abs(length - phase) < abs(inside - phase) else inside)

    def shortest(self, place: int) -> int:
        """Return the shortest length of a note that begins at a place."""
        number = bisect_right(self._lines, place) - 1
        return min(self.unit(number), max(self.line_after(place) - place, 1))

    def line_after(self, place: int) -> int:
        """Return the beginning of the next beat."""
        start, length, *_ = self._beats[bisect_right(self._lines, place) - 1]
        return start + length

    def is_in_three(self, number: int) -> bool:
        """Return whether a beat is divided in three."""
        return self.unit(number) in _IN_THREE

    def refined(self, numbers: Iterable[int]) -> "Grid":
        """Return a grid in which these beats are divided more finely, if a finer unit exists."""
        finer = {each: _HALVES[self.unit(each)] for each in numbers if self.unit(each) in _HALVES}
        return Grid(self._beats, {**self.units, **finer})


def grid_of(notes: Sequence[Tone], beats: Sequence[Beat], *, is_swung: bool = False) -> Grid:
    """Return the grid on which a part is written. It is so fine that two strikes of a key have different places."""
    grid = Grid(beats, _NOTHING if is_swung else _played(notes, Grid(beats), beats))
    for _ in _HALVES:
        crowded = _crowded(notes, grid)
        if not crowded:
            break
        grid = grid.refined(crowded)
    return grid


def _played(notes: Iterable[Tone], grid: Grid, beats: Sequence[Beat]) -> dict[int, int]:
    """Return the units of beats that are played in three, or in values shorter than a sixteenth."""
    onsets: dict[int, list[int]] = defaultdict(list)
    for note in notes:
        number = grid.number(note.pulse)
        onsets[number].append(note.pulse - beats[number].start)
    off_grid = {
        number: off
        for number, phases in onsets.items()
        if (off := [phase for phase in phases if _is_off_grid(phase, beats[number])])
    }
    units = _usual([phase for phases in off_grid.values() for phase in phases])
    found = {number: _unit_of(onsets[number], beats[number], units) for number in off_grid}
    return {number: unit for number, unit in found.items() if unit}


def _usual(off_grid: Sequence[int]) -> tuple[int, ...]:
    """Return the units to try, by most onsets off the sixteenths: all if exact, thirds if near to thirds, else none."""
    exact = sum(min(_distance(phase, 30), _distance(phase, 40)) <= _EXACT_PULSES for phase in off_grid)
    if exact >= _MOST * len(off_grid):
        return tuple(_FINER)
    off_thirds = sum(map(_is_off_thirds, off_grid))
    return (_THIRD,) if off_thirds <= (1 - _MOST) * len(off_grid) else ()


def _unit_of(phases: Sequence[int], beat: Beat, units: Sequence[int]) -> int:
    """Return the first unit that fits all onsets of a beat, exactly if possible; 0 if none does.

    If a beat mixes triplets and sixteenths, triplets of thirty-seconds are not used to write it.
    """
    is_mixed = all(not _is_off_grid(phase, beat) or not _is_off_thirds(phase) for phase in phases)
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


def _is_off_thirds(phase: int) -> bool:
    return _distance(phase, _THIRD) > _NEAR_PULSES


def _is_off_grid(phase: int, beat: Beat) -> bool:
    return min(_distance(phase, beat.unit), abs(beat.length - phase)) > _OFF_PULSES


def _distance(phase: int, unit: int) -> int:
    return min(phase % unit, -phase % unit)


def _crowded(notes: Iterable[Tone], grid: Grid) -> set[int]:
    """Return the beats in which different strikes of one pitch would have the same place."""
    struck: dict[tuple[int, int], list[int]] = defaultdict(list)
    for note in notes:
        struck[grid.place(note.pulse), note.pitch].append(note.pulse)
    return {
        grid.number(pulse)
        for pulses in struck.values()
        if max(pulses) - min(pulses) >= _TOGETHER_PULSES
        for pulse in pulses
    }
