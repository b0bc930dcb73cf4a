"""Recall: how far back, in whole bars, the song so far matches its latest ticks, for each part independently."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import LAGS, LOOKBACK_BARS, MATCH_TICKS, RECALL, Floats, Layout, Tokens
from models.notes import TICKS_PER_BAR

RECALL_BARS: Final = 192
"""How many bars are remembered, the present one included. Recall reaches up to RECALL_BARS - 1 bars back."""

# Longer matches are not distinguished.
_LONGEST_TICKS: Final = 8 * TICKS_PER_BAR
_FIXED: Final = np.array(LOOKBACK_BARS)
Lengths = NDArray[np.uint8]
Numbers = NDArray[np.int32]
Lags = NDArray[np.int64]


class PartNumbers:
    """The tokens of each part as one number, and back: equal numbers mean equal tokens."""

    def __init__(self, layout: Layout) -> None:
        sizes = [slot.size for slot in layout.slots]
        parts = [stop - start for start, stop in layout.part_ranges]
        self._slot_parts = np.repeat(np.arange(len(parts)), parts)
        self._sizes = np.array(sizes)
        self._places = np.ones(len(sizes), np.int64)
        self._radices = np.zeros((len(sizes), len(parts)), np.int64)
        for part, (start, stop) in enumerate(layout.part_ranges):
            self._places[start:stop] = np.cumprod([1, *sizes[start : stop - 1]])
            self._radices[start:stop, part] = self._places[start:stop]

    def numbers(self, tokens: Tokens) -> NDArray[np.int64]:
        """Return (..., P) numbers of (..., S) tokens."""
        numbers: NDArray[np.int64] = tokens @ self._radices
        return numbers

    def tokens(self, numbers: NDArray[np.integer]) -> Tokens:
        """Return (..., S) tokens of (..., P) numbers."""
        tokens: Tokens = numbers[..., self._slot_parts] // self._places % self._sizes
        return tokens


class SongMemory:
    """The last RECALL_BARS bars of one network's tokens, and how long each earlier place has matched the latest ticks.

    `numbers` (RECALL_BARS, 16, P) has a number for the tokens of each part at each tick, see `PartNumbers`. `lengths`
    (P, RECALL_BARS) is the number of ticks, up to 128, for which a part has repeated what it played that many bars before.
    Ticks before `born` do not count.
    """

    def __init__(self, layout: Layout) -> None:
        self._codes = PartNumbers(layout)
        self._order: tuple[int, Lags] = (-1, np.zeros(0, np.int64))
        self._parts = np.arange(len(layout.parts))
        self.numbers: Numbers = np.zeros((RECALL_BARS, TICKS_PER_BAR, len(layout.parts)), np.int32)
        self.lengths: Lengths = np.zeros((len(layout.parts), RECALL_BARS), np.uint8)
        self.born = 0

    def begin(self, tick: int) -> None:
        """Forget everything; `tick` is the first of a new song."""
        self.numbers[:] = 0
        self.lengths[:] = 0
        self.born = tick

    def before(self, tick: int) -> Tokens:
        """Return the (S,) tokens of the tick before; zeros before the beginning."""
        bar, place = divmod(tick - 1, TICKS_PER_BAR)
        return self._codes.tokens(self.numbers[bar % RECALL_BARS, place])

    def lookback(self, tick: int, lags: Lags) -> Tokens:
        """Return (5, S): the tokens at the fixed lookbacks, and at each part's lag in bars (P,), zeros for a lag of 0."""
        bar, place = divmod(tick, TICKS_PER_BAR)
        rows = np.zeros((LAGS, len(lags)), np.int32)
        rows[:RECALL] = self.numbers[(bar - _FIXED) % RECALL_BARS, place]
        rows[RECALL] = self.numbers[(bar - lags) % RECALL_BARS, place, self._parts]
        rows[RECALL] *= lags > 0
        return self._codes.tokens(rows)

    def lived_bars(self, tick: int) -> int:
        """Return how many bars back a tick may look: whole bars before the one of the tick."""
        return min(
            max((tick // TICKS_PER_BAR * TICKS_PER_BAR - self.born) // TICKS_PER_BAR, 0), RECALL_BARS - 1
        )

    def add(self, tick: int, tokens: Tokens) -> NDArray[np.bool_]:
        """Store the (S,) tokens of a tick; return (P, 4): which parts equal which fixed lookback."""
        bar, place = divmod(tick, TICKS_PER_BAR)
        if self._order[0] != bar:
            self._order = bar, (bar - np.arange(RECALL_BARS)) % RECALL_BARS
        now = self._codes.numbers(tokens)
        same = (self.numbers[self._order[1], place] == now).T
        same[:, self.lived_bars(tick) + 1 :] = False
        np.minimum(self.lengths, _LONGEST_TICKS - 1, out=self.lengths)
        self.lengths += 1
        self.lengths *= same
        self.numbers[bar % RECALL_BARS, place] = now
        fixed: NDArray[np.bool_] = same[:, _FIXED]
        return fixed

    def rates(self, lags: Lags) -> Floats:
        """Return (P,): how far a part's latest ticks match those at its lag, 1 from a whole bar on; 0 for lag 0."""
        lengths = self.lengths[self._parts, lags] * (lags > 0)
        rates: Floats = np.minimum(lengths, MATCH_TICKS).astype(np.float32) / np.float32(MATCH_TICKS)
        return rates


def longest(lengths: Lengths, allowed: NDArray[np.bool_]) -> Lags:
    """Return (P,): the lag in bars of each part's longest match among those `allowed` (P, RECALL_BARS); 0 if there is none.

    Of equally long matches, the latest one is returned. `recallable` leaves out the lags that do not count.
    """
    lags: Lags = (lengths * allowed).argmax(axis=1)
    return lags


def recallable(allowed: NDArray[np.bool_], furthest: int) -> NDArray[np.bool_]:
    """Return `allowed` (P, RECALL_BARS) without the fixed lookbacks and without lags of more than `furthest` bars."""
    usable = allowed.copy()
    usable[:, [0, *LOOKBACK_BARS]] = False
    usable[:, furthest + 1 :] = False
    return usable
