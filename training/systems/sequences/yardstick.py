"""The baseline for symbols: a back-off n-gram, mixed with a copy of what followed the longest match in the song."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import Slot
from models.codecs.matching import LENGTHS, recalled_along
from training.ngram import Ngram
from training.systems.sequences.lesson import Lesson, song_of

_ROUNDS: Final = 12
Chances = NDArray[np.float64]
Symbols = NDArray[np.int16]


class CopyingNgram:
    """The mixture. Its weights depend on the length of the match; EM finds them on songs that the n-gram has not seen."""

    def __init__(self, songs: Sequence[Lesson], slot: Slot) -> None:
        rows = [_column(each.symbols) for each in songs]
        self._ngram = Ngram(rows, [slot])
        # A song and its lead alone are in the same half.
        numbers = {key: number for number, key in enumerate(dict.fromkeys(song_of(each) for each in songs))}
        half = np.array([numbers[song_of(each)] % 2 for each in songs])
        seen = [[row for row, own in zip(rows, half, strict=True) if own != side] or rows for side in (0, 1)]
        halves = [Ngram(each, [slot]) for each in seen]
        chances = np.concatenate([halves[own].chances(row) for own, row in zip(half, rows, strict=True)])
        copies = [_copied(each.symbols) for each in songs]
        right, level = (np.concatenate(each) for each in zip(*copies, strict=True))
        self._weights = np.full(LENGTHS, 0.5)
        for _ in range(_ROUNDS):
            copy = self._weights[level] * right
            share = copy / (copy + (1 - self._weights[level]) * chances)
            counts = np.bincount(level, minlength=LENGTHS)
            self._weights = (np.bincount(level, share, LENGTHS) + 1) / (counts + 2)
        self._weights[0] = 0

    def nats(self, song: Symbols) -> Chances:
        """Return (N,): the negative log-likelihood of each symbol of a song."""
        right, level = _copied(song)
        weight = self._weights[level]
        surprise: Chances = -np.log(weight * right + (1 - weight) * self._ngram.chances(_column(song)))
        return surprise


def _column(song: Symbols) -> NDArray[np.int64]:
    return song.astype(np.int64)[:, None]


def _copied(song: Symbols) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return for each symbol whether a copy after the longest match is right, and the level of the match's length."""
    recalled = recalled_along(song, np.zeros_like(song))
    return recalled.symbols[:, 0] == song, recalled.lengths[:, 0]
