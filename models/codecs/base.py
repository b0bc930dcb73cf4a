"""The common base of the codecs: a tick is a short row of tokens, grouped into parts that can repeat independently."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.notes import TICKS_PER_BAR

Tokens = NDArray[np.int64]
Floats = NDArray[np.float32]

LOOKBACK_BARS: Final = (1, 2, 4, 8)
LOOKBACK_TICKS: Final = tuple(TICKS_PER_BAR * bars for bars in LOOKBACK_BARS)
HISTORY_TICKS: Final = LOOKBACK_TICKS[-1]
# The last lookback points anywhere in the song so far: each part of each tick has its own distance, in whole bars.
SOURCES: Final = (*(f"{bars} bars ago" for bars in LOOKBACK_BARS), "recall")
RECALL: Final = len(LOOKBACK_BARS)
LAGS: Final = len(SOURCES)
# The recent match rate of each lookback is measured over this many past ticks: one bar.
MATCH_TICKS: Final = TICKS_PER_BAR
BARS_IN_POSITION: Final = 8
STYLES: Final = ("edm", "classical")


class Slot(NamedTuple):
    """One choice within a tick; token 0 always means 'nothing'.

    For a `steady` slot, temperature and nucleus do not change the probability of 'nothing'. They change the choice among
    the other tokens.
    """

    name: str
    size: int
    steady: bool = False


class Part(NamedTuple):
    """Slots that are copied or chosen together: the bass can repeat a loop while the lead changes."""

    name: str
    slots: tuple[Slot, ...]


class Layout:
    """The order and sizes of all slots of a codec."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = tuple(parts)
        self.slots = tuple(slot for part in self.parts for slot in part.slots)
        starts = np.cumsum([0] + [len(part.slots) for part in self.parts]).tolist()
        self.part_ranges = tuple(pairwise(starts))
        self.offsets = tuple(np.cumsum([0] + [slot.size for slot in self.slots]).tolist())

    @property
    def vocabulary(self) -> int:
        """The sum of all slot sizes, which is the width of a mask."""
        return int(self.offsets[-1])

    def slot_range(self, name: str) -> slice:
        """Return the range of a slot's tokens in a mask."""
        index = [slot.name for slot in self.slots].index(name)
        return slice(self.offsets[index], self.offsets[index + 1])


def identity(size: int) -> Floats:
    """Return (size + 1, size): a one-hot row for each value, and a last row of zeros for the value -1."""
    return np.concatenate([np.eye(size, dtype=np.float32), np.zeros((1, size), np.float32)])


_POSITIONS: Final = np.concatenate(
    [
        np.tile(identity(TICKS_PER_BAR)[:-1], (BARS_IN_POSITION, 1)),
        np.repeat(identity(BARS_IN_POSITION)[:-1], TICKS_PER_BAR, axis=0),
    ],
    axis=1,
)


def position(ticks: NDArray[np.integer]) -> Floats:
    """Turn tick numbers (T,) into one-hot rows (T, 24): the position in the bar, and the bar within eight."""
    rows: Floats = _POSITIONS[ticks % len(_POSITIONS)]
    return rows


def shifted(tokens: Tokens, ticks: int) -> Tokens:
    """Return the tokens (T, S) of `ticks` ago for each tick; zeros before the beginning."""
    past = np.zeros_like(tokens)
    past[ticks:] = tokens[: max(len(tokens) - ticks, 0)]
    return past


def matches(tokens: Tokens, layout: Layout) -> NDArray[np.bool_]:
    """Return (T, parts, lookbacks): whether a part has the same tokens as at each lookback; False before bar 0."""
    result = np.zeros((len(tokens), len(layout.parts), len(LOOKBACK_TICKS)), dtype=bool)
    for index, ticks in enumerate(LOOKBACK_TICKS):
        same = tokens == shifted(tokens, ticks)
        for part, (start, stop) in enumerate(layout.part_ranges):
            result[ticks:, part, index] = same[ticks:, start:stop].all(axis=1)
    return result


def recent_matches(matched: NDArray[np.bool_]) -> Floats:
    """Return (T, parts, lookbacks): the mean of `matches` over the 16 ticks before each tick."""
    sums = np.concatenate([np.zeros((1, *matched.shape[1:])), np.cumsum(matched, axis=0)])
    ends = np.arange(len(matched))
    rates: Floats = ((sums[ends] - sums[np.maximum(ends - MATCH_TICKS, 0)]) / MATCH_TICKS).astype(np.float32)
    return rates
