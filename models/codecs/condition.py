"""The condition of a network at each tick: one row of numbers, and the columns of each of its components."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.beats import BEATS
from models.codecs import melody, percussion
from models.codecs.base import BARS_IN_POSITION, LAGS, STYLES, Floats, identity, position
from models.codecs.chords import QUALITIES
from models.codecs.plan import (
    DRUM_LEVELS,
    HEIGHTS,
    LENGTH_BOUNDS,
    REGISTER_BOUNDS,
    SPANS,
    STRIKES,
    VOICE_LEVELS,
    MelodyPlan,
    PercussionPlan,
)
from models.genres import GENRES
from models.notes import TICKS_PER_BAR

_VOICES: Final = len(melody.REGISTERS)
_DRUMS: Final = len(percussion.DRUMS)
_KIT: Final = len(percussion.LAYOUT.parts)
_MOST_NOTES: Final = 4
_PITCHES: Final = melody.REGISTERS[2].high - melody.REGISTERS[2].low + 1


def _columns(widths: Mapping[str, int]) -> dict[str, slice]:
    ends = np.cumsum([0, *widths.values()]).tolist()
    return {name: slice(*ends_of) for name, ends_of in zip(widths, pairwise(ends), strict=True)}


_HEAD: Final = {"position": TICKS_PER_BAR + BARS_IN_POSITION, "style": len(STYLES), "genre": len(GENRES)}
MELODY_COLUMNS: Final = _columns({
    **_HEAD,
    "harmony": 13 + 12,
    "chord": 12 + len(QUALITIES),
    "levels": VOICE_LEVELS * _VOICES,
    "manner": (len(LENGTH_BOUNDS) + 1) * _VOICES + len(REGISTER_BOUNDS) + 1 + _MOST_NOTES,
    "contour": HEIGHTS + SPANS,
    "strike": STRIKES,
    "form": _VOICES * LAGS + 1,
    "rhythm": _VOICES * LAGS + 1,
    "recall": _VOICES,
    "line": _PITCHES,
    "others": _DRUMS,
    "recent": _VOICES * LAGS,
})  # fmt: skip
PERCUSSION_COLUMNS: Final = _columns({
    **_HEAD,
    "beat": len(BEATS),
    "levels": DRUM_LEVELS * _DRUMS,
    "form": _KIT * LAGS + 1,
    "recall": _KIT,
    "others": _VOICES,
    "recent": _KIT * LAGS,
})  # fmt: skip
COLUMNS: Final = {"melody": MELODY_COLUMNS, "percussion": PERCUSSION_COLUMNS}
SIZES: Final = {part: columns["recent"].stop for part, columns in COLUMNS.items()}
# The groups of columns that hold the bar's plan. Training hides each of them at random.
PLAN_GROUPS: Final = {
    "melody": (
        "genre",
        "harmony",
        "chord",
        "levels",
        "manner",
        "contour",
        "strike",
        "form",
        "rhythm",
        "recall",
    ),
    "percussion": ("genre", "beat", "levels", "form", "recall"),
}

_ROWS: Final = {size: identity(size) for size in (3, 4, len(QUALITIES), 6, len(BEATS), 12, _PITCHES)}


def _one_hot(values: NDArray[np.integer], size: int) -> Floats:
    """Turn values (T, ...) from 0 to size-1 into one-hot rows (T, N * size); -1 (unstated) gives zeros."""
    rows: Floats = _ROWS[size][values].reshape(len(values), -1)
    return rows


class Frame(NamedTuple):
    """What the rows of both networks begin with: `ticks` (T,), the weights of the styles (T, 2) and of the genres (T, 9)."""

    ticks: NDArray[np.integer]
    style: NDArray[np.floating]
    genre: NDArray[np.floating]


def melody_condition(
    frame: Frame,
    plan: MelodyPlan,
    line: NDArray[np.integer],
    drums_before: NDArray[np.floating],
    recent: NDArray[np.floating],
) -> Floats:
    """Return the rows (T, 245) for the melody network.

    `line` (T,) is the lead's last pitch as a token minus 1, -1 before
    its first note; `drums_before` (T, 9) are the drums one tick before; `recent` (T, 3, 5) is from `recent_matches`.
    """
    count = len(frame.ticks)
    known = (plan.harmony.sum(axis=1, keepdims=True) > 0).astype(np.float32)
    return np.concatenate(
        [
            position(frame.ticks),
            frame.style,
            frame.genre,
            plan.harmony,
            known,
            _one_hot(plan.roots, 12),
            _one_hot(plan.chord_roots, 12),
            _one_hot(plan.qualities, len(QUALITIES)),
            _one_hot(plan.levels, VOICE_LEVELS),
            _one_hot(plan.lengths - 1, 3),
            _one_hot(plan.register - 1, 4),
            _one_hot(plan.thickness - 1, _MOST_NOTES),
            _one_hot(plan.heights - 1, HEIGHTS),
            _one_hot(plan.span - 1, SPANS),
            _one_hot(plan.strike - 1, STRIKES),
            plan.form.reshape(count, -1),
            plan.form_known,
            plan.rhythm.reshape(count, -1),
            plan.rhythm_known,
            plan.recalled,
            _one_hot(line, _PITCHES),
            drums_before,
            recent.reshape(count, -1),
        ],
        axis=1,
        dtype=np.float32,
    )


def percussion_condition(
    frame: Frame,
    plan: PercussionPlan,
    melody_onsets: NDArray[np.floating],
    recent: NDArray[np.floating],
) -> Floats:
    """Return the rows (T, 126) for the percussion network.

    `melody_onsets` (T, 3) are those of the same tick; `recent` (T, 4, 5) is from
    `recent_matches`.
    """
    count = len(frame.ticks)
    return np.concatenate(
        [
            position(frame.ticks),
            frame.style,
            frame.genre,
            _one_hot(plan.beat, len(BEATS)),
            _one_hot(plan.levels, DRUM_LEVELS),
            plan.form.reshape(count, -1),
            plan.form_known,
            plan.recalled,
            melody_onsets,
            recent.reshape(count, -1),
        ],
        axis=1,
        dtype=np.float32,
    )
