"""Keep sound in temporary files, because an hour of one part takes a gigabyte."""

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
    """Return (start, count) of all blocks of `length` samples."""
    return ((start, min(BLOCK, length - start)) for start in range(0, length, BLOCK))


class Track:
    """Stereo samples in a file, silent at first. `fold` may make `length` shorter."""

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
        """Return up to `count` samples from `start` on."""
        self._file.seek(start * SAMPLE_BYTES)
        wanted = min(count, self.length - start)
        return np.frombuffer(self._file.read(wanted * SAMPLE_BYTES), np.float32).reshape(-1, 2)

    def write(self, start: int, samples: Samples) -> None:
        """Replace the samples from `start` on."""
        self._file.seek(start * SAMPLE_BYTES)
        self._file.write(np.ascontiguousarray(samples, np.float32).data)

    def add(self, start: int, samples: Samples) -> None:
        """Add these samples to the existing ones from `start` on."""
        self.write(start, self.read(start, len(samples)) + samples)

    def fold(self, length: int) -> None:
        """Shorten the track to `length`. Add the samples after it to the beginning, as in a repeated loop."""
        for ring in range(length, self.length, max(length, 1)):
            for start, count in blocks(min(length, self.length - ring)):
                self.add(start, self.read(ring + start, count))
        self.length = length

    def fade_out(self, count: int) -> None:
        """Fade out the last `count` samples."""
        start = max(self.length - count, 0)
        end = self.read(start, count)
        self.write(start, end * np.linspace(1, 0, len(end), dtype=np.float32)[:, None])
