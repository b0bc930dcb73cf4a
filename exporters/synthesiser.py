"""The interface of synthesisers: they take MIDI messages and return stereo samples. They use no sound card."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from exporters.writing import ExportError

Samples = NDArray[np.float32]  # (samples, 2)


class SynthesiserError(ExportError):
    """The synthesiser cannot play; the text says why."""


class Synthesiser(Protocol):
    """Plays one part. Every new instance begins in the same state, so the same messages give the same samples."""

    def send(self, message: bytes) -> None:
        """Play one MIDI channel message."""
        ...

    def play(self, count: int) -> Samples:
        """Return the next `count` samples of both channels."""
        ...

    def close(self) -> None:
        """Free all resources."""
        ...
