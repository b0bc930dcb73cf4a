"""What plays a part: it takes MIDI messages, each at its sample, and returns stereo samples. It uses no sound card."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from exporters.writing import ExportError

Samples = NDArray[np.float32]  # (samples, 2)


class SynthesiserError(ExportError):
    """The synthesiser cannot play; the text says why."""


class Synthesiser(Protocol):
    """Plays one part. Every new one begins the same, so the same messages are the same samples."""

    def send(self, message: bytes) -> None:
        """Take in one MIDI channel message."""
        ...

    def play(self, count: int) -> Samples:
        """Return the next `count` samples of both channels."""
        ...

    def close(self) -> None:
        """Free it."""
        ...
