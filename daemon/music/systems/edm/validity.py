"""Which parts may copy which earlier bar, from the plans of the bars concerned."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from daemon.music.arranging.barplan import BarPlan
from daemon.music.systems.system import Cue
from models.codecs import melody
from models.codecs.base import LAGS, LOOKBACK_BARS, RECALL
from models.codecs.recall import RECALL_BARS, Lags, SongMemory, longest

# The parts of the two networks among the seven of a plan.
MELODY_PARTS: Final = slice(len(melody.LAYOUT.parts))
PERCUSSION_PARTS: Final = slice(len(melody.LAYOUT.parts), None)

_FIXED: Final = np.array(LOOKBACK_BARS)
Allowed = NDArray[np.bool_]


def agreement(cue: Cue, marks_of: Callable[[BarPlan], tuple[int, ...]]) -> Allowed:
    """Return (P, RECALL_BARS): True if the bar so many bars before has a plan with the same mark for the part."""
    furthest = max(cue.plan.reach, LOOKBACK_BARS[-1], *cue.plan.recall, 0)
    now = marks_of(cue.plan)
    nothing = (-1,) * len(now)
    old = [nothing if plan is None else marks_of(plan) for plan in cue.plans[: furthest + 1]]
    allowed = np.zeros((len(now), RECALL_BARS), bool)
    allowed[:, : len(old)] = (np.array(old) == now).T
    allowed[:, 0] = False
    return allowed


def recalled(tick: int, wanted: Lags, song: SongMemory, usable: Allowed) -> Lags:
    """Return (P,): how many bars back each part recalls the song, 0 for nothing.

    The bars `wanted` (P,) by the plan come first, then the longest match among those `usable` (P, RECALL_BARS).
    """
    lags = longest(song.lengths, usable)
    return np.where((wanted > 0) & (wanted <= song.lived_bars(tick)), wanted, lags)


def valid(tick: int, song: SongMemory, lags: Lags, allowed: Allowed) -> Allowed:
    """Return (P, 5): True if the fixed lookback, or the part's recalled bar, has been lived and may be copied."""
    table = np.zeros((len(lags), LAGS), bool)
    table[:, :RECALL] = allowed[:, _FIXED] & (song.lived_bars(tick) >= _FIXED)
    table[:, RECALL] = allowed[np.arange(len(lags)), lags] & (lags > 0)
    return table
