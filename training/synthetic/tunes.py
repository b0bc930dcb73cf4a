"""Bass lines, chords and leads of four bars over a chord loop, as in club music."""

import random
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Final

from models.notes import TICKS_PER_BAR
from training.synthetic.harmony import Chord
from training.synthetic.loops import LOOP_BARS, Event, Loop, gaps, steps

Chords = Sequence[Chord]
Maker = Callable[[Chords, random.Random], Loop]
_BASS_LOW: Final = 33
_LEAD_LOW: Final = 69
_SCALE: Final = (0, 2, 4, 5, 7, 9, 11)
_RHYTHMS: Final = (
    "x..x..x...x.x...", "x.....x...x.....", "x...x.x...x...x.", "..x..x..x..x....", "x.x..x..x.......",
    "x..x....x..x....", "x.......x..x..x.", "..x...x...x.x...", "x..x..x.x...x...", "x.xx..x...x.....",
)  # fmt: skip
_ANSWERS: Final = (
    "x.....x.........", "..x..x..x.......", "x..x..x.........", "........x..x..x.", "x...............",
    "x...x...........", "....x..x..x.....",
)  # fmt: skip


def _low(chord: Chord) -> int:
    return _BASS_LOW + (chord.root - _BASS_LOW) % 12


def _by_bar(chords: Chords, grid: str, pitch: Callable[[Chord, int], int], longest: int) -> Loop:
    """Use one grid in every bar; `pitch` computes each note from the chord and its number in the bar."""
    places = list(zip(steps(grid), gaps(grid), strict=True))
    return tuple(
        Event(bar * TICKS_PER_BAR + tick, min(gap, longest), pitch(chord, number), velocity)
        for bar, chord in enumerate(chords)
        for number, ((tick, velocity), gap) in enumerate(places)
    )


def offbeat_bass(chords: Chords, dice: random.Random) -> Loop:
    """Return roots between the kicks."""
    up = dice.choice((0, 0, 12))
    return _by_bar(
        chords, "..x...x...x...x.", lambda chord, n: _low(chord) + (up if n == 3 else 0), dice.choice((1, 2))
    )


def rolling_bass(chords: Chords, dice: random.Random) -> Loop:
    """Return three sixteenths after every kick, as in trance."""
    octaves = dice.choice(((0, 0, 0), (0, 0, 12), (0, 12, 0)))
    return _by_bar(chords, ".xxx.xxx.xxx.xxx", lambda chord, n: _low(chord) + octaves[n % 3], 1)


def pumping_bass(chords: Chords, dice: random.Random) -> Loop:
    """Return held notes that every kick interrupts, as with sidechain compression."""
    grid = dice.choice(("..x...x...x...x.", "..x.x.x...x.x.x.", ".x...x...x...x.."))
    return _by_bar(chords, grid, lambda chord, _: _low(chord), 3)


def groove_bass(chords: Chords, dice: random.Random) -> Loop:
    """Return a syncopated bar of root, fifth and octave that follows the chords."""
    grid = dice.choice(
        ("x..x..x...x..x..", "x.....x..x....x.", "..x..xx...x..xx.", "x..x..x.x..x..x.", "x..xx...x..x.x..")
    )
    figure = [0, *(dice.choice((0, 0, 7, 12, 10 if dice.random() < 0.3 else 0)) for _ in range(7))]
    return _by_bar(chords, grid, lambda chord, n: _in_key(_low(chord) + figure[n]), dice.choice((1, 2, 3)))


def drone_bass(chords: Chords, dice: random.Random) -> Loop:
    """Return one note in a driving rhythm."""
    grid = dice.choice(("..x...x...x...x.", ".oxo.oxo.oxo.oxo", "x.xxx.xxx.xxx.xx", "..xx..x...xx..x."))
    root = _low(chords[0])
    return _by_bar(chords, grid, lambda _, n: root + (12 if n == 5 else 0), 1)


def long_bass(chords: Chords, dice: random.Random) -> Loop:
    """Return one root per bar, sometimes repeated before the next."""
    grid = dice.choice(("x...............", "x.........x.....", "x.............x."))
    return _by_bar(chords, grid, lambda chord, _: _low(chord), 16)


def pad(chords: Chords, dice: random.Random) -> Loop:
    """Return held chords of a bar each, sometimes repeated before the next."""
    grid = dice.choice(("x...............", "x...............", "x.............x.", "x.....x........."))
    return tuple(
        Event(bar * TICKS_PER_BAR + tick, gap, pitch, velocity - 20)
        for bar, chord in enumerate(chords)
        for (tick, velocity), gap in zip(steps(grid), gaps(grid), strict=True)
        for pitch in chord.notes
    )


