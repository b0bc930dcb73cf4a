"""The baseline a network must beat: a back-off n-gram over the rows of tokens of whole ticks."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import Layout, Tokens

ORDER: Final = 4
_Hashes = NDArray[np.uint64]
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(29)


class _Counts(NamedTuple):
    """How often each hash was seen, hashes in ascending order."""

    hashes: _Hashes
    counts: NDArray[np.int64]

    def of(self, wanted: _Hashes) -> NDArray[np.float64]:
        """Return the count of each, 0 where never seen."""
        place = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        return np.where(self.hashes[place] == wanted, self.counts[place], 0).astype(np.float64)


class _Level(NamedTuple):
    """One length of context: contexts, contexts with what followed, and how many kinds followed each."""

    contexts: _Counts
    pairs: _Counts
    followers: _Counts


class Ngram:
    """Witten and Bell's interpolated n-gram of ticks, each given up to ORDER - 1 ticks before it.

    At the bottom every slot has its own smoothed frequencies, so no row is impossible.
    """

    def __init__(self, songs: Sequence[Tokens], layout: Layout) -> None:
        self._slots = [
            (np.bincount(column, minlength=slot.size) + 1.0)
            for slot, column in zip(layout.slots, np.concatenate(songs).T, strict=True)
        ]
        hashed = [_contexts(song) for song in songs]
        rows = np.concatenate([row for row, _ in hashed])
        self._levels = [
            _level(np.concatenate([contexts[length] for _, contexts in hashed]), rows)
            for length in range(ORDER)
        ]

    def nats(self, song: Tokens) -> NDArray[np.float64]:
        """(T,) negative log-likelihood of each tick of a song."""
        rows, contexts = _contexts(song)
        chance = np.ones(len(song))
        for column, weights in zip(song.T, self._slots, strict=True):
            chance *= weights[column] / weights.sum()
        for level, context in zip(self._levels, contexts, strict=True):
            seen, kinds = level.contexts.of(context), level.followers.of(context)
            backed = (level.pairs.of(_mixed(context, rows)) + kinds * chance) / np.maximum(seen + kinds, 1)
            chance = np.where(seen > 0, backed, chance)
        surprise: NDArray[np.float64] = -np.log(chance)
        return surprise


def _level(contexts: _Hashes, rows: _Hashes) -> _Level:
    pairs, first, counts = np.unique(_mixed(contexts, rows), return_index=True, return_counts=True)
    return _Level(
        _Counts(*np.unique(contexts, return_counts=True)),
        _Counts(pairs, counts),
        _Counts(*np.unique(contexts[first], return_counts=True)),
    )


def _contexts(song: Tokens) -> tuple[_Hashes, list[_Hashes]]:
    """Hash each row, and the 0, 1, ... ORDER - 1 rows before it; silence precedes a song."""
    rows = np.zeros(len(song), np.uint64)
    for column in song.T:
        rows = _mixed(rows, column.astype(np.uint64))
    contexts = [np.zeros_like(rows)]
    for length in range(1, ORDER):
        earlier = np.zeros_like(rows)
        earlier[length:] = rows[:-length]
        contexts.append(_mixed(contexts[-1], earlier))
    return rows, contexts


def _mixed(one: _Hashes, other: _Hashes) -> _Hashes:
    """Hash two hashes to one; 64 bits make chance meetings too rare to matter."""
    mixed = (one ^ (other + _MULTIPLIER)) * _MULTIPLIER
    return mixed ^ (mixed >> _SHIFT)
