"""Statistics for the figures: Wilson's interval, Spearman's rank correlation, a bootstrap's interval."""

import warnings
from collections.abc import Sequence

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
