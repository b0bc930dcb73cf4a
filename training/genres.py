"""How far each bar of a song belongs to each genre: known for synthetic songs, else inferred from the drums."""

from typing import Final

import numpy as np

from models.beats import BACKBEAT, FOUR, HALF, NONE, TWO_STEP, beats, off_beat_hats
from models.codecs.base import Floats
from models.genres import GENRES, NAMES
from models.notes import BARS_PER_PHRASE, TICKS_PER_BAR
from training.piece import Piece

# The kinds of beat that tell something about the genre.
_TELLING: Final = (FOUR, HALF, TWO_STEP, BACKBEAT)
# With off-beat hats these genres are more probable, by this factor.
_OFF_BEAT: Final = np.isin(NAMES, ("house", "deep house", "trance"))
_OFF_BEAT_FACTOR: Final = 2.0
# (beats, genres): equal weights for the genres that have the beat; rows that tell nothing are zeros.
_HAVE: Final = np.array([[beat in genre.beats for genre in GENRES] for beat in _TELLING], dtype=np.float64)


def genre_weights(piece: Piece) -> Floats:
    """Return (bars, genres): the weights of the genres of each whole bar. A row sums to at most 1; zeros are unknown.

    A bar of an EDM song has the mean weights of the bars with a beat in the eight bars around it. Pieces that are not
    EDM are unknown.
    """
    bars = piece.ticks // TICKS_PER_BAR
    if piece.genre:
        return np.tile(np.array([name == piece.genre for name in NAMES], np.float32), (bars, 1))
    if piece.style != "edm":
        return np.zeros((bars, len(NAMES)), np.float32)
    return _around(_by_beat(piece), beats(piece.percussion) != NONE)


def _by_beat(piece: Piece) -> Floats:
    """Return (bars, genres): weights by each bar's own beat and hats."""
    told = np.equal.outer(beats(piece.percussion), _TELLING).astype(np.float64) @ _HAVE
    told *= np.where(off_beat_hats(piece.percussion)[:, None] & _OFF_BEAT, _OFF_BEAT_FACTOR, 1.0)
    weights: Floats = told / np.maximum(told.sum(axis=1, keepdims=True), 1e-9)
    return weights


def _around(rows: Floats, with_beat: np.ndarray) -> Floats:
    """Return (bars, genres): the means of the rows with a beat among the eight around each bar; zeros without one."""
    ends = np.arange(len(rows)) + BARS_PER_PHRASE // 2
    first, last = np.maximum(ends - BARS_PER_PHRASE, 0), np.minimum(ends, len(rows))
    sums = np.vstack([np.zeros(rows.shape[1]), (rows * with_beat[:, None]).cumsum(axis=0)])
    counts = np.concatenate([[0], with_beat.cumsum()])
    means: Floats = (sums[last] - sums[first]) / np.maximum(counts[last] - counts[first], 1)[:, None]
    return means.astype(np.float32)
