"""The condition of a network at each tick: one row of numbers, and the columns of each of its components."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.codecs import melody, percussion
from models.codecs.base import BARS_IN_POSITION, LOOKBACK_BARS, STYLES, Floats, identity, position
from models.codecs.plan import (
    DRUM_LEVELS,
    LENGTH_BOUNDS,
    REGISTER_BOUNDS,
    VOICE_LEVELS,
    MelodyPlan,
    PercussionPlan,
)
from models.notes import TICKS_PER_BAR

_LAGS: Final = len(LOOKBACK_BARS)
_VOICES: Final = len(melody.REGISTERS)
_DRUMS: Final = len(percussion.DRUMS)
_KIT: Final = len(percussion.LAYOUT.parts)
_MOST_NOTES: Final = 4


def _columns(widths: Mapping[str, int]) -> dict[str, slice]:
    ends = np.cumsum([0, *widths.values()]).tolist()
    return {name: slice(*ends_of) for name, ends_of in zip(widths, pairwise(ends), strict=True)}


_HEAD: Final = {"position": TICKS_PER_BAR + BARS_IN_POSITION, "style": len(STYLES)}
MELODY_COLUMNS: Final = _columns({
    **_HEAD,
    "harmony": 13 + 12,
    "levels": VOICE_LEVELS * _VOICES,
    "manner": (len(LENGTH_BOUNDS) + 1) * _VOICES + len(REGISTER_BOUNDS) + 1 + _MOST_NOTES,
    "form": _VOICES * _LAGS + 1,
    "others": _DRUMS,
    "recent": _VOICES * _LAGS,
})  # fmt: skip
PERCUSSION_COLUMNS: Final = _columns({
    **_HEAD,
    "levels": DRUM_LEVELS * _DRUMS,
    "form": _KIT * _LAGS + 1,
    "others": _VOICES,
    "recent": _KIT * _LAGS,
})  # fmt: skip
COLUMNS: Final = {"melody": MELODY_COLUMNS, "percussion": PERCUSSION_COLUMNS}
SIZES: Final = {part: columns["recent"].stop for part, columns in COLUMNS.items()}
# The groups of columns that hold the bar's plan. Training hides each of them at random.
PLAN_GROUPS: Final = {"melody": ("harmony", "levels", "manner", "form"), "percussion": ("levels", "form")}

_ROWS: Final = {size: identity(size) for size in (3, 4, 6, 12)}


def _one_hot(values: NDArray[np.integer], size: int) -> Floats:
    """Turn values (T, ...) from 0 to size-1 into one-hot rows (T, N * size); -1 (unstated) gives zeros."""
    rows: Floats = _ROWS[size][values].reshape(len(values), -1)
    return rows


def melody_condition(
    ticks: NDArray[np.integer],
    style: NDArray[np.floating],
    plan: MelodyPlan,
    drums_before: NDArray[np.floating],
    recent: NDArray[np.floating],
) -> Floats:
    """Return the rows (T, 120) for the melody network.

    `style` is (T, 2); `drums_before` (T, 9) are the drums one tick before; `recent` (T, 3, 4) is from `recent_matches`.
    """
    count = len(ticks)
    known = (plan.harmony.sum(axis=1, keepdims=True) > 0).astype(np.float32)
    return np.concatenate(
        [
            position(ticks),
            style,
            plan.harmony,
            known,
            _one_hot(plan.roots, 12),
            _one_hot(plan.levels, VOICE_LEVELS),
            _one_hot(plan.lengths - 1, 3),
            _one_hot(plan.register - 1, 4),
            _one_hot(plan.thickness - 1, _MOST_NOTES),
            plan.form.reshape(count, -1),
            plan.form_known,
            drums_before,
            recent.reshape(count, -1),
        ],
        axis=1,
        dtype=np.float32,
    )


def percussion_condition(
    ticks: NDArray[np.integer],
    style: NDArray[np.floating],
    plan: PercussionPlan,
    melody_onsets: NDArray[np.floating],
    recent: NDArray[np.floating],
) -> Floats:
    """Return the rows (T, 98) for the percussion network.

    `style` is (T, 2); `melody_onsets` (T, 3) are those of the same tick; `recent` (T, 4, 4) is from `recent_matches`.
    """
    count = len(ticks)
    return np.concatenate(
        [
            position(ticks),
            style,
            _one_hot(plan.levels, DRUM_LEVELS),
            plan.form.reshape(count, -1),
            plan.form_known,
            melody_onsets,
            recent.reshape(count, -1),
        ],
        axis=1,
        dtype=np.float32,
    )
