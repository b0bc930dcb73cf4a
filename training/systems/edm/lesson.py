"""One song as rows for training a tick network: the inputs and targets of each tick."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.codecs import melody, percussion
from models.codecs.base import LOOKBACK_TICKS, RECALL, Floats, Tokens, matches, recent_matches, shifted
from models.codecs.condition import Frame, melody_condition, percussion_condition
from models.codecs.plan import MelodyPlan, PercussionPlan, melody_plan, percussion_plan
from training.genres import genre_weights
from training.piece import Piece
from training.systems.edm.recall import Recalled, first_alike, longest_match, per_tick, repeated

LAYOUTS: Final = {"melody": melody.LAYOUT, "percussion": percussion.LAYOUT}
_LEAD: Final = slice(melody.LAYOUT.part_ranges[2][0], melody.LAYOUT.part_ranges[2][1] - 1)

Rows = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Lesson:
    """One song ready for training: T rows of each input and target, by name.

    `weight` is how many times an epoch uses it, on average.
    """

    rows: Rows
    weight: float

    @property
    def ticks(self) -> int:
        """Length in ticks."""
        return len(self.rows["target"])


def lesson(piece: Piece, part: str, weight: float = 1.0) -> Lesson:
    """Prepare a piece as a lesson for the melody or the percussion network.

    The condition names the recalled bars of `first_alike` and has no match rates of a recall: `Streams` fills them in.
    """
    tokens, layout = piece.tokens(part), LAYOUTS[part]
    matched = matches(tokens, layout)
    told, longest = first_alike(tokens, layout), longest_match(tokens, layout)
    past = [shifted(tokens, ago).astype(np.uint8) for ago in (1, *LOOKBACK_TICKS)]
    lived = np.arange(len(tokens))[:, None, None] >= LOOKBACK_TICKS
    rows: Rows = {
        "previous": past[0],
        "lookback": np.stack(past[1:], axis=1),
        "condition": _condition(piece, part, matched, told).astype(np.float16),
        "valid": np.broadcast_to(lived, matched.shape),
        "target": tokens.astype(np.uint8),
        "matched": matched,
        **dict(_named("told", told)),
        **dict(_named("longest", longest)),
    }
    return Lesson(rows, weight)


def line(tokens: Tokens) -> NDArray[np.int64]:
    """Return (T,): the lead's highest token of the last tick, before each one, in which it sounded; 0 before its first."""
    tops = shifted(tokens[:, _LEAD].max(axis=1, keepdims=True), 1)[:, 0]
    last = np.maximum.accumulate(np.where(tops > 0, np.arange(len(tops)), 0))
    found: NDArray[np.int64] = tops[last]
    return found


def _condition(piece: Piece, part: str, matched: NDArray[np.bool_], told: Recalled) -> Floats:
    tokens, layout = piece.tokens(part), LAYOUTS[part]
    recent = np.zeros((*matched.shape[:2], RECALL + 1), np.float32)
    recent[:, :, :RECALL] = recent_matches(matched)
    style = np.tile(piece.style_vector(), (piece.ticks, 1))
    genre = per_tick(genre_weights(piece), piece.ticks)
    frame = Frame(np.arange(piece.ticks), style, genre)
    equal, same_onsets = (per_tick(each, piece.ticks) for each in repeated(tokens, layout, told))
    recalled = (told.lags > 0).astype(np.float32)
    if part == "melody":
        tune: MelodyPlan = melody_plan(tokens)._replace(recalled=recalled)
        tune.form[:, :, RECALL], tune.rhythm[:, :, RECALL] = equal, same_onsets
        drums = percussion.struck(shifted(piece.percussion, 1))
        return melody_condition(frame, tune, line(tokens) - 1, drums, recent)
    beat: PercussionPlan = percussion_plan(tokens)._replace(recalled=recalled)
    beat.form[:, :, RECALL] = equal
    return percussion_condition(frame, beat, melody.onsets(piece.melody), recent)


def _named(name: str, recalled: Recalled) -> Iterator[tuple[str, NDArray[Any]]]:
    yield f"{name}_tokens", recalled.tokens
    yield f"{name}_valid", recalled.lags > 0
    yield f"{name}_matched", recalled.matched
    yield f"{name}_rates", recalled.rates.astype(np.float16)
