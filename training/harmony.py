"""Chord loops of real songs: four bars that return, as a pitch-class set and a root for each half bar."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.arrangement import HOUSE, Loop
from training.sections import BarTable, Ints

# EDM loops have four bars. Classical songs are through-composed; eight bars of them are one period.
HALVES: Final = {"edm": 8, HOUSE: 8, "classical": 16}
# A loop returns if the mean Jaccard index of its sets and those after it reaches this value.
_LIKENESS: Final = {"edm": 0.6, HOUSE: 0.6, "classical": 0.0}
_IN_KEY: Final = 0.85
# A chord whose Jaccard index with the first one is at most this is another chord. House may stay on one chord.
_ANOTHER_CHORD: Final = {"edm": 0.25, HOUSE: 1.0, "classical": 0.25}
# Half bars with one root and this Jaccard index are the same chord with other melody notes.
_SAME_CHORD: Final = 0.6
_LOOPS_OF_A_SONG: Final = 4
_KEPT: Final = 200
_C_MAJOR: Final = np.array([1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1], dtype=bool)
_TRIADS: Final = {
    sum(1 << (root + step) % 12 for step in steps): root
    for root in range(12)
    for steps in ((0, 4, 7), (0, 3, 7))
}


def chord_loops(tables: Iterable[BarTable], style: str) -> list[Loop]:
    """Return loops in the common key, at most a few of each song: the clearest first, then the most frequent."""
    found: Counter[Loop] = Counter()
    for table in tables:
        found.update(dict.fromkeys(loops_of(table, style), 1))
    return sorted((loop for loop, _ in found.most_common(_KEPT)), key=clarity, reverse=True)


def clarity(loop: Loop) -> float:
    """Return how close the half bars are to triads: the mean Jaccard index with the nearest triad, to a tenth."""
    nearest = (max(_jaccard(half, triad) for triad in _TRIADS) for half in loop.masks)
    return round(sum(nearest) / len(loop.masks), 1)


def loops_of(table: BarTable, style: str) -> list[Loop]:
    """Return up to four loops of one song."""
    halves = HALVES[style]
    sets = (table.masks[:, None] >> np.arange(12)) & 1 > 0
    starts = range(0, len(sets) - halves + 1, halves)
    loops = [
        _loop(table.masks[start : start + halves], table.roots[start : start + halves])
        for start, after in pairwise(starts)
        if _is_clear(sets[start : start + halves], style)
        and _likeness(sets[start : start + halves], sets[after : after + halves]) >= _LIKENESS[style]
    ]
    return [loop for loop, _ in Counter(loops).most_common(_LOOPS_OF_A_SONG)]


def _loop(masks: Ints, roots: Ints) -> Loop:
    """Make a loop in which half bars with one root are one chord, without occasional melody notes."""
    halves = [_rooted(*each) for each in zip(masks.tolist(), roots.tolist(), strict=True)]
    settled = tuple(_common_pitch_classes(mask, root, halves) for mask, root in halves)
    return Loop(settled, tuple(root for _, root in halves))


def _rooted(mask: int, root: int) -> tuple[int, int]:
    """Return the half bar with its root: the bass's pitch class if the chord contains it, else that of the nearest triad."""
    if root < 0 or not mask >> root & 1:
        fitting = (triad for triad, its_root in _TRIADS.items() if mask >> its_root & 1)
        root = _TRIADS[max(fitting, key=lambda triad: _jaccard(mask, triad))]
    return mask, root


def _common_pitch_classes(mask: int, root: int, halves: Sequence[tuple[int, int]]) -> int:
    """Return the pitch classes that most half bars of the same chord contain."""
    alike = [other for other, own in halves if own == root and _jaccard(mask, other) >= _SAME_CHORD]
    return sum(1 << n for n in range(12) if 2 * sum(other >> n & 1 for other in alike) > len(alike))


def _jaccard(one: int, other: int) -> float:
    """Return Jaccard's index of two sets of pitch classes."""
    return (one & other).bit_count() / (one | other).bit_count()


def _is_clear(window: NDArray[np.bool_], style: str) -> bool:
    """Return whether half bars have two to five pitch classes, mostly in the key, and the chord changes (house may stay)."""
    sizes = window.sum(axis=1)
    in_key = (window & _C_MAJOR).sum() / max(window.sum(), 1)
    moves = any(_likeness(window[:1], row[None]) <= _ANOTHER_CHORD[style] for row in window)
    return bool((sizes >= 2).all() and (sizes <= 5).all() and in_key >= _IN_KEY and moves)


def _likeness(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    union = (one | other).sum(axis=1)
    return float(((one & other).sum(axis=1) / np.maximum(union, 1)).mean())
