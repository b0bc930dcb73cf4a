"""Leads: a hook, which is a motif of two or four bars that moves by step and rests on long notes; and arpeggios."""

import random
from collections.abc import Sequence
from itertools import cycle
from typing import Final, NamedTuple

from models.notes import TICKS_PER_BAR
from training.synthetic.harmony import Chord
from training.synthetic.loops import LOOP_BARS, Event, Loop, at_bar, gaps, steps

Chords = Sequence[Chord]
# The notes of a hook: eight steps of C major from one of these pitches.
_LOWS: Final = (67, 69, 71)
_COMPASS: Final = 8
_SCALE: Final = (0, 2, 4, 5, 7, 9, 11)
# Moves in scale steps, and how often each occurs.
_MOVES: Final = {0: 4, 1: 11, -1: 12, 2: 3, -2: 4, 3: 1, -4: 1, 4: 2}
# Which of its motifs a hook has in each bar. A close is the third motif.
_FORMS: Final = ((0, 1, 0, 1), (0, 1, 0, 2), (0, 0, 0, 1), (0, 1, 0, 1))
_FLOWING: Final = (
    "x..x..x.x..x..x.", "x..x..x...x.x.x.", "x.x.x..x..x.x...", "x...x.x.x..x..x.", "x.x.x.x.x...x.x.",
    "..x.x.x.x..x..x.", "x..x..x..x..x.x.", "x.x.x..x..x..x..", "x.xx..x.x.x.x...", "x..xx..xx..xx...",
)  # fmt: skip
_FLOWING_ENDS: Final = (
    "x..x..x.x.......", "x..x..x...x.....", "x.x.x..x........", "x...x.x.x.......", "x..x..x..x..x...", "x.x.x.x.x.......",
    "x..x..x.x...x...",
)  # fmt: skip
_LONG: Final = (
    "x.....x.....x...",
    "x.......x...x...",
    "x.....x...x.....",
    "x...x...x...x...",
    "x.....x.x.......",
)
_LONG_ENDS: Final = (
    "x...............",
    "x.......x.......",
    "x...x...x.......",
    "x.....x.........",
    "x...........x...",
)
_RIFFS: Final = (
    "x..x..x..x..x...", "x..x....x..x..x.", "..x..x....x..x..", "x.x..x..x.......", "x..x..x.........", "..x...x..x....x.",
)  # fmt: skip


class Manner(NamedTuple):
    """The rhythms of a hook: those of its calls and of its ends, and the largest length of a note.

    Without calls, a call has the rhythm of the bass, as in big room.
    """

    calls: tuple[str, ...]
    ends: tuple[str, ...]
    longest: int


FLOWING: Final = Manner(_FLOWING, _FLOWING_ENDS, 6)
ANTHEM: Final = Manner(("x..x..x...x.x...", "x..x..x..x..x.x.", "x.x.x..x..x.x..."), _FLOWING_ENDS, 8)
UNISON: Final = Manner((), _FLOWING_ENDS, 8)
LONG: Final = Manner(_LONG, _LONG_ENDS, 16)
RIFF: Final = Manner(_RIFFS, _RIFFS, 2)


def hook(manner: Manner, chords: Chords, bass: str, dice: random.Random) -> Loop:
    """Return a hook of four bars over a bass of that rhythm. Bars of one motif have equal rhythms, and often pitches."""
    motifs = [
        _motif(grids, dice) for grids in (manner.calls or (bass[:TICKS_PER_BAR],), manner.ends, manner.ends)
    ]
    form, window = dice.choice(_FORMS), _window(dice.choice(_LOWS))
    begins = dice.sample(range(_COMPASS), len(motifs))
    bars: list[Loop] = []
    first: dict[int, Loop] = {}
    keeps = dice.random() < 0.6
    for chord, number in zip(chords, form, strict=True):
        own = first.get(number)
        if own is None or not keeps or _clashes(own, chord):
            own = _sung(motifs[number], chord, window, begins[number], manner.longest)
        first.setdefault(number, own)
        bars.append(own)
    return tuple(event for bar, own in enumerate(bars) for event in at_bar(own, bar))


def arp(chords: Chords, dice: random.Random) -> Loop:
    """Return an arpeggio of chord tones in a rhythm of one bar."""
    grid = dice.choice(
        ("x" * 16, "x.x.x.x.x.x.x.x.", "x.x.x.x.x.x.x.x.", "x..x..x..x..x.x.", "x.xx.xx.x.xx.xx.")
    )
    order = dice.choice(((0, 1, 2, 3), (0, 2, 1, 2), (3, 2, 1, 0), (0, 1, 2, 1), (0, 2, 3, 2), (0, 3, 1, 3)))
    low = min(_LOWS) - dice.choice((0, 5))
    return tuple(
        Event(bar * TICKS_PER_BAR + tick, 1, chord.tones(low, 4)[place], velocity)
        for bar, chord in enumerate(chords[:LOOP_BARS])
        for (tick, velocity), place in zip(steps(grid), cycle(order), strict=False)
    )


class _Motif(NamedTuple):
    """A bar's rhythm, and the moves in scale steps from each note to the next."""

    grid: str
    moves: tuple[int, ...]


def _motif(grids: Sequence[str], dice: random.Random) -> _Motif:
    grid = dice.choice(grids)
    moves = dice.choices(list(_MOVES), list(_MOVES.values()), k=len(steps(grid)))
    return _Motif(grid, tuple(moves))


def _window(low: int) -> list[int]:
    return [pitch for pitch in range(low, low + 24) if pitch % 12 in _SCALE][:_COMPASS]


def _sung(motif: _Motif, chord: Chord, window: Sequence[int], begin: int, longest: int) -> Loop:
    """Return a motif over a chord: notes at half bars and long notes are chord tones."""
    place, events = begin, []
    for (tick, velocity), gap, move in zip(steps(motif.grid), gaps(motif.grid), motif.moves, strict=True):
        if tick % 8 == 0 or gap >= 4:
            at = place
            place = min(
                (n for n, pitch in enumerate(window) if chord.has(pitch)), key=lambda n: (abs(n - at), n)
            )
        events.append(Event(tick, min(gap, longest), window[place], velocity))
        place = _reflected(place + move)
    return tuple(events)


def _reflected(place: int) -> int:
    top = _COMPASS - 1
    return -place if place < 0 else 2 * top - place if place > top else place


def _clashes(bar: Loop, chord: Chord) -> bool:
    """Return whether a note on a beat is a semitone above or below a chord tone."""
    return any(
        not chord.has(event.pitch) and (chord.has(event.pitch - 1) or chord.has(event.pitch + 1))
        for event in bar
        if event.tick % 4 == 0
    )
