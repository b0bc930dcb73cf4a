"""Beats that are played in three: which they are, and how what begins or ends within one is written."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final

from models.music import Sound
from models.notes import PULSES_PER_BEAT, PULSES_PER_TICK

# The unit of what is written: a third of a sixteenth, half a sixteenth of a triplet.
STEPS_PER_BEAT: Final = 12
STEPS_PER_TICK: Final = 3
_STEPS_PER_THIRD: Final = 2
_PULSES_PER_THIRD: Final = 80
# So near to a place an onset is on it, and so far from it beside it.
_NEAR_PULSES: Final = 15
_ASTRAY_PULSES: Final = 20
# What is beside the sixteenths is in three only where most of it is: else it is freely played.
_MOST: Final = 0.8
# A quarter, an eighth and a sixteenth in a triplet of eighths, in steps.
_VALUES: Final = (8, 4, 2)


def triplet_beats(notes: Iterable[Sound], beats: Collection[int]) -> frozenset[int]:
    """Those of `beats`, counted from the beginning, in which a part plays triplets of eighths or sixteenths."""
    onsets: dict[int, list[int]] = defaultdict(list)
    for note in notes:
        # An onset that comes a moment before a beat belongs to it.
        beat, phase = divmod(note.pulse + _NEAR_PULSES, PULSES_PER_BEAT)
        onsets[beat].append(phase - _NEAR_PULSES)
    astray = [phase for phases in onsets.values() for phase in phases if _is_astray(phase)]
    if sum(map(_is_third, astray)) < _MOST * len(astray):
        return frozenset()
    return frozenset(
        beat
        for beat, phases in onsets.items()
        if beat in beats and all(map(_is_third, phases)) and any(map(_is_astray, phases))
    )


def _is_astray(phase: int) -> bool:
    return _distance(phase, PULSES_PER_TICK) > _ASTRAY_PULSES


def _is_third(phase: int) -> bool:
    return _distance(phase, _PULSES_PER_THIRD) <= _NEAR_PULSES


def _distance(phase: int, unit: int) -> int:
    return min(phase % unit, -phase % unit)


def step_of(pulse: int, triplets: Collection[int]) -> int:
    """The step nearest to a pulse: of a sixteenth, or of a sixteenth of a triplet in the beats that have some."""
    beat, phase = divmod(pulse + _NEAR_PULSES, PULSES_PER_BEAT)
    phase -= _NEAR_PULSES
    if beat in triplets:
        return beat * STEPS_PER_BEAT + round(phase / _PULSES_PER_THIRD) * _STEPS_PER_THIRD
    return beat * STEPS_PER_BEAT + round(phase / PULSES_PER_TICK) * STEPS_PER_TICK


def shortest(step: int, triplets: Collection[int]) -> int:
    """The least that a note from `step` on lasts."""
    return _STEPS_PER_THIRD if step // STEPS_PER_BEAT in triplets else STEPS_PER_TICK


def in_three(start: int, length: int, triplets: Collection[int]) -> int:
    """The value of the triplet that writes the beginning of a length; 0 where a plain value does, as for whole beats."""
    beat, phase = divmod(start, STEPS_PER_BEAT)
    if beat not in triplets or (not phase and length >= STEPS_PER_BEAT):
        return 0
    most = min(length, STEPS_PER_BEAT - phase)
    return next(
        value for value in _VALUES if value <= most and (value == _VALUES[-1] or phase % _VALUES[1] == 0)
    )


def plainly(start: int, length: int, triplets: Collection[int]) -> int:
    """How much of a length from `start` on lies before the triplet it ends in."""
    end = start + length
    return length - end % STEPS_PER_BEAT if end // STEPS_PER_BEAT in triplets else length
