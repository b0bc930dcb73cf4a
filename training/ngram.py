"""Baselines for the networks: back-off n-grams over whole ticks."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import LOOKBACK_TICKS, Layout, Tokens

ORDER: Final = 4
_Hashes = NDArray[np.uint64]
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(29)


class _Counts(NamedTuple):
    """How often each hash occurred; hashes are in ascending order."""

    hashes: _Hashes
    counts: NDArray[np.int64]

    def of(self, wanted: _Hashes) -> NDArray[np.float64]:
        """Return the count of each hash, 0 if it did not occur."""
        place = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        return np.where(self.hashes[place] == wanted, self.counts[place], 0).astype(np.float64)


class _Level(NamedTuple):
    """One context length: counts of contexts, of contexts with the next tick, and of the different ticks after each."""

    contexts: _Counts
    pairs: _Counts
    followers: _Counts


class Ngram:
    """Witten and Bell's interpolated n-gram of ticks. The context is up to ORDER - 1 ticks.

    With `lookback` there are longer contexts: the tick one bar ago; this and the last tick; these and the ticks 2, 4
    and 8 bars ago, one more in each context. An unseen context backs off to the next shorter one. At the lowest
    level every slot has smoothed frequencies, so that no tick has probability zero.
    """

    def __init__(self, songs: Sequence[Tokens], layout: Layout, *, lookback: bool = False) -> None:
        self._lookback = lookback
        self._slots = [
            (np.bincount(column, minlength=slot.size) + 1.0)
            for slot, column in zip(layout.slots, np.concatenate(songs).T, strict=True)
        ]
        hashed = [self._hashed(song) for song in songs]
        rows = np.concatenate([row for row, _ in hashed])
        self._levels = [
            _level(np.concatenate(contexts), rows)
            for contexts in zip(*(contexts for _, contexts in hashed), strict=True)
        ]

    def nats(self, song: Tokens) -> NDArray[np.float64]:
        """Return (T,): the negative log-likelihood of each tick of a song."""
        rows, contexts = self._hashed(song)
        chance = np.ones(len(song))
        for column, weights in zip(song.T, self._slots, strict=True):
            chance *= weights[column] / weights.sum()
        for level, context in zip(self._levels, contexts, strict=True):
            seen, kinds = level.contexts.of(context), level.followers.of(context)
            backed = (level.pairs.of(_mixed(context, rows)) + kinds * chance) / np.maximum(seen + kinds, 1)
            chance = np.where(seen > 0, backed, chance)
        surprise: NDArray[np.float64] = -np.log(chance)
        return surprise

    def _hashed(self, song: Tokens) -> tuple[_Hashes, list[_Hashes]]:
        """Hash each row and each of its contexts, the lowest level first."""
        rows = np.zeros(len(song), np.uint64)
        for column in song.T:
            rows = _mixed(rows, column.astype(np.uint64))
        return rows, [*_ticks_before(rows), *(_bars_before(rows) if self._lookback else ())]


def _level(contexts: _Hashes, rows: _Hashes) -> _Level:
    pairs, first, counts = np.unique(_mixed(contexts, rows), return_index=True, return_counts=True)
    return _Level(
        _Counts(*np.unique(contexts, return_counts=True)),
        _Counts(pairs, counts),
        _Counts(*np.unique(contexts[first], return_counts=True)),
    )


def _ticks_before(rows: _Hashes) -> list[_Hashes]:
    """Hash the 0, 1, ... ORDER - 1 rows before each row."""
    contexts = [np.zeros_like(rows)]
    for length in range(1, ORDER):
        contexts.append(_mixed(contexts[-1], _earlier(rows, length)))
    return contexts


def _bars_before(rows: _Hashes) -> list[_Hashes]:
    """Hash the contexts of the lookback: the row one bar ago; this and the last row; then one more lookback in each."""
    near, *far = (_earlier(rows, ticks) for ticks in LOOKBACK_TICKS)
    contexts = [near]
    for each in (_earlier(rows, 1), *far):
        contexts.append(_mixed(contexts[-1], each))
    return contexts


def _earlier(rows: _Hashes, ticks: int) -> _Hashes:
    """Return the rows `ticks` earlier, zeros before the song begins."""
    earlier = np.zeros_like(rows)
    earlier[ticks:] = rows[: max(len(rows) - ticks, 0)]
    return earlier


def _mixed(one: _Hashes, other: _Hashes) -> _Hashes:
    """Combine two hashes into one. With 64 bits, collisions are too rare to matter."""
    mixed = (one ^ (other + _MULTIPLIER)) * _MULTIPLIER
    return mixed ^ (mixed >> _SHIFT)
