"""Baselines with a memory of the song: an n-gram mixed with copies of earlier bars, or with the longest earlier match."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import LOOKBACK_TICKS, MATCH_TICKS, Slot, Tokens
from models.notes import TICKS_PER_BAR
from training.ngram import Hashes, Ngram, hashes
from training.recipe import ALL_STYLES

_ROUNDS: Final = 12
# Each component of a mixture has so many imagined ticks in each situation.
_PRIOR: Final = 1.0
_LONGEST: Final = 255

Chances = NDArray[np.float64]
_Numbers = NDArray[np.int64]


class Song(NamedTuple):
    """The tokens of one part of a song (T, slots), and its style."""

    tokens: Tokens
    style: str


class Copies(NamedTuple):
    """Copies that a baseline may make: `right` (T, copies) says which are the row that follows.

    `situation` (T,) is what is known before that row; the mixture has its own weights for each situation.
    """

    right: NDArray[np.bool_]
    situation: _Numbers


class Memory(NamedTuple):
    """A kind of memory: the number of situations, and the copies for the hashes of a song and of an empty row."""

    situations: int
    copies: Callable[[Hashes, np.uint64], Copies]


class Yardstick:
    """A mixture of an n-gram with copies from the song so far. EM finds the weights of each situation in each style."""

    def __init__(
        self, songs: Sequence[Song], slots: Sequence[Slot], memory: Memory, learned: "Learned"
    ) -> None:
        self._memory, self._ngram = memory, learned.ngram
        self._empty = hashes(np.zeros((1, len(slots)), np.int64))[0]
        every = [self._copies(song) for song in songs]
        self._weights = _fitted(
            _components(np.concatenate(learned.chances), np.concatenate([each.right for each in every])),
            np.concatenate([each.situation for each in every]),
            len(ALL_STYLES) * memory.situations,
        )

    def nats(self, song: Song) -> Chances:
        """Return (T,): the negative log-likelihood of each row of a song."""
        copies = self._copies(song)
        chances = _components(self._ngram.chances(song.tokens), copies.right)
        surprise: Chances = -np.log((self._weights[copies.situation] * chances).sum(axis=1))
        return surprise

    def _copies(self, song: Song) -> Copies:
        right, situation = self._memory.copies(hashes(song.tokens), self._empty)
        return Copies(right, situation + ALL_STYLES.index(song.style) * self._memory.situations)


class Learned(NamedTuple):
    """An n-gram of all songs, and the chances that an n-gram of other songs gives each of them."""

    ngram: Ngram
    chances: list[Chances]


def learned(songs: Sequence[Song], slots: Sequence[Slot]) -> Learned:
    """Train the n-gram on all songs, and one on each half of them for the chances of the other half."""
    every = [song.tokens for song in songs]
    halves = [Ngram(every[first::2] or every, slots) for first in (1, 0)]
    return Learned(Ngram(every, slots), [halves[n % 2].chances(song) for n, song in enumerate(every)])


def _components(chances: Chances, right: NDArray[np.bool_]) -> Chances:
    return np.concatenate([chances[:, None], right], axis=1)


def _fitted(chances: Chances, situation: _Numbers, situations: int) -> Chances:
    """Return (situations, components): the weights of a mixture by expectation maximisation."""
    count = chances.shape[1]
    weights = np.full((situations, count), 1 / count)
    for _ in range(_ROUNDS):
        shares = weights[situation] * chances
        shares /= shares.sum(axis=1, keepdims=True)
        sums = np.stack([np.bincount(situation, column, situations) for column in shares.T], axis=1)
        weights = (sums + _PRIOR) / (sums.sum(axis=1, keepdims=True) + count * _PRIOR)
    return weights


def _bars_ago(rows: Hashes, empty: np.uint64) -> Copies:
    """Copy the row 1, 2, 4 or 8 bars ago. The situation: how many of the last 16 rows each copy would have got right."""
    before = [_earlier(rows, ticks, empty) for ticks in LOOKBACK_TICKS]
    right = np.stack([rows == each for each in before], axis=1)
    sums = np.concatenate([np.zeros((1, right.shape[1]), np.int64), np.cumsum(right, axis=0)])
    ends = np.arange(len(rows))
    recent = sums[ends] - sums[np.maximum(ends - MATCH_TICKS, 0)]
    level = (recent >= MATCH_TICKS - 4).astype(np.int64) + (recent >= MATCH_TICKS)
    situation = level @ (3 ** np.arange(right.shape[1]))
    agree = np.all([each == before[0] for each in before], axis=0)
    return Copies(right, 2 * situation + agree)


def _longest_match(rows: Hashes, empty: np.uint64) -> Copies:
    """Copy the row after the longest earlier match that ends at the same place of a bar, the latest one of equal length.

    The situation: the length by powers of two, and whether the copied row is empty.
    """
    length, copied = np.zeros(len(rows), np.int64), np.full(len(rows), empty)
    for lag in range(TICKS_PER_BAR, len(rows), TICKS_PER_BAR):
        run = _run_before(rows[lag:] == rows[:-lag])
        longer = run > length[lag:]
        length[lag:][longer] = run[longer]
        copied[lag:][longer] = rows[:-lag][longer]
    level = np.log2(np.minimum(length, _LONGEST) + 1).astype(np.int64)
    return Copies((copied == rows)[:, None], 2 * level + (copied == empty))


def _run_before(same: NDArray[np.bool_]) -> _Numbers:
    """Return (T,): how many values before each one are True without a gap."""
    place = np.arange(len(same))
    broken = np.maximum.accumulate(np.where(same, -1, place))
    run: _Numbers = place - broken
    return np.concatenate([[0], run[:-1]])


def _earlier(rows: Hashes, ticks: int, empty: np.uint64) -> Hashes:
    earlier = np.full(len(rows), empty)
    earlier[ticks:] = rows[: max(len(rows) - ticks, 0)]
    return earlier


MEMORIES: Final = {
    "ngram_copies": Memory(2 * 3 ** len(LOOKBACK_TICKS), _bars_ago),
    "longest_match": Memory(2 * (1 + int(np.log2(_LONGEST + 1))), _longest_match),
}
