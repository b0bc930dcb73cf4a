"""The random numbers of a deck: one vector for each tick, from seed and tick alone. All other code is deterministic."""

from typing import Final

import numpy as np

from models.codecs import melody, percussion
from models.codecs.base import Floats
from models.notes import TICKS_PER_BAR


def _slices(*sizes: int) -> tuple[slice, ...]:
    ends = np.cumsum(sizes).tolist()
    return tuple(slice(end - size, end) for end, size in zip(ends, sizes, strict=True))


# The parts of the vector: for sampling melody and percussion, and for timing and velocity of both.
FOR_MELODY, FOR_PERCUSSION, MELODY_TOUCH, DRUM_TOUCH = _slices(
    len(melody.LAYOUT.parts) + len(melody.LAYOUT.slots),
    len(percussion.LAYOUT.parts) + len(percussion.LAYOUT.slots),
    2 * len(melody.LAYOUT.slots),
    2 * len(percussion.DRUMS),
)
_WIDTH: Final[int] = DRUM_TOUCH.stop


class Chance:
    """Uniform random numbers in [0, 1) for each tick, by counter (Philox), so ticks may be computed in any order."""

    def __init__(self) -> None:
        self._bar: tuple[int, int] | None = None
        self._rows: Floats = np.zeros((0, 0), np.float32)

    def at(self, seed: int, tick: int) -> Floats:
        """Return the (W,) float32 vector of a tick."""
        bar, place = divmod(tick, TICKS_PER_BAR)
        if self._bar != (seed, bar):
            # The bar is not in the first word, which counts the blocks that were drawn: neighbouring bars would share them.
            generator = np.random.Generator(np.random.Philox(key=seed, counter=[0, bar, 0, 0]))
            self._rows = generator.random((TICKS_PER_BAR, _WIDTH), np.float32)
            self._bar = (seed, bar)
        row: Floats = self._rows[place]
        return row


def of_bar(seed: int, bar: int, count: int) -> Floats:
    """Return (count,) float32 numbers of a bar. They are independent of those of its ticks."""
    generator = np.random.Generator(np.random.Philox(key=seed, counter=[0, bar, 1, 0]))
    return generator.random(count, np.float32)
