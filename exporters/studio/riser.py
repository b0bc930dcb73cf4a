"""The noise that rises before a drop."""

from collections.abc import Sequence

import numpy as np

from exporters.loudness import RATE
from exporters.studio.filters import QUANTUM, Filter, Stereo
from exporters.studio.notes import Target, approach
from exporters.studio.sounds import Riser
from exporters.studio.sources import noise

_SMOOTH = 0.06
_SEEDS = (41, 42)
_LOOP = 1 << 17
_END_SECONDS = 0.1


def riser(made: Riser, heights: Sequence[tuple[float, int]], seconds: float) -> Stereo:
    """Return a riser of `seconds`. `heights` are (seconds, 0 to 127) in order."""
    count = round((seconds + _END_SECONDS) * RATE)
    times = np.arange(0, count, QUANTUM) / RATE
    targets = [Target(at, height / 127, _SMOOTH) for at, height in heights if at < seconds]
    height = approach(0.0, targets, times)
    level = approach(0.0, [*targets, Target(seconds, 0.0, 0.015)], np.arange(count) / RATE)
    low, high = made.hertz
    white = np.stack([np.resize(noise(seed, _LOOP), count) for seed in _SEEDS]).astype(np.float32)
    sound = Filter("bandpass", q=made.q).moved(white, low * (high / low) ** height)
    return sound * (made.gain * level**2).astype(np.float32)
