"""Chord loops of real songs: four bars of half-bar pitch-class sets that come back."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.bundle import ChordLoop
from models.codecs import plan
from training.corpus import Piece

HALVES: Final = 8
# A loop counts as returning when its sets share this much (Jaccard) with the next four bars' on average.
_LIKENESS: Final = {"edm": 0.6, "classical": 0.35}
_C_MAJOR: Final = np.array([1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1], dtype=bool)
_KEPT: Final = 240
_TRIADS: Final = tuple(
    sum(1 << (root + step) % 12 for step in steps) for root in range(12) for steps in ((0, 4, 7), (0, 3, 7))
)


def chord_loops(pieces: Iterable[Piece]) -> dict[str, list[ChordLoop]]:
    """Loops by style in the common key, at most a few from any one song: the clearest first, then the most frequent."""
    found: dict[str, Counter[ChordLoop]] = {style: Counter() for style in _LIKENESS}
    for piece in pieces:
        if piece.style in found:
            found[piece.style].update(dict.fromkeys(loops_of(piece), 1))
    return {
        style: sorted((loop for loop, _ in loops.most_common(_KEPT)), key=clarity, reverse=True)
        for style, loops in found.items()
    }


def clarity(loop: ChordLoop) -> float:
    """How nearly the half bars are triads: mean Jaccard likeness with the nearest major or minor one, to a tenth."""
    nearest = (
        max((half & triad).bit_count() / (half | triad).bit_count() for triad in _TRIADS) for half in loop
    )
    return round(sum(nearest) / len(loop), 1)


def loops_of(piece: Piece) -> list[ChordLoop]:
    """Up to four loops of one song."""
    sets = plan.harmony(piece.melody) > 0
    windows = [sets[start : start + HALVES] for start in range(0, len(sets) - HALVES + 1, HALVES)]
    loops = [
        _masks(window)
        for window, following in pairwise(windows)
        if _clear(window) and _likeness(window, following) >= _LIKENESS[piece.style]
    ]
    return [loop for loop, _ in Counter(loops).most_common(4)]


def _clear(window: NDArray[np.bool_]) -> bool:
    """Every half bar sounds, with two to five pitch classes, most of them in the key, and the loop moves."""
    sizes = window.sum(axis=1)
    in_key = (window & _C_MAJOR).sum() / max(window.sum(), 1)
    moves = len({row.tobytes() for row in window}) > 1
    return bool((sizes >= 2).all() and (sizes <= 5).all() and in_key >= 0.85 and moves)


def _likeness(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    union = (one | other).sum(axis=1)
    return float(((one & other).sum(axis=1) / np.maximum(union, 1)).mean())


def _masks(window: NDArray[np.bool_]) -> ChordLoop:
    return tuple(int(sum(1 << int(pitch) for pitch in np.flatnonzero(row))) for row in window)