def stabs(chords: Chords, dice: random.Random) -> Loop:
    """Return short chords in a syncopated rhythm of one or two bars."""
    grid = dice.choice((
        "x..x..x...x..x..", "..x...x...x...x.", "x..x..x.........", "...x..x....x..x.", "x.....x..x......",
        "..x..x....x..x..", "x..x...x..x.....", "....x..x....x.x.",
    ))  # fmt: skip
    second = dice.choice((grid, dice.choice(_ANSWERS)))
    places = [(bar, tick) for bar in range(LOOP_BARS) for tick, _ in steps((grid, second)[bar % 2])]
    length = dice.choice((1, 1, 2))
    return tuple(
        Event(bar * TICKS_PER_BAR + tick, length, pitch, 92)
        for bar, tick in places
        for pitch in chords[bar].notes
    )


def gated(chords: Chords, dice: random.Random) -> Loop:
    """Return chords cut into a rhythm of sixteenths (trance gate)."""
    grid = dice.choice(("x.xx.xx.x.xx.xx.", "xx.xx.x.xx.xx.x.", "x.x.xx.x.x.xx.x.", "x.xxx.xxx.xxx.xx"))
    return tuple(
        Event(bar * TICKS_PER_BAR + tick, 1, pitch, velocity - 15)
        for bar, chord in enumerate(chords)
        for tick, velocity in steps(grid)
        for pitch in chord.notes
    )


def arp(chords: Chords, dice: random.Random) -> Loop:
    """Return an arpeggio of chord tones in sixteenths or a dotted rhythm."""
    grid = dice.choice(("x" * 16, "x" * 16, "x.x.x.x.x.x.x.x.", "x..x..x..x..x.x.", "x.xx.xx.x.xx.xx."))
    order = dice.choice(
        ((0, 1, 2, 3), (0, 2, 1, 2), (3, 2, 1, 0), (0, 1, 2, 3, 4, 3, 2, 1), (0, 2, 4, 2), (0, 3, 1, 3))
    )
    low = _LEAD_LOW - dice.choice((0, 5))
    return _by_bar(chords, grid, lambda chord, n: chord.tones(low, 6)[order[n % len(order)]], 1)


def lead(chords: Chords, dice: random.Random) -> Loop:
    """Return a call of a bar, an answer, the call over another chord, and a close."""
    call, answer = dice.choice(_RHYTHMS), dice.choice(_ANSWERS)
    close = dice.choice((answer, dice.choice(_ANSWERS)))
    shape = _shape(dice)
    grids = (call, answer, call, close)
    longest = dice.choice((2, 3, 6))
    events: list[Event] = []
    for bar, (chord, grid) in enumerate(zip(chords, grids, strict=True)):
        events += _sung(chord, grid, shape if bar != LOOP_BARS - 1 else shape[::-1], longest, bar)
    return tuple(events)


def anthem(chords: Chords, dice: random.Random) -> Loop:
    """Return long notes that go up and down the chords."""
    grid = dice.choice(("x.....x.....x...", "x...........x...", "x.......x...x...", "x..x..x..x..x..."))
    shape = _shape(dice)
    return tuple(
        event for bar, chord in enumerate(chords) for event in _sung(chord, grid, shape[bar % 2 :], 12, bar)
    )


def _shape(dice: random.Random) -> list[int]:
    """Return eight scale steps relative to a chord tone: small steps and an occasional leap."""
    place, shape = 0, []
    for _ in range(8):
        shape.append(place)
        place = max(min(place + dice.choice((-2, -1, -1, 1, 1, 2, 4)), 5), -3)
    return shape


def _sung(chord: Chord, grid: str, shape: Sequence[int], longest: int, bar: int) -> list[Event]:
    """Return a grid over a chord: notes at half bars and the last note on chord tones, the others on the scale."""
    tones = chord.tones(_LEAD_LOW, 3)
    places = list(zip(steps(grid), gaps(grid), cycle(shape)))
    events = []
    for number, ((tick, velocity), gap, place) in enumerate(places):
        pitch = _scale_step(tones[0], place)
        if tick % 8 == 0 or number == len(places) - 1:
            pitch = min(chord.tones(_LEAD_LOW - 5, 7), key=lambda tone: abs(tone - pitch))
        events.append(Event(bar * TICKS_PER_BAR + tick, min(gap, longest), pitch, velocity))
    return events


def _scale_step(pitch: int, place: int) -> int:
    """Return the pitch `place` steps of C major above `pitch`."""
    octave, index = divmod(_SCALE.index(pitch % 12) + place, len(_SCALE))
    return pitch - pitch % 12 + 12 * octave + _SCALE[index]


def _in_key(pitch: int) -> int:
    return pitch if pitch % 12 in _SCALE else pitch + 1
