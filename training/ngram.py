"""A baseline for the networks: a back-off n-gram over rows of tokens."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import Slot, Tokens

ORDER: Final = 5
Hashes = NDArray[np.uint64]
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(29)


class _Counts(NamedTuple):
    """How often each hash occurred; hashes are in ascending order."""

    hashes: Hashes
    counts: NDArray[np.int64]

    def of(self, wanted: Hashes) -> NDArray[np.float64]:
        """Return the count of each hash, 0 if it did not occur."""
        place = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        return np.where(self.hashes[place] == wanted, self.counts[place], 0).astype(np.float64)


class _Level(NamedTuple):
    """One context length: counts of contexts, of contexts with the next tick, and of the different ticks after each."""

    contexts: _Counts
    pairs: _Counts
    followers: _Counts


class Ngram:
    """Witten and Bell's interpolated n-gram of rows, such as whole ticks or the tokens of one part.

    The context is up to ORDER - 1 rows. An unseen context backs off to the next shorter one. At the lowest level every
    slot has smoothed frequencies, so that no row has probability zero.
    """

    def __init__(self, songs: Sequence[Tokens], slots: Sequence[Slot]) -> None:
        self._slots = [
            (np.bincount(column, minlength=slot.size) + 1.0)
            for slot, column in zip(slots, np.concatenate(songs).T, strict=True)
        ]
        hashed = [hashes(song) for song in songs]
        rows = np.concatenate(hashed)
        contexts = zip(*(_contexts(each) for each in hashed), strict=True)
        self._levels = [_level(np.concatenate(each), rows) for each in contexts]

    def chances(self, song: Tokens) -> NDArray[np.float64]:
        """Return (T,): the probability of each row of a song."""
        rows = hashes(song)
        chance = np.ones(len(song))
        for column, weights in zip(song.T, self._slots, strict=True):
            chance *= weights[column] / weights.sum()
        for level, context in zip(self._levels, _contexts(rows), strict=True):
            seen, kinds = level.contexts.of(context), level.followers.of(context)
            backed = (level.pairs.of(_mixed(context, rows)) + kinds * chance) / np.maximum(seen + kinds, 1)
            chance = np.where(seen > 0, backed, chance)
        return chance

    def nats(self, song: Tokens) -> NDArray[np.float64]:
        """Return (T,): the negative log-likelihood of each row of a song."""
        surprise: NDArray[np.float64] = -np.log(self.chances(song))
        return surprise


def hashes(song: Tokens) -> Hashes:
    """Return (T,): a number for each row, equal for equal rows."""
    rows = np.zeros(len(song), np.uint64)
    for column in song.T:
        rows = _mixed(rows, column.astype(np.uint64))
    return rows


def _level(contexts: Hashes, rows: Hashes) -> _Level:
    pairs, first, counts = np.unique(_mixed(contexts, rows), return_index=True, return_counts=True)
    return _Level(
        _Counts(*np.unique(contexts, return_counts=True)),
        _Counts(pairs, counts),
        _Counts(*np.unique(contexts[first], return_counts=True)),
    )


def _contexts(rows: Hashes) -> list[Hashes]:
    """Hash the 0, 1, ... ORDER - 1 rows before each row, the shortest context first."""
    contexts = [np.zeros_like(rows)]
    for length in range(1, ORDER):
        contexts.append(_mixed(contexts[-1], _earlier(rows, length)))
    return contexts


def _earlier(rows: Hashes, ticks: int) -> Hashes:
    """Return the rows `ticks` earlier, zeros before the song begins."""
    earlier = np.zeros_like(rows)
    earlier[ticks:] = rows[: max(len(rows) - ticks, 0)]
    return earlier


def _mixed(one: Hashes, other: Hashes) -> Hashes:
    """Combine two hashes into one. With 64 bits, collisions are too rare to matter."""
    mixed = (one ^ (other + _MULTIPLIER)) * _MULTIPLIER
    return mixed ^ (mixed >> _SHIFT)
