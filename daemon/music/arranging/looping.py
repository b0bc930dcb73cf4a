"""Loops: how surely a part goes on with what it plays, and what a high `repetition` makes of a phrase."""

from typing import Final

from daemon.music.arranging.chance import chance
from models.notes import BARS_PER_PHRASE

# `repetition` at which forms are those of the songs.
LEARNED: Final = 0.6
_LOOP_BARS: Final = (1, 2, 4)
# Powers that make up for bars that are new because their levels or chords are: with them, as many bars repeat others as
# in songs, and in house as many as in songs with four on the floor.
_HELD: Final = {False: 0.5, True: 0.3}


def held(share: float, *, house: bool) -> float:
    """How often a part is to go on, so that it does as often as `share` says of songs."""
    return float(share ** _HELD[house])


def strictness(repetition: float) -> float:
    """0 up to what the songs do, 1 where nothing but loops is left."""
    return max(repetition - LEARNED, 0.0) / (1 - LEARNED)


def loop_bars(seed: int, track: int, part: int, bar: int, repetition: float) -> int:
    """How many bars a part loops at this bar: 8 where it follows its phrase, else 1, 2 or 4."""
    if chance(seed, "strict", track, part, bar // BARS_PER_PHRASE) >= strictness(repetition):
        return BARS_PER_PHRASE
    return _LOOP_BARS[int(len(_LOOP_BARS) * chance(seed, "loop bars", track, part))]
