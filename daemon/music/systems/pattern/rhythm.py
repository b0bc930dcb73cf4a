"""Rhythms of one bar: which of its sixteen ticks have a note."""

from collections.abc import Sequence
from functools import lru_cache

from daemon.music.arranging.chance import chance
from models.notes import TICKS_PER_BAR


@lru_cache(maxsize=512)
def euclidean(hits: int, rotation: int = 0) -> frozenset[int]:
    """Return `hits` ticks of the bar, spread as evenly as possible, the first one at tick `rotation`.

    Godfried Toussaint, "The Euclidean Algorithm Generates Traditional Musical Rhythms", 2005.
    """
    hits = min(max(hits, 0), TICKS_PER_BAR)
    places = (-(-number * TICKS_PER_BAR // hits) for number in range(hits))
    return frozenset((place + rotation) % TICKS_PER_BAR for place in places)


def strongest(weights: Sequence[float], hits: int, spread: float, *words: object) -> frozenset[int]:
    """Return the `hits` ticks with the greatest weights, as a drum grid with a density knob does.

    Each weight differs by up to `spread`, at random by `words`: at 0 every bar is the same.
    """
    uneven = [weight + spread * chance(*words, tick) for tick, weight in enumerate(weights)]
    ranked = sorted(range(len(weights)), key=lambda tick: (-uneven[tick], tick))
    return frozenset(ranked[:hits])


def turn(bar: int, repetition: float) -> int:
    """Return the number of the bar's variation: at `repetition` 1 it changes every 16 bars, at 0 every bar."""
    bars: int = 2 ** round(4 * repetition)
    return bar // bars
