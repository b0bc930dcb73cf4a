"""Overlapping area of two collections' feature distributions (Yang & Lerch 2018). Every song has the same weight."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from training.evaluation.features import FEATURES
from training.evaluation.grid import Numbers
from training.evaluation.resampling import interval
from training.evaluation.statistics import mean_known

_POINTS: Final = 256
_DRAWS: Final = 1000
# The narrowest kernel as a share of the axis, because a feature with few values would have no width.
_NARROWEST: Final = 1 / 50


class Curve(NamedTuple):
    """Density of one feature: `each` (songs, 256) on `axis`; `known` (songs,) is 0 where it is undefined in a song."""

    axis: Numbers
    each: Numbers
    known: Numbers

    @property
    def density(self) -> Numbers:
        """(256,): the density of the whole collection."""
        mean: Numbers = _mean(self, np.ones((1, len(self.each))))[0]
        return mean


class Overlap(NamedTuple):
    """Area that two collections share, 0 to 1: by feature (in the order of `FEATURES`), and its mean with an interval."""

    by_feature: dict[str, float]
    mean: float
    low: float
    high: float
    draws: Numbers


def curves(songs: Sequence[Numbers], reference: Sequence[Numbers]) -> dict[str, Curve]:
    """Return densities of `songs`, each (windows, 13), on axes and with kernels that depend on `reference`."""
    found = {}
    for column, name in enumerate(FEATURES):
        known = np.concatenate([song[:, column] for song in reference])
        axis, width = _axis(known[~np.isnan(known)])
        own = [song[~np.isnan(song[:, column]), column] for song in songs]
        each = np.stack([_kernels(values, axis, width) for values in own])
        found[name] = Curve(axis, each, np.array([len(values) > 0 for values in own], np.float64))
    return found


def overlap(songs: Sequence[Numbers], reference: Sequence[Numbers], seed: int = 0) -> Overlap:
    """Return the shared area of two collections of songs, each (windows, 13); the interval is by resampling songs."""
    one, other = curves(songs, reference), curves(reference, reference)
    rng = np.random.default_rng(seed)
    counts = [_resampled(rng, len(songs)), _resampled(rng, len(reference))]
    exact = {name: float(_area(one[name], other[name], *_whole(counts))[0]) for name in FEATURES}
    draws = mean_known(np.stack([_area(one[name], other[name], *counts) for name in FEATURES]))
    return Overlap(exact, float(mean_known(np.array(list(exact.values())))), *interval(draws), draws)


def ratio(one: Overlap, ceiling: Overlap) -> tuple[float, float, float]:
    """Return the ratio to the ceiling with its 95 % interval."""
    return one.mean / ceiling.mean, *interval(one.draws / ceiling.draws)


def _whole(counts: Sequence[Numbers]) -> list[Numbers]:
    return [np.ones((1, each.shape[1])) for each in counts]


def _resampled(rng: np.random.Generator, songs: int) -> Numbers:
    """Return (draws, songs): how often each song was drawn."""
    return rng.multinomial(songs, np.full(songs, 1 / songs), _DRAWS).astype(np.float64)


def _area(one: Curve, other: Curve, count: Numbers, other_count: Numbers) -> Numbers:
    """Return (draws,): the integral of the smaller density."""
    lesser = np.minimum(_mean(one, count), _mean(other, other_count))
    area: Numbers = lesser.sum(axis=1) * (one.axis[1] - one.axis[0])
    return area


def _mean(curve: Curve, count: Numbers) -> Numbers:
    """Return (draws, 256): the mean density over the songs with a value; NaN where there is none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Numbers = (count @ curve.each) / (count @ curve.known)[:, None]
    return mean


def _axis(values: Numbers) -> tuple[Numbers, float]:
    """Return points over the range of the reference, and a kernel width by Silverman's rule (1986)."""
    if not len(values):
        return np.linspace(0, 1, _POINTS), _NARROWEST
    low, high = float(values.min()), float(values.max())
    span = (high - low) or max(abs(high), 1.0)
    quartiles = np.percentile(values, (25, 75))
    spread = min(float(values.std()), float(np.ptp(quartiles)) / 1.34) or float(values.std())
    width = max(0.9 * spread * len(values) ** -0.2, span * _NARROWEST)
    return np.linspace(low - span / 4, high + span / 4, _POINTS), width


def _kernels(values: Numbers, axis: Numbers, width: float) -> Numbers:
    """Return (256,): the Gaussian kernel density of one song's values; zeros without values."""
    if not len(values):
        return np.zeros(len(axis))
    distance = (axis[None] - values[:, None]) / width
    density: Numbers = np.exp(-0.5 * distance**2).mean(axis=0) / (width * np.sqrt(2 * np.pi))
    return density
