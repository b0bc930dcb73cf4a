"""Loops beyond those of the songs: what a high `repetition` makes of a phrase."""

from typing import Final

from daemon.music.arranging.chance import chance
from models.notes import BARS_PER_PHRASE

# `repetition` at which forms are those of the songs.
LEARNED: Final = 0.6
_LOOP_BARS: Final = (1, 2, 4)


def strictness(repetition: float) -> float:
    """0 up to what the songs do, 1 where nothing but loops is left."""
    return max(repetition - LEARNED, 0.0) / (1 - LEARNED)


def loop_bars(seed: int, track: int, part: int, bar: int, repetition: float) -> int:
    """How many bars a part loops at this bar: 8 where it follows its phrase, else 1, 2 or 4."""
    if chance(seed, "strict", track, part, bar // BARS_PER_PHRASE) >= strictness(repetition):
        return BARS_PER_PHRASE
    return _LOOP_BARS[int(len(_LOOP_BARS) * chance(seed, "loop bars", track, part))]
