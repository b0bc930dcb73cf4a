"""Sound in temporary files: an hour of a part is a gigabyte."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from exporters.loudness import FRAME
from exporters.synthesiser import Samples

BLOCK: Final = FRAME * 512
SAMPLE_BYTES: Final = 8  # two sides of 32-bit floats


def blocks(length: int) -> Iterator[tuple[int, int]]:
    """(start, count) of all blocks of so many samples."""
    return ((start, min(BLOCK, length - start)) for start in range(0, length, BLOCK))


class Track:
    """Stereo samples in a file, silent until something is added; `length` may be made shorter."""

    def __init__(self, path: Path, length: int) -> None:
        self.length = length
        self._file = path.open("w+b")
        self._file.truncate(length * SAMPLE_BYTES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._file.close()

    def read(self, start: int, count: int) -> Samples:
        """The samples from `start` on, as many as there are."""
        self._file.seek(start * SAMPLE_BYTES)
        wanted = min(count, self.length - start)
        return np.frombuffer(self._file.read(wanted * SAMPLE_BYTES), np.float32).reshape(-1, 2)

    def write(self, start: int, samples: Samples) -> None:
        """Replace the samples from `start` on."""
        self._file.seek(start * SAMPLE_BYTES)
        self._file.write(np.ascontiguousarray(samples, np.float32).data)

    def add(self, start: int, samples: Samples) -> None:
        """Let this sound, too, from `start` on."""
        self.write(start, self.read(start, len(samples)) + samples)

    def fold(self, length: int) -> None:
        """Make it so long; what sounds after that sounds at its beginning, as when it is played again and again."""
        for ring in range(length, self.length, max(length, 1)):
            for start, count in blocks(min(length, self.length - ring)):
                self.add(start, self.read(ring + start, count))
        self.length = length

    def fade_out(self, count: int) -> None:
        """Let the last samples fall to silence."""
        start = max(self.length - count, 0)
        end = self.read(start, count)
        self.write(start, end * np.linspace(1, 0, len(end), dtype=np.float32)[:, None])
