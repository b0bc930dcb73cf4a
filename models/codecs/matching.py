"""The memory of a sequence of symbols: what followed when its last symbols occurred before."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

# The memory looks back over so many symbols, and tells matches of up to so many symbols apart.
HISTORY: Final = 1024
LONGEST: Final = 64
_NONE: Final = -1
# The lengths of matches that a network tells apart: 0, 1, 2, 3-4, 5-8, ... 33-64.
LENGTHS: Final = 8
_LEVELS: Final = np.ceil(np.log2(np.arange(LONGEST + 1).clip(1)) + 1).astype(np.int64) * (
    np.arange(LONGEST + 1) > 0
)

Numbers = NDArray[np.int16]


class Recalled(NamedTuple):
    """The symbols that followed the longest earlier matches, -1 where nothing matches, and the levels of their lengths.

    The first is the longest match anywhere, the second the longest that also lies at the same place of its bar. Of equally
    long ones the latest counts.
    """

    symbols: NDArray[np.int64]
    lengths: NDArray[np.int64]


class SymbolMemory:
    """The last HISTORY symbols with their places in the bar, the latest first, and how long each lag has matched."""

    def __init__(self) -> None:
        self.symbols: Numbers = np.full(HISTORY, _NONE, np.int16)
        self.places: Numbers = np.full(HISTORY, _NONE, np.int16)
        self.runs: Numbers = np.zeros(HISTORY, np.int16)

    def clear(self) -> None:
        """Forget everything."""
        self.symbols[:], self.places[:], self.runs[:] = _NONE, _NONE, 0

    def add(self, symbol: int, place: int) -> None:
        """Add the next symbol, which lies at `place` of its bar."""
        self.runs = np.where(self.symbols == symbol, np.minimum(self.runs + 1, LONGEST), 0).astype(np.int16)
        for row, value in ((self.symbols, symbol), (self.places, place)):
            row[1:] = row[:-1]
            row[0] = value

    def recall(self, place: int) -> Recalled:
        """Return what to expect at `place`."""
        anywhere = int(self.runs.argmax())
        here = np.where(self.places == place, self.runs, 0)
        same_place = int(here.argmax())
        lengths = np.array([self.runs[anywhere], here[same_place]])
        symbols = np.where(lengths > 0, self.symbols[[anywhere, same_place]], _NONE)
        return Recalled(symbols.astype(np.int64), _LEVELS[lengths])


def recalled_along(song: Numbers, places: Numbers) -> Recalled:
    """Return what a `SymbolMemory` recalls before each symbol of a song, as (N, 2) and (N, 2)."""
    count = len(song)
    length, found = np.zeros((count, 2), np.int64), np.full((count, 2), _NONE, np.int64)
    for lag in range(1, min(HISTORY + 1, count)):
        run = _run_before(song[lag:] == song[:-lag])
        for column, matched in enumerate((run, np.where(places[lag:] == places[:-lag], run, 0))):
            longer = matched > length[lag:, column]
            length[lag:, column][longer] = matched[longer]
            found[lag:, column][longer] = song[:-lag][longer]
    return Recalled(found, _LEVELS[length])


def _run_before(same: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many values before each one are True without a gap, up to LONGEST."""
    place = np.arange(len(same))
    run = np.minimum(place - np.maximum.accumulate(np.where(same, -1, place)), LONGEST)
    return np.concatenate([[0], run[:-1]])
