"""Chords by root and quality, found in what sounds: conditions of the melody network."""

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

QUALITIES: Final = ("major", "minor", "major 7", "minor 7", "open")
"""The kinds of chord that networks are conditioned on: triads, the same with a seventh, and chords without a third."""

_TEMPLATES: Final = (
    (0, 4, 7),
    (0, 3, 7),
    (0, 4, 7, 11),
    (0, 4, 7, 10),
    (0, 3, 7, 10),
    (0, 7),
    (0, 5, 7),
    (0, 2, 7),
)
_QUALITY_OF: Final = np.array([0, 1, 2, 2, 3, 4, 4, 4])
# Taken off for each share of the sound outside a chord, and for each of the chord's notes that is missing.
_OUTSIDE, _MISSING, _BASS = 0.6, 0.12, 0.25


@lru_cache(maxsize=1)
def _templates() -> NDArray[np.float64]:
    """Return (12, templates, 12): 1 for each pitch class of a chord on each root."""
    table = np.zeros((12, len(_TEMPLATES), 12))
    for root in range(12):
        for number, steps in enumerate(_TEMPLATES):
            table[root, number, [(root + step) % 12 for step in steps]] = 1
    return table


def chords_of(
    sounding: NDArray[Any], bass: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the root (N,) and the quality (N,) of the chord nearest to what sounds; -1 and -1 in silence.

    `sounding` (N, 12) weighs the pitch classes; `bass` (N,) is the pitch class of the bass, which the root favours, or -1.
    """
    sums = sounding.sum(axis=1, keepdims=True)
    share = sounding / np.maximum(sums, 1e-9)
    templates = _templates()
    inside = np.einsum("np,rtp->nrt", share, templates)
    missing = np.einsum("np,rtp->nrt", (share < 0.04).astype(float), templates)
    score = inside - _OUTSIDE * (1 - inside) - _MISSING * missing
    score += _BASS * (np.arange(12) == np.asarray(bass)[:, None])[:, :, None]
    best = score.reshape(len(share), -1).argmax(axis=1)
    silent = sums[:, 0] <= 0
    roots, kinds = np.divmod(best, len(_TEMPLATES))
    return np.where(silent, -1, roots), np.where(silent, -1, _QUALITY_OF[kinds])


@lru_cache(maxsize=1024)
def chord_of(mask: int, root: int) -> tuple[int, int]:
    """Return the root and the quality of a 12-bit mask whose bass is `root` (-1: unknown); -1 and -1 for an empty mask."""
    row = (mask >> np.arange(12) & 1).astype(float)[None]
    roots, qualities = chords_of(row, np.array([root]))
    return int(roots[0]), int(qualities[0])
