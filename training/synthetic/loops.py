"""Loops of four bars as plain notes, with functions that repeat, vary and parse them."""

import random
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from models.notes import TICKS_PER_BAR

LOOP_BARS: Final = 4
LOOP_TICKS: Final = LOOP_BARS * TICKS_PER_BAR
PHRASE_BARS: Final = 8
# Velocities of the signs in a grid: ghost, usual, accent.
STRENGTH: Final = {"o": 62, "x": 100, "X": 118}


class Event(NamedTuple):
    """A note: `tick` and `length` in sixteenths, `pitch` and `velocity` as in MIDI."""

    tick: int
    length: int
    pitch: int
    velocity: int


Loop = tuple[Event, ...]


def steps(grid: str) -> list[tuple[int, int]]:
    """Return (tick, velocity) of each stroke of a grid. A grid has one sign per sixteenth; a dot is a rest."""
    return [(tick, STRENGTH[sign]) for tick, sign in enumerate(grid) if sign != "."]


def gaps(grid: str) -> list[int]:
    """Return the sixteenths from each stroke of a grid to the next; from the last one to the end."""
    places = [tick for tick, _ in steps(grid)]
    return [after - tick for tick, after in zip(places, [*places[1:], len(grid)], strict=True)]


def bar_of(loop: Iterable[Event], bar: int) -> list[Event]:
    """Return the events of one bar, with ticks counted from its beginning."""
    start = bar * TICKS_PER_BAR
    return [
        event._replace(tick=event.tick - start) for event in loop if 0 <= event.tick - start < TICKS_PER_BAR
    ]


def at_bar(events: Iterable[Event], bar: int) -> list[Event]:
    """Return the events moved later by `bar` bars."""
    return [event._replace(tick=event.tick + bar * TICKS_PER_BAR) for event in events]


def phrase(loop: Loop, turn: Loop) -> Loop:
    """Return eight bars: the loop, then the loop with its last bar from `turn`."""
    last = LOOP_BARS - 1
    again = [
        *(event for event in loop if event.tick < last * TICKS_PER_BAR),
        *at_bar(bar_of(turn, last), last),
    ]
    return (*loop, *at_bar(again, LOOP_BARS))


def thinned(loop: Sequence[Event], keep: float, dice: random.Random) -> Loop:
    """Leave out some of the notes off the beat; each stays with probability `keep`."""
    return tuple(event for event in loop if event.tick % 4 == 0 or dice.random() < keep)
