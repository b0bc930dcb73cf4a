"""Turn a bar's plan into input rows of the networks, one for each tick, and fill in the rest at the tick."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from daemon.music.arranging.barplan import BarPlan, Repeats
from models.codecs import melody, percussion
from models.codecs.base import LOOKBACK_BARS, Floats
from models.codecs.condition import MELODY_COLUMNS, PERCUSSION_COLUMNS, melody_condition, percussion_condition
from models.codecs.plan import HARMONY_TICKS, MelodyPlan, PercussionPlan
from models.notes import TICKS_PER_BAR

_TICKS: Final = np.arange(TICKS_PER_BAR)
_LAGS: Final = len(LOOKBACK_BARS)


def tune_rows(plan: BarPlan, bar: int) -> Floats:
    """Return the (16, 120) input rows of a bar for the melody network."""
    form, known = _form(plan.tune_form, len(melody.REGISTERS))
    planned = MelodyPlan(
        np.concatenate([np.repeat(pitch_classes(mask), HARMONY_TICKS, axis=0) for mask in plan.harmony]),
        np.repeat(plan.roots, HARMONY_TICKS),
        _all(plan.voices),
        _all(plan.lengths),
        _all(plan.register),
        _all(plan.thickness),
        form,
        known,
    )
    silent = np.zeros((TICKS_PER_BAR, 2), np.float32)
    nothing = np.zeros((TICKS_PER_BAR, len(percussion.DRUMS)), np.float32)
    recent = np.zeros((TICKS_PER_BAR, len(melody.REGISTERS), _LAGS), np.float32)
    return melody_condition(bar * TICKS_PER_BAR + _TICKS, silent, planned, nothing, recent)


def beat_rows(plan: BarPlan, bar: int) -> Floats:
    """Return the (16, 98) input rows of a bar for the percussion network."""
    parts = len(percussion.LAYOUT.parts)
    planned = PercussionPlan(_all(plan.drums), *_form(plan.drum_form, parts))
    silent = np.zeros((TICKS_PER_BAR, 2), np.float32)
    nothing = np.zeros((TICKS_PER_BAR, len(melody.REGISTERS)), np.float32)
    recent = np.zeros((TICKS_PER_BAR, parts, _LAGS), np.float32)
    return percussion_condition(bar * TICKS_PER_BAR + _TICKS, silent, planned, nothing, recent)


def tune_row(rows: Floats, place: int, style: Floats, drums_before: Floats, recent: Floats) -> Floats:
    """Return the (120,) row of one tick. Shapes: `style` (2,), `drums_before` (9,), `recent` (1, 3, 4)."""
    return _filled(rows[place], MELODY_COLUMNS, style, drums_before, recent)


def beat_row(rows: Floats, place: int, style: Floats, melody_onsets: Floats, recent: Floats) -> Floats:
    """Return the (98,) row of one tick. Shapes: `style` (2,), `melody_onsets` (3,), `recent` (1, 4, 4)."""
    return _filled(rows[place], PERCUSSION_COLUMNS, style, melody_onsets, recent)


def pitch_classes(mask: int) -> Floats:
    """Return a (1, 12) row of zeros and ones from a 12-bit mask."""
    row: Floats = ((mask >> np.arange(12)) & 1).astype(np.float32)[None]
    return row


def _filled(row: Floats, columns: dict[str, slice], style: Floats, others: Floats, recent: Floats) -> Floats:
    filled = row.copy()
    filled[columns["style"]] = style
    filled[columns["others"]] = others
    filled[columns["recent"]] = recent.reshape(-1)
    return filled


def _all(value: object) -> NDArray[np.int64]:
    """Return `value` as a row for each tick of the bar."""
    return np.repeat(np.array([value], np.int64), TICKS_PER_BAR, axis=0)


def _form(form: tuple[Repeats, ...] | None, parts: int) -> tuple[Floats, Floats]:
    """Return the form (16, parts, 4) and whether it is stated (16, 1); both are zeros if it is not."""
    rows = np.zeros((parts, _LAGS), np.float32) if form is None else np.array(form, np.float32)
    known = np.full((TICKS_PER_BAR, 1), form is not None, np.float32)
    return np.repeat(rows[None], TICKS_PER_BAR, axis=0), known
