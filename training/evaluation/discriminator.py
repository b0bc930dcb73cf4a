"""Boosted trees, trained afresh, that tell the eight-bar windows of collections apart: own from real, or by genre."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedGroupKFold
from threadpoolctl import threadpool_limits

from training.evaluation.bars import Bars
from training.evaluation.grid import Bools, Numbers
from training.evaluation.music import Music
from training.evaluation.resampling import interval, resampled
from training.evaluation.window_features import Row, table_of, window_features

FOLDS: Final = 5
GROUPINGS: Final = 10
_WINDOWS_PER_SONG: Final = 4
_TREES: Final = {
    "max_iter": 150,
    "learning_rate": 0.06,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 6,
    "class_weight": "balanced",
}


class Verdict(NamedTuple):
    """The area under the ROC curve, with its 95 % interval by resampling songs, and the share of correct windows.

    All are means of ten groupings of the songs into five folds. 0.5 is chance. The accuracy counts both sides the same.
    """

    auc: float
    low: float
    high: float
    accuracy: float
    windows: int
    songs: int


class _Windows(NamedTuple):
    """Windows of one side: their features, and the song number of each."""

    rows: list[Row]
    song: NDArray[np.int64]


def _all_bars(piece: Bars) -> Bools:
    return np.ones(piece.count, bool)


def discriminate(
    one: Sequence[Music],
    other: Sequence[Music],
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Verdict | None:
    """Train on some songs to tell two collections apart, and test on the others; None if there are too few songs.

    At most four windows of each song count. No song is in both training and test.
    """
    rng = np.random.default_rng(seed)
    sides = [_windows(side, rng) for side in (one, other)]
    songs = [len(np.unique(side.song)) for side in sides]
    if min(songs) < FOLDS:
        return None
    table = table_of([*sides[0].rows, *sides[1].rows])
    labels = np.repeat([0, 1], [len(side.song) for side in sides])
    groups = np.concatenate([2 * side.song + label for label, side in enumerate(sides)])
    scores = np.zeros((GROUPINGS, len(labels)))
    # Trees as small as these lose more by waiting for other threads than they gain.
    with threadpool_limits(1):
        for grouping in range(GROUPINGS):
            folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed + grouping)
            for learned, judged in folds.split(table, labels, groups):
                scores[grouping, judged] = _judged(table, labels, learned, judged, seed)[:, 1]
            progress(grouping + 1, GROUPINGS)
    right = [((scores > 0.5) == label)[:, labels == label].mean() for label in (0, 1)]
    low, high = _interval(scores, labels, [side.song for side in sides], seed)
    return Verdict(
        float(_wins(scores, labels).mean()), low, high, float(np.mean(right)), len(labels), sum(songs)
    )


def told_apart(
    sides: Sequence[Sequence[Music]],
    folds: int,
    seed: int = 0,
    bars_of: Callable[[Bars], Bools] = _all_bars,
) -> float:
    """Return the share of windows that trees, trained on other songs, assign to the right collection of several.

    Only windows count that lie in `bars_of` (bars,). Each collection counts the same. Songs with the same number in their
    collections are in the same of the `folds`: sets of one seed share so much that trees would recognise the seed instead
    of the genre.
    """
    rng = np.random.default_rng(seed)
    windows = [_windows(side, rng, bars_of) for side in sides]
    table = table_of([row for side in windows for row in side.rows])
    labels = np.repeat(np.arange(len(windows)), [len(side.song) for side in windows])
    groups = np.concatenate([side.song for side in windows])
    found = np.zeros(len(labels), np.int64)
    with threadpool_limits(1):
        parts = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        for learned, judged in parts.split(table, labels, groups):
            found[judged] = _judged(table, labels, learned, judged, seed).argmax(axis=1)
    return float(np.mean([(found == label)[labels == label].mean() for label in range(len(windows))]))


def _judged(
    table: Numbers,
    labels: NDArray[np.int64],
    learned: NDArray[np.int64],
    judged: NDArray[np.int64],
    seed: int,
) -> Numbers:
    """Return (windows, labels): the probabilities of the `judged` windows by trees trained on the `learned` ones."""
    known = ~np.isnan(table[learned]).all(axis=0)
    trees = HistGradientBoostingClassifier(**_TREES, random_state=seed)
    trees.fit(table[learned][:, known], labels[learned])
    chances: Numbers = trees.predict_proba(table[judged][:, known])
    return chances


def _windows(
    side: Sequence[Music], rng: np.random.Generator, bars_of: Callable[[Bars], Bools] = _all_bars
) -> _Windows:
    rows, numbers = [], []
    for number, song in enumerate(side):
        piece = Bars(song)
        counts = bars_of(piece)
        every = zip(window_features(piece), piece.windows(), strict=True)
        own = [row for row, bars in every if counts[bars].all()]
        chosen = rng.permutation(len(own))[:_WINDOWS_PER_SONG]
        rows += [own[each] for each in chosen]
        numbers += [number] * len(chosen)
    return _Windows(rows, np.array(numbers, np.int64))


def _wins(scores: Numbers, labels: NDArray[np.int64]) -> Numbers:
    """Return (windows of one, windows of other): how often the other's score is higher; a tie counts half.

    Its mean is the area under the ROC curve (Hanley and McNeil 1982).
    """
    one, other = scores[:, labels == 0, None], scores[:, None, labels == 1]
    wins: Numbers = np.mean([(b > a) + 0.5 * (b == a) for a, b in zip(one, other, strict=True)], axis=0)
    return wins


def _interval(
    scores: Numbers, labels: NDArray[np.int64], songs: Sequence[NDArray[np.int64]], seed: int
) -> tuple[float, float]:
    """Return the 95 % interval of the area, by resampling the songs of both sides."""
    weights = []
    for side, own in enumerate(songs):
        names, place = np.unique(own, return_inverse=True)
        weights.append(resampled(len(names), seed + side)[:, place])
    drawn = np.einsum("dr,rg,dg->d", weights[0], _wins(scores, labels), weights[1], optimize=True)
    return interval(drawn / (weights[0].sum(axis=1) * weights[1].sum(axis=1)))
