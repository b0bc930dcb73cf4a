"""One song as rows for training the plan network: the inputs and targets of each bar."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.codecs import bars, plan
from models.codecs.bar_analysis import rows_of
from models.codecs.base import LOOKBACK_BARS, Tokens
from models.notes import SECTIONS, TICKS_PER_BAR
from training.genres import genre_weights
from training.piece import Piece
from training.sections import bar_table, sections
from training.simplicity import simplicity
from training.systems.edm.lesson import Lesson

_UNSTATED: Final = -1


def bar_lesson(piece: Piece, weight: float = 1.0) -> Lesson:
    """Prepare a piece as a lesson for the plan network; a row is a bar."""
    rows = rows_of(piece.melody, piece.percussion)
    past = [_shifted(rows, ago).astype(np.uint8) for ago in (1, *LOOKBACK_BARS)]
    lived = np.arange(len(rows))[:, None, None] >= LOOKBACK_BARS
    matched = matches(rows)
    return Lesson(
        {
            "previous": past[0],
            "lookback": np.stack(past[1:], axis=1),
            "condition": bars.condition(circumstances(piece)).astype(np.float16),
            "valid": np.broadcast_to(lived, matched.shape),
            "target": rows.astype(np.uint8),
            "matched": matched,
        },
        weight,
    )


def matches(rows: Tokens) -> NDArray[np.bool_]:
    """Return (bars, parts, 4): whether a part's row equals that of each lookback; False before the first bar."""
    result = np.zeros((len(rows), len(bars.LAYOUT.parts), bars.LAGS), bool)
    for lag, ago in enumerate(LOOKBACK_BARS):
        same = rows == _shifted(rows, ago)
        for part, (start, stop) in enumerate(bars.LAYOUT.part_ranges):
            result[ago:, part, lag] = same[ago:, start:stop].all(axis=1)
    return result


def circumstances(piece: Piece) -> bars.Circumstances:
    """Return the circumstances of the whole bars of a piece; songs without a drop have no sections."""
    count = piece.ticks // TICKS_PER_BAR
    age, left, section, following = (np.full(count, _UNSTATED) for _ in range(4))
    energy = np.full(count, float(_UNSTATED))
    age[:] = np.arange(count)
    found = sections(bar_table(piece))
    for each, after in zip(found, (*found[1:], None), strict=False):
        here = slice(each.start, each.stop)
        age[here] = np.arange(each.stop - each.start)
        section[here], energy[here] = SECTIONS.index(each.name), each.energy
        if after:
            left[here] = age[here][::-1]
            following[here] = SECTIONS.index(after.name)
    style = np.tile(piece.style_vector(), (count, 1))
    tune = piece.melody[: count * TICKS_PER_BAR]
    return bars.Circumstances(
        *(age, left, section, following, energy, style, genre_weights(piece)),
        simplicity(tune),
        _same_chords(tune),
    )


def _same_chords(tune: Tokens) -> NDArray[np.bool_]:
    """Return (bars, 4): whether both half bars have the chords of each lookback."""
    chords = np.stack(plan.chords(tune), axis=1).reshape(-1, 4)
    same = np.zeros((len(chords), bars.LAGS), bool)
    for lag, ago in enumerate(LOOKBACK_BARS):
        same[ago:, lag] = (chords[ago:] == chords[:-ago]).all(axis=1)
    return same


def _shifted(rows: Tokens, ago: int) -> Tokens:
    past = np.zeros_like(rows)
    past[ago:] = rows[:-ago]
    return past
