"""Statistics for the figures: Wilson's interval, Spearman's rank correlation, means of known values."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest, spearmanr

from training.evaluation.grid import Numbers


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); 0 to 1 without trials."""
    low, high = binomtest(hits, trials).proportion_ci(method="wilson") if trials else (0.0, 1.0)
    return float(low), float(high)


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the rank correlation (Spearman 1904); ties have their mean rank; 0 if one sequence is constant."""
    constant = len(set(one)) < 2 or len(set(other)) < 2
    return 0.0 if constant else float(spearmanr(one, other).statistic)


def mean_known(values: Numbers) -> Numbers:
    """Return (N,): the mean over the first axis without NaN; NaN where there is no value."""
    with warnings.catch_warnings(category=RuntimeWarning, action="ignore"):
        mean: Numbers = np.nanmean(values, axis=0)
    return mean


def number(value: float | np.floating[Any]) -> float | None:
    """Round to four decimals; None for NaN, which JSON cannot represent."""
    return None if np.isnan(value) else round(float(value), 4)
