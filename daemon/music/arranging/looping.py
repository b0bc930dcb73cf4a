"""Loops: how likely a part continues unchanged, and how `repetition` and `simplicity` shorten its phrases to loops."""

from collections.abc import Mapping
from typing import Final

from daemon.music.arranging.chance import chance, weighed
from daemon.parameters import Parameters
from models.notes import BARS_PER_PHRASE

# The `repetition` at which bars repeat as in the songs.
LEARNED: Final = 0.6
_LOOP_BARS: Final = (1, 2, 4)
# The share of voices that loop in the drops of a track, and the lengths of these loops with their weights. In transcribed
# club drops a bar of the lead is 59 % like the one four bars before, and 88 % like the one eight bars before.
_HOOK_LOOPS: Final = 0.1
_HOOK_BARS: Final[Mapping[int, float]] = {2: 1.0, 4: 4.0}
# The `simplicity` from which parts loop more than their songs, and the lengths of these loops.
_SIMPLE_FROM: Final = 0.5
_SIMPLE_LOOP_BARS: Final = (2, 4)
# Exponents for other music and for house. They compensate for bars that are new because their levels or chords changed:
# with them as many bars repeat others as in songs, and in house as many as in songs with four on the floor.
_HELD: Final = {False: 0.5, True: 0.3}


def held(share: float, *, house: bool) -> float:
    """Return the probability with which a part continues, from its `share` in songs. `_HELD` says why it is higher."""
    return float(share ** _HELD[house])


def strictness(repetition: float) -> float:
    """Return 0 while bars repeat at most as in songs, rising to 1 where all phrases are loops."""
    return max(repetition - LEARNED, 0.0) / (1 - LEARNED)


def loop_bars(
    seed: int, track: int, part: int, bar: int, parameters: Parameters, *, is_hook: bool = False
) -> int:
    """Return the length in bars of a part's loop at this bar: 8 where it follows its phrase, else 1, 2 or 4.

    Above their usual values `repetition` and `simplicity` make loops more frequent. With `is_hook` the part is a voice of a
    drop, which mostly loops two or four bars also at the learned `repetition`.
    """
    strict, length = (
        chance(seed, "strict", track, part, bar // BARS_PER_PHRASE),
        chance(seed, "loop bars", track, part),
    )
    repetition = parameters.repetition
    if strict < strictness(repetition):
        return _LOOP_BARS[int(len(_LOOP_BARS) * length)]
    if strict < (parameters.simplicity - _SIMPLE_FROM) / (1 - _SIMPLE_FROM) * min(repetition / LEARNED, 1.0):
        return _SIMPLE_LOOP_BARS[int(len(_SIMPLE_LOOP_BARS) * length)]
    if is_hook and chance(seed, "drop loop", track, part) < _HOOK_LOOPS * min(repetition / LEARNED, 1.0):
        return weighed(_HOOK_BARS, chance(seed, "drop loop bars", track, part))
    return BARS_PER_PHRASE
