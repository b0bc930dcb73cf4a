"""The statistics of a study: means with intervals, paired tests, the effect of order. Pure functions over ratings.

Listeners are the sample. Each listener's ratings of a source are first averaged, so that a listener counts once.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LEVEL: Final = 0.95
_MOST_EXACT: Final = 50
Numbers = NDArray[np.float64]


class Rated(NamedTuple):
    """One rated clip: its place among the listener's clips (from 0), its source and the ratings of all scales."""

    place: int
    source: str
    clip: str
    ratings: tuple[int, ...]


class Mean(NamedTuple):
    """A mean over `n` listeners with the limits of its 95 % interval, which are None for fewer than two."""

    mean: float
    low: float | None
    high: float | None
    n: int


class Comparison(NamedTuple):
    """Two sources on one scale: the mean difference (first minus second) over listeners, and the test of it.

    `p` is None if no listener rated the two differently; `p_holm` is corrected for all tests of the report.
    """

    scale: str
    first: str
    second: str
    difference: Mean
    differing: int
    p: float | None
    p_holm: float | None = None


Listeners = Sequence[Sequence[Rated]]


def mean_of(values: Sequence[float] | Numbers) -> Mean:
    """Return the mean of one value for each listener, with Student's t interval."""
    numbers = np.asarray(values, np.float64)
    mean, n = float(numbers.mean()), len(numbers)
    if n < 2:
        return Mean(mean, None, None, n)
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1) * numbers.std(ddof=1) / math.sqrt(n))
    return Mean(mean, mean - half, mean + half, n)


def source_means(listeners: Listeners, scale: int, sources: Sequence[str]) -> dict[str, Mean]:
    """Return the mean of each source that was rated. `scale` is the number of the scale."""
    return {
        source: mean_of(values)
        for source in sources
        if (values := [v for each in listeners if (v := _own_mean(each, scale, source)) is not None])
    }


def comparisons(listeners: Listeners, scales: Sequence[str], sources: Sequence[str]) -> list[Comparison]:
    """Compare each pair of sources on each scale by Wilcoxon's signed-rank test, with Holm's correction over all tests."""
    found = [
        compared
        for number, scale in enumerate(scales)
        for first, second in combinations(sources, 2)
        if (compared := _compared(listeners, number, scale, first, second)) is not None
    ]
    corrected = iter(holm([each.p for each in found if each.p is not None]))
    return [each if each.p is None else each._replace(p_holm=next(corrected)) for each in found]


def holm(values: Sequence[float]) -> list[float]:
    """Return p values corrected by Holm's method, in the given order."""
    corrected, highest = [0.0] * len(values), 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        highest = max(highest, min((len(values) - rank) * values[index], 1.0))
        corrected[index] = highest
    return corrected


def least_listeners(tests: int) -> int:
    """Return how many listeners with a difference the smallest p value needs to stay below 0.05 after the correction.

    The smallest p of the signed-rank test with n differences is 2 / 2^n.
    """
    return math.floor(math.log2(2 * tests / (1 - LEVEL))) + 1


def means_by_place(listeners: Listeners, scale: int) -> list[Mean]:
    """Return the mean rating at each place in the order, over all sources."""
    places = max((rated.place for each in listeners for rated in each), default=-1) + 1
    columns: list[list[float]] = [[] for _ in range(places)]
    for each in listeners:
        for rated in each:
            columns[rated.place].append(rated.ratings[scale])
    return [mean_of(column) for column in columns if column]


def drift(listeners: Listeners, scale: int) -> Mean | None:
    """Return how much ratings change from the first to the last clip: each listener's regression line, averaged."""
    slopes = [
        float(np.polyfit([rated.place for rated in each], [rated.ratings[scale] for rated in each], 1)[0])
        * (max(rated.place for rated in each) - min(rated.place for rated in each))
        for each in listeners
        if len({rated.place for rated in each}) > 1
    ]
    return mean_of(slopes) if slopes else None


def clip_means(listeners: Listeners, scale: int) -> dict[str, Mean]:
    """Return the mean rating of each clip."""
    found: dict[str, list[float]] = {}
    for each in listeners:
        for rated in each:
            found.setdefault(rated.clip, []).append(rated.ratings[scale])
    return {clip: mean_of(values) for clip, values in found.items()}


def _compared(listeners: Listeners, number: int, scale: str, first: str, second: str) -> Comparison | None:
    pairs = [(_own_mean(each, number, first), _own_mean(each, number, second)) for each in listeners]
    differences = np.array([a - b for a, b in pairs if a is not None and b is not None])
    if not len(differences):
        return None
    differences = np.round(differences, 9)  # means of equal ratings may differ in the last bit
    differing = int(np.count_nonzero(differences))
    p = signed_rank(differences) if differing else None
    return Comparison(scale, first, second, mean_of(differences), differing, p)


def signed_rank(differences: Numbers) -> float:
    """Return the two-sided p of Wilcoxon's signed-rank test, without differences of zero.

    Up to 50 differences it is exact, with ties too: SciPy counts out ties only for 13, and takes seconds for that.
    """
    nonzero = differences[differences != 0]
    if len(nonzero) > _MOST_EXACT:
        result: Any = stats.wilcoxon(nonzero)
        return float(result.pvalue)
    doubled = np.rint(2 * stats.rankdata(np.abs(nonzero))).astype(int)  # ranks of ties may be halves
    sums = np.ones(1)  # of how many signs, as a share, the positive ranks have each sum
    for rank in doubled:
        sums = (np.pad(sums, (0, rank)) + np.pad(sums, (rank, 0))) / 2
    positive = int(doubled[nonzero > 0].sum())
    return min(2 * float(min(sums[: positive + 1].sum(), sums[positive:].sum())), 1.0)


def _own_mean(rated: Sequence[Rated], scale: int, source: str) -> float | None:
    own = [each.ratings[scale] for each in rated if each.source == source]
    return sum(own) / len(own) if own else None


def as_json(value: Any) -> Any:
    """Return named tuples as dictionaries, for JSON."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: as_json(each) for key, each in value._asdict().items()}
    if isinstance(value, Mapping):
        return {key: as_json(each) for key, each in value.items()}
    return [as_json(each) for each in value] if isinstance(value, list | tuple) else value
