"""Statistics for the figures: Wilson's interval, Spearman's rank correlation, a bootstrap's interval."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from training.evaluation.grid import Numbers

# Two-sided 95 %.
_Z = 1.959964


def wilson(hits: float, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); 0 to 1 without trials."""
    if not trials:
        return 0.0, 1.0
    share, spread = hits / trials, _Z**2 / trials
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the rank correlation (Spearman 1904); ties have their mean rank; 0 if one sequence is constant."""
    first, second = (_ranks(np.asarray(values, np.float64)) for values in (one, other))
    if not first.std() or not second.std():
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _ranks(values: Numbers) -> Numbers:
    below = (values[None] < values[:, None]).sum(axis=1)
    equal = (values[None] == values[:, None]).sum(axis=1)
    ranks: Numbers = below + (equal - 1) / 2
    return ranks


def interval(draws: Numbers) -> tuple[float, float]:
    """Return the 95 % percentile interval of a bootstrap's draws (Efron 1979); NaN if no draw has a value."""
    known = draws[~np.isnan(draws)]
    low, high = np.percentile(known, (2.5, 97.5)) if len(known) else (np.nan, np.nan)
    return float(low), float(high)


def mean_known(values: Numbers) -> Numbers:
    """Return (N,): the mean over the first axis without NaN; NaN where there is no value."""
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Numbers = np.where(known, values, 0).sum(axis=0) / known.sum(axis=0)
    return mean
