"""Loops: how likely a part continues unchanged, and how a high `repetition` shortens its phrases to loops."""

from typing import Final

from daemon.music.arranging.chance import chance
from models.notes import BARS_PER_PHRASE

# The `repetition` at which bars repeat as in the songs.
LEARNED: Final = 0.6
_LOOP_BARS: Final = (1, 2, 4)
# Exponents for other music and for house. They compensate for bars that are new because their levels or chords changed:
# with them as many bars repeat others as in songs, and in house as many as in songs with four on the floor.
_HELD: Final = {False: 0.5, True: 0.3}


def held(share: float, *, house: bool) -> float:
    """Return the probability with which a part continues, from its `share` in songs. `_HELD` says why it is higher."""
    return float(share ** _HELD[house])


def strictness(repetition: float) -> float:
    """Return 0 while bars repeat at most as in songs, rising to 1 where all phrases are loops."""
    return max(repetition - LEARNED, 0.0) / (1 - LEARNED)


def loop_bars(seed: int, track: int, part: int, bar: int, repetition: float) -> int:
    """Return the length in bars of a part's loop at this bar: 8 where it follows its phrase, else 1, 2 or 4."""
    if chance(seed, "strict", track, part, bar // BARS_PER_PHRASE) >= strictness(repetition):
        return BARS_PER_PHRASE
    return _LOOP_BARS[int(len(_LOOP_BARS) * chance(seed, "loop bars", track, part))]
