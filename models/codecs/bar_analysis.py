"""Analyse music bar by bar: the row of the plan network's codec for each bar of a piece."""

import numpy as np
from numpy.typing import NDArray

from models.beats import beats
from models.codecs import melody, percussion, plan
from models.codecs.bars import FIELDS, LAYOUT
from models.codecs.base import Floats, Tokens
from models.notes import TICKS_PER_BAR


def rows_of(tune: Tokens, beat: Tokens) -> Tokens:
    """Return the rows (bars, S) of the whole bars of melody tokens (T, 10) and percussion tokens (T, 9)."""
    ticks = len(tune) // TICKS_PER_BAR * TICKS_PER_BAR
    tune, beat = tune[:ticks], beat[:ticks]
    voices, drums = plan.voice_levels(tune), plan.drum_levels(beat)
    form = np.concatenate([plan.form(tune, melody.LAYOUT), plan.form(beat, percussion.LAYOUT)], axis=1)
    groups = [drums[:, start:stop].any(axis=1) for start, stop in percussion.LAYOUT.part_ranges]
    sounds = np.concatenate([voices > 0, np.stack(groups, axis=1)], axis=1)
    columns = {
        "form": _nearest(form) * sounds,
        "rhythm": _nearest(plan.rhythm(tune)),
        "voices": voices,
        "lengths": plan.lengths(tune) * (voices > 0),
        "thickness": plan.thickness(tune),
        "strike": plan.strike(tune),
        "heights": plan.heights(tune).reshape(-1, 2),
        "span": plan.span(tune),
        "beat": beats(beat) + 1,
        "drums": drums,
    }
    rows = np.zeros((ticks // TICKS_PER_BAR, len(LAYOUT.slots)), np.int64)
    for name, values in columns.items():
        rows[:, FIELDS[name]] = values.reshape(len(rows), -1)
    return rows


def _nearest(same: Floats) -> NDArray[np.int64]:
    """Return 1 to 4 for the nearest lookback that is the same (..., 4), 0 without one."""
    found: NDArray[np.int64] = np.where(same.any(axis=-1), 1 + same.argmax(axis=-1), 0)
    return found
