"""Bass and chords of four bars over a chord loop. In most club music both strike together, and the chords are held."""

import random
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from models.notes import TICKS_PER_BAR
from training.synthetic.harmony import Chord
from training.synthetic.loops import LOOP_BARS, Event, Loop, gaps, steps

Chords = Sequence[Chord]
_BASS_LOW: Final = 33
_FIFTH, _OCTAVE = 7, 12
# A bass with more roots than this in its loop plays roots only, so that it has at most five pitches.
_MOST_ROOTS: Final = 2
HELD: Final = "x..............."


class Backing(NamedTuple):
    """The rhythms of bass and chords, of one bar or two. Without `chords` both have the rhythm of the bass.

    `bass_ticks` and `chord_ticks` are the largest lengths of their notes.
    """

    bass: str
    chords: str = ""
    bass_ticks: int = 4
    chord_ticks: int = 4

    @property
    def together(self) -> bool:
        """Whether bass and chords strike together."""
        return not self.chords


def backing(style: Backing, chords: Chords, dice: random.Random) -> dict[str, Loop]:
    """Return the layers `bass` and `stabs` of a drop."""
    figure = _figure(chords, dice)
    return {
        "bass": _spelled(
            style.bass, chords, style.bass_ticks, lambda chord, n: (_low(chord) + figure[n % len(figure)],)
        ),
        "stabs": _spelled(
            style.chords or style.bass, chords, style.chord_ticks, lambda chord, _: chord.notes
        ),
    }


def pad(chords: Chords, dice: random.Random) -> Loop:
    """Return held chords of a bar each, sometimes repeated before the next."""
    grid = dice.choice((HELD, HELD, HELD, "x.............x."))
    return _spelled(grid, chords, TICKS_PER_BAR, lambda chord, _: chord.notes, -20)


def long_bass(chords: Chords, dice: random.Random) -> Loop:
    """Return one root per bar, sometimes repeated before the next."""
    grid = dice.choice((HELD, "x.........x.....", "x.............x."))
    return _spelled(grid, chords, TICKS_PER_BAR, lambda chord, _: (_low(chord),))


def _figure(chords: Chords, dice: random.Random) -> tuple[int, ...]:
    """Return the intervals above the root of the notes of a bar: mostly roots."""
    if len({chord.root for chord in chords}) > _MOST_ROOTS:
        return (0,)
    return dice.choice(((0,), (0,), (0, 0, _OCTAVE), (0, 0, 0, _FIFTH), (0, _OCTAVE)))


def _low(chord: Chord) -> int:
    return _BASS_LOW + (chord.root - _BASS_LOW) % 12


def _spelled(
    grid: str, chords: Chords, longest: int, pitches: Callable[[Chord, int], tuple[int, ...]], softer: int = 0
) -> Loop:
    """Repeat a grid over the chords; `pitches` computes the notes from the chord and the number of the stroke."""
    whole = (grid * LOOP_BARS)[: LOOP_BARS * TICKS_PER_BAR]
    return tuple(
        Event(tick, min(gap, longest), pitch, velocity + softer)
        for number, ((tick, velocity), gap) in enumerate(zip(steps(whole), gaps(whole), strict=True))
        for pitch in pitches(chords[tick // TICKS_PER_BAR], number)
    )
