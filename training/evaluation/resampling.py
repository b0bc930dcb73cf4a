"""95 % intervals by resampling songs (Efron 1979), because the values of one song are alike. Needs only NumPy."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_DRAWS: Final = 1000
Numbers = NDArray[np.float64]


def interval(draws: Numbers) -> tuple[float, float]:
    """Return the 95 % percentile interval of a bootstrap's draws (Efron 1979); NaN if no draw has a value."""
    known = draws[~np.isnan(draws)]
    low, high = np.percentile(known, (2.5, 97.5)) if len(known) else (np.nan, np.nan)
    return float(low), float(high)


def resampled(songs: int, seed: int = 0) -> Numbers:
    """Return (draws, songs): how often each song was drawn in each of a thousand resamplings."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(songs, np.full(songs, 1 / songs), _DRAWS).astype(np.float64)


def resampled_mean(values: Sequence[Numbers], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of the mean of all values, each array those of one song."""
    sums, sizes = (np.array([of(each) for each in values], float) for of in (np.sum, len))
    return resampled_ratio(sums, sizes, seed)


def resampled_ratio(sums: Numbers, sizes: Numbers | NDArray[np.int64], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of the ratio of two totals, from the sum and the size of each song."""
    counts = resampled(len(sums), seed)
    with np.errstate(invalid="ignore"):
        return interval((counts @ sums) / (counts @ sizes))


def resampled_median(values: Sequence[Numbers], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of the median of all values, each array those of one song."""
    owner = np.repeat(np.arange(len(values)), [len(each) for each in values])
    every = np.concatenate([*values, np.zeros(0)])
    order = np.argsort(every, kind="stable")
    weights = resampled(len(values), seed)[:, owner[order]].cumsum(axis=1)
    drawn = weights[weights[:, -1] > 0]
    middle = (drawn >= drawn[:, -1:] / 2).argmax(axis=1)
    return interval(every[order][middle])
