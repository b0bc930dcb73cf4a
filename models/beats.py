"""The kind of drum beat of a bar: which of its beats have the kick and which the snare or clap."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.codecs import percussion
from models.codecs.base import Tokens
from models.genres import BACKBEAT, BEATS, FOUR, HALF, KICK, NONE, OTHER, TWO_STEP
from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT

__all__ = ["BACKBEAT", "BEATS", "FOUR", "HALF", "KICK", "NONE", "OTHER", "TWO_STEP", "beats", "off_beat_hats"]

_KICK, _SNARE, _CLAP = (percussion.DRUMS.index(name) for name in ("kick", "snare", "clap"))
_BEATS: Final = range(0, TICKS_PER_BAR, TICKS_PER_BEAT)
_TWO, _THREE, _FOUR = TICKS_PER_BEAT, 2 * TICKS_PER_BEAT, 3 * TICKS_PER_BEAT
_HATS: Final = slice(percussion.DRUMS.index("closed_hat"), percussion.DRUMS.index("open_hat") + 1)
_OFF_BEATS: Final = np.arange(TICKS_PER_BAR) % TICKS_PER_BEAT == TICKS_PER_BEAT // 2
# The ticks around the middle of a bar, one of which has the second kick of a two-step.
_SYNCOPES: Final = slice(_THREE + 1, _FOUR)


def beats(tokens: Tokens) -> NDArray[np.int64]:
    """Return the beat of each bar (bars,) of percussion tokens (T, 9)."""
    bars = len(tokens) // TICKS_PER_BAR
    struck = tokens[: bars * TICKS_PER_BAR].reshape(bars, TICKS_PER_BAR, tokens.shape[1]) > 0
    kick, back = struck[:, :, _KICK], struck[:, :, _SNARE] | struck[:, :, _CLAP]
    two_and_four = back[:, _TWO] & back[:, _FOUR]
    conditions = [
        ~kick.any(axis=1) & ~back.any(axis=1),
        kick[:, _BEATS].all(axis=1),
        back[:, _THREE] & ~back[:, _TWO] & ~back[:, _FOUR],
        two_and_four & kick[:, 0] & kick[:, _SYNCOPES].any(axis=1),
        two_and_four,
        ~back.any(axis=1),
    ]
    found: NDArray[np.int64] = np.select(conditions, [NONE, FOUR, HALF, TWO_STEP, BACKBEAT, KICK], OTHER)
    return found


def off_beat_hats(tokens: Tokens) -> NDArray[np.bool_]:
    """Return (bars,): whether the closed or the open hat of percussion tokens (T, 9) has all off-beats and nothing else."""
    bars = len(tokens) // TICKS_PER_BAR
    struck = tokens[: bars * TICKS_PER_BAR].reshape(bars, TICKS_PER_BAR, tokens.shape[1])[:, :, _HATS] > 0
    found: NDArray[np.bool_] = (struck == _OFF_BEATS[:, None]).all(axis=1).any(axis=1)
    return found
