"""Statistics for the figures: Wilson's interval, Spearman's rank correlation, intervals by resampling songs."""

import warnings
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from scipy.stats import binomtest, spearmanr

from training.evaluation.grid import Numbers

_DRAWS: Final = 1000


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); 0 to 1 without trials."""
    low, high = binomtest(hits, trials).proportion_ci(method="wilson") if trials else (0.0, 1.0)
    return float(low), float(high)


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the rank correlation (Spearman 1904); ties have their mean rank; 0 if one sequence is constant."""
    constant = len(set(one)) < 2 or len(set(other)) < 2
    return 0.0 if constant else float(spearmanr(one, other).statistic)


def interval(draws: Numbers) -> tuple[float, float]:
    """Return the 95 % percentile interval of a bootstrap's draws (Efron 1979); NaN if no draw has a value."""
    known = draws[~np.isnan(draws)]
    low, high = np.percentile(known, (2.5, 97.5)) if len(known) else (np.nan, np.nan)
    return float(low), float(high)


def mean_known(values: Numbers) -> Numbers:
    """Return (N,): the mean over the first axis without NaN; NaN where there is no value."""
    with warnings.catch_warnings(category=RuntimeWarning, action="ignore"):
        mean: Numbers = np.nanmean(values, axis=0)
    return mean


def resampled(songs: int, seed: int = 0) -> Numbers:
    """Return (draws, songs): how often each song was drawn in each of a thousand resamplings."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(songs, np.full(songs, 1 / songs), _DRAWS).astype(np.float64)


def resampled_mean(values: Sequence[Numbers], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of the mean of all values, each array those of one song."""
    counts = resampled(len(values), seed)
    sums, sizes = (np.array([of(each) for each in values], float) for of in (np.sum, len))
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


def number(value: float | np.floating[Any]) -> float | None:
    """Round to four decimals; None for NaN, which JSON cannot represent."""
    return None if np.isnan(value) else round(float(value), 4)
