"""Loops of four bars as plain notes, with functions that repeat and parse them."""

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


def at_bar(events: Iterable[Event], bar: int) -> list[Event]:
    """Return the events moved later by `bar` bars."""
    return [event._replace(tick=event.tick + bar * TICKS_PER_BAR) for event in events]


def twice(loop: Sequence[Event]) -> Loop:
    """Return the eight bars of a phrase: a loop two times."""
    return (*loop, *at_bar(loop, LOOP_BARS))
