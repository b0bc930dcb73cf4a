"""The baseline for symbols: a back-off n-gram, mixed with a copy of what followed the longest match in the song."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import Slot
from models.codecs.matching import HISTORY, LONGEST
from training.ngram import Ngram

_LEVELS: Final = 1 + int(np.log2(LONGEST)) + 1
_ROUNDS: Final = 12
Chances = NDArray[np.float64]
Symbols = NDArray[np.int16]


class CopyingNgram:
    """The mixture. Its weights depend on the length of the match; EM finds them on songs that the n-gram has not seen."""

    def __init__(self, songs: Sequence[Symbols], slot: Slot) -> None:
        rows = [song.astype(np.int64)[:, None] for song in songs]
        self._ngram = Ngram(rows, [slot])
        halves = [Ngram(rows[first::2] or rows, [slot]) for first in (1, 0)]
        chances = np.concatenate([halves[n % 2].chances(song) for n, song in enumerate(rows)])
        right, level = (np.concatenate(each) for each in zip(*map(_copied, songs), strict=True))
        self._weights = np.full(_LEVELS, 0.5)
        for _ in range(_ROUNDS):
            copy = self._weights[level] * right
            share = copy / (copy + (1 - self._weights[level]) * chances)
            counts = np.bincount(level, minlength=_LEVELS)
            self._weights = (np.bincount(level, share, _LEVELS) + 1) / (counts + 2)
        self._weights[0] = 0

    def nats(self, song: Symbols) -> Chances:
        """Return (N,): the negative log-likelihood of each symbol of a song."""
        right, level = _copied(song)
        weight = self._weights[level]
        surprise: Chances = -np.log(
            weight * right + (1 - weight) * self._ngram.chances(song.astype(np.int64)[:, None])
        )
        return surprise


def _copied(song: Symbols) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return for each symbol whether a copy after the longest match is right, and the level of the match's length."""
    length, copied = np.zeros(len(song), np.int64), np.full(len(song), -1, np.int64)
    for lag in range(1, min(HISTORY + 1, len(song))):
        same = song[lag:] == song[:-lag]
        place = np.arange(len(same))
        run = place - np.maximum.accumulate(np.where(same, -1, place))
        run = np.minimum(np.concatenate([[0], run[:-1]]), LONGEST)
        longer = run > length[lag:]
        length[lag:][longer] = run[longer]
        copied[lag:][longer] = song[:-lag][longer]
    level = np.where(length > 0, np.floor(np.log2(np.maximum(length, 1))) + 1, 0).astype(np.int64)
    return copied == song, level
