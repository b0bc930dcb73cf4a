"""What the codecs share: a tick as a short row of tokens, grouped into parts that loop on their own."""

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
# How many past ticks tell how well each lookback has matched lately: one bar.
MATCH_TICKS: Final = TICKS_PER_BAR
BARS_IN_POSITION: Final = 8
STYLES: Final = ("edm", "classical")


class Slot(NamedTuple):
    """One choice within a tick; token 0 always means 'nothing'.

    Of a `steady` slot how often it is nothing does not depend on temperature or nucleus, only what it is else.
    """

    name: str
    size: int
    steady: bool = False


class Part(NamedTuple):
    """Slots that are copied or chosen together: a bass loop can hold while the lead changes."""

    name: str
    slots: tuple[Slot, ...]


class Layout:
    """The order and sizes of all slots of a codec, derived once from its parts."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = tuple(parts)
        self.slots = tuple(slot for part in self.parts for slot in part.slots)
        starts = np.cumsum([0] + [len(part.slots) for part in self.parts]).tolist()
        self.part_ranges = tuple(pairwise(starts))
        self.offsets = tuple(np.cumsum([0] + [slot.size for slot in self.slots]).tolist())

    @property
    def vocabulary(self) -> int:
        """Sum of all slot sizes: the width of a mask."""
        return int(self.offsets[-1])

    def slot_range(self, name: str) -> slice:
        """Where a slot's tokens lie in a mask."""
        index = [slot.name for slot in self.slots].index(name)
        return slice(self.offsets[index], self.offsets[index + 1])


def identity(size: int) -> Floats:
    """(size + 1, size): a one-hot row for each value, and for -1, the last, a row of zeros."""
    return np.concatenate([np.eye(size, dtype=np.float32), np.zeros((1, size), np.float32)])


_POSITIONS: Final = np.concatenate(
    [
        np.tile(identity(TICKS_PER_BAR)[:-1], (BARS_IN_POSITION, 1)),
        np.repeat(identity(BARS_IN_POSITION)[:-1], TICKS_PER_BAR, axis=0),
    ],
    axis=1,
)


def position(ticks: NDArray[np.integer]) -> Floats:
    """(T,) tick numbers to (T, 24): place in the bar, bar within eight."""
    rows: Floats = _POSITIONS[ticks % len(_POSITIONS)]
    return rows


def shifted(tokens: Tokens, ticks: int) -> Tokens:
    """(T, S) tokens as they were `ticks` ago; zeros before the beginning."""
    past = np.zeros_like(tokens)
    past[ticks:] = tokens[: max(len(tokens) - ticks, 0)]
    return past


def matches(tokens: Tokens, layout: Layout) -> NDArray[np.bool_]:
    """(T, parts, lookbacks): whether a part plays what it played that long ago; False before bar 0."""
    result = np.zeros((len(tokens), len(layout.parts), len(LOOKBACK_TICKS)), dtype=bool)
    for index, ticks in enumerate(LOOKBACK_TICKS):
        same = tokens == shifted(tokens, ticks)
        for part, (start, stop) in enumerate(layout.part_ranges):
            result[ticks:, part, index] = same[ticks:, start:stop].all(axis=1)
    return result


def recent_matches(matched: NDArray[np.bool_]) -> Floats:
    """(T, parts, lookbacks): mean of `matches` over the bar before each tick, without that tick itself."""
    sums = np.concatenate([np.zeros((1, *matched.shape[1:])), np.cumsum(matched, axis=0)])
    ends = np.arange(len(matched))
    rates: Floats = ((sums[ends] - sums[np.maximum(ends - MATCH_TICKS, 0)]) / MATCH_TICKS).astype(np.float32)
    return rates
