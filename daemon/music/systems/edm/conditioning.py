"""Turn a bar's plan into input rows of the networks, one for each tick, and fill in the rest at the tick."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from daemon.music.arranging.barplan import BarPlan, Repeats
from models.codecs import melody, percussion
from models.codecs.base import LAGS, Floats, identity
from models.codecs.chords import chord_of
from models.codecs.condition import (
    MELODY_COLUMNS,
    PERCUSSION_COLUMNS,
    Frame,
    melody_condition,
    percussion_condition,
)
from models.codecs.plan import HARMONY_TICKS, MelodyPlan, PercussionPlan
from models.genres import GENRES
from models.notes import TICKS_PER_BAR

_TICKS: Final = np.arange(TICKS_PER_BAR)
_VOICES: Final = len(melody.REGISTERS)
_KIT: Final = len(percussion.LAYOUT.parts)
_SILENT_STYLE: Final = np.zeros((TICKS_PER_BAR, 2), np.float32)
_NO_LINE: Final = np.full(TICKS_PER_BAR, -1)
_LINES: Final = identity(melody.REGISTERS[2].high - melody.REGISTERS[2].low + 1)


def tune_rows(plan: BarPlan, bar: int) -> Floats:
    """Return the (16, 238) input rows of a bar for the melody network."""
    form, form_known = _form(plan.tune_form, _VOICES)
    rhythm, rhythm_known = _form(plan.rhythms, _VOICES)
    chords = [chord_of(mask, root) for mask, root in zip(plan.harmony, plan.roots, strict=True)]
    planned = MelodyPlan(
        harmony=np.concatenate(
            [np.repeat(pitch_classes(mask), HARMONY_TICKS, axis=0) for mask in plan.harmony]
        ),
        roots=_halves(plan.roots),
        chord_roots=_halves([root for root, _ in chords]),
        qualities=_halves([quality for _, quality in chords]),
        levels=_all(plan.voices),
        lengths=_all(plan.lengths),
        register=_all(plan.register),
        thickness=_all(plan.thickness),
        heights=_halves(plan.heights),
        span=_all(plan.span),
        strike=_all(plan.strike),
        form=form,
        form_known=form_known,
        rhythm=rhythm,
        rhythm_known=rhythm_known,
        recalled=_recalled(plan.recall[:_VOICES], _VOICES),
    )
    nothing = np.zeros((TICKS_PER_BAR, len(percussion.DRUMS)), np.float32)
    recent = np.zeros((TICKS_PER_BAR, _VOICES, LAGS), np.float32)
    return melody_condition(_frame(plan, bar), planned, _NO_LINE, nothing, recent)


def beat_rows(plan: BarPlan, bar: int) -> Floats:
    """Return the (16, 126) input rows of a bar for the percussion network."""
    recalled = _recalled(plan.recall[_VOICES:], _KIT)
    planned = PercussionPlan(_all(plan.beat), _all(plan.drums), *_form(plan.drum_form, _KIT), recalled)
    nothing = np.zeros((TICKS_PER_BAR, _VOICES), np.float32)
    recent = np.zeros((TICKS_PER_BAR, _KIT, LAGS), np.float32)
    return percussion_condition(_frame(plan, bar), planned, nothing, recent)


def tune_row(row: Floats, style: Floats, line: int, drums_before: Floats, recent: Floats) -> Floats:
    """Return a tick's row (238,), from that of its bar's rows.

    Shapes: `style` (2,), `drums_before` (9,), `recent` (3, 5). `line` is the lead's last token, 0 for none.
    """
    filled = _filled(row, MELODY_COLUMNS, style, drums_before, recent)
    filled[MELODY_COLUMNS["line"]] = _LINES[line - 1]
    return filled


def beat_row(row: Floats, style: Floats, melody_onsets: Floats, recent: Floats) -> Floats:
    """Return a tick's row (126,), from that of its bar's rows.

    Shapes: `style` (2,), `melody_onsets` (3,), `recent` (4, 5).
    """
    return _filled(row, PERCUSSION_COLUMNS, style, melody_onsets, recent)


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


def _halves(values: Sequence[int]) -> NDArray[np.int64]:
    """Return a value of each half bar as a row for each tick."""
    return np.repeat(np.array(values, np.int64), HARMONY_TICKS)


def _frame(plan: BarPlan, bar: int) -> Frame:
    """Return the ticks and the genres of a bar; zeros stand for the style, and for a genre that is unstated."""
    genre = np.zeros((TICKS_PER_BAR, len(GENRES)), np.float32)
    if plan.genres:
        genre[:] = plan.genres
    elif plan.genre >= 0:
        genre[:, plan.genre] = 1
    return Frame(bar * TICKS_PER_BAR + _TICKS, _SILENT_STYLE, genre)


def _recalled(lags: tuple[int, ...], parts: int) -> Floats:
    """Return (16, parts): 1 for the parts that recall a bar of the plan."""
    row = np.array(lags or (0,) * parts) > 0
    return np.repeat(row.astype(np.float32)[None], TICKS_PER_BAR, axis=0)


def _form(form: tuple[Repeats, ...] | None, parts: int) -> tuple[Floats, Floats]:
    """Return the form (16, parts, 5) and whether it is stated (16, 1); both are zeros if it is not."""
    rows = np.zeros((parts, LAGS), np.float32) if form is None else np.array(form, np.float32)
    known = np.full((TICKS_PER_BAR, 1), form is not None, np.float32)
    return np.repeat(rows[None], TICKS_PER_BAR, axis=0), known
