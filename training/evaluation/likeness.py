"""Similarity of bars: self-similarity (Foote 1999) by Jaccard's index of the onsets in each bar."""

import numpy as np

from training.evaluation.grid import Bools, Numbers


def at_lag(bars: Bools, lag: int) -> Numbers:
    """Return (bars,): the similarity (0 to 1) of each bar to that `lag` bars before; NaN without one or if both rest."""
    result = np.full(len(bars), np.nan)
    if lag < len(bars):
        result[lag:] = of_pairs(bars[lag:], bars[:-lag])
    return result


def of_pairs(one: Bools, other: Bools) -> Numbers:
    """Return (N,): the similarity of each row to the other's row; NaN if both are empty."""
    return _ratio((one & other).sum(axis=1), (one | other).sum(axis=1))


def matrix(bars: Bools) -> Numbers:
    """Return (bars, bars): the similarity of every pair of bars. Two silent bars have similarity 1."""
    return between(bars, bars)


def between(one: Bools, other: Bools) -> Numbers:
    """Return (N, M): the similarity of every row of one to every row of the other. Two empty rows have similarity 1."""
    mine, theirs = one.astype(np.float32), other.astype(np.float32)
    common = mine @ theirs.T
    union = mine.sum(axis=1)[:, None] + theirs.sum(axis=1)[None] - common
    return np.nan_to_num(_ratio(common, union), nan=1.0)


def _ratio(common: Numbers | np.ndarray, union: Numbers | np.ndarray) -> Numbers:
    with np.errstate(invalid="ignore", divide="ignore"):
        result: Numbers = np.asarray(common, np.float64) / np.asarray(union, np.float64)
    return result
