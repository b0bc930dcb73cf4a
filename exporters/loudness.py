"""Measure loudness by ITU-R BS.1770-4 and EBU R 128, block by block, so that hours of sound need little memory."""

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from exporters.synthesiser import Samples

RATE: Final = 44100
# Power is measured, and gain is set, for each frame of 2.9 ms.
FRAME: Final = 126
_FRAMES_PER_HOP: Final = 35  # 100 ms
_HOPS_PER_BLOCK: Final = 4
_SILENCE: Final = -70.0
_RELATIVE_GATE: Final = -10.0
_OFFSET: Final = -0.691
_OVERSAMPLING: Final = 4
_CONTEXT: Final = 32  # samples on either side of a block that influence its true peaks

Frames = NDArray[np.float32]  # one value for each frame


class Measure(NamedTuple):
    """The weighted power of each frame, and the total weighted power of the sides' sum (mid) and difference (side)."""

    power: Frames
    mid_power: float
    side_power: float


class Meter:
    """Measures sound that is given block by block. All blocks except the last must hold whole frames."""

    def __init__(self) -> None:
        self._filter = _k_weighting()
        self._state = np.zeros((len(self._filter), 2, 2))
        self._power: list[Frames] = []
        self._mid = self._side = 0.0

    def hear(self, block: Samples) -> None:
        """Add the next samples."""
        if not block.any() and not self._state.any():
            self._power.append(np.zeros(-(-len(block) // FRAME), np.float32))
            return
        weighted, state = signal.sosfilt(self._filter, np.ascontiguousarray(block.T), axis=1, zi=self._state)
        # A state this small is inaudible. It is set to zero, because the silence after it then takes no time to measure.
        self._state = state if np.abs(state).max() > 1e-12 else np.zeros_like(state)
        left, right = weighted
        power = left * left + right * right
        shared, all_power = float((left * right).sum()), float(power.sum()) / 2
        self._mid += all_power + shared
        self._side += all_power - shared
        self._power.append(by_frame(power).mean(axis=1).astype(np.float32))

    def measure(self) -> Measure:
        """Return the measure of all samples so far."""
        power = np.concatenate([*self._power, np.zeros(0, np.float32)])
        return Measure(power, self._mid, self._side)


def by_frame(values: NDArray[Any], size: int = FRAME) -> NDArray[Any]:
    """Return the values as (frames, size), padded with zeros at the end."""
    short = -len(values) % size
    return (np.pad(values, (0, short)) if short else values).reshape(-1, size)


def true_peaks(block: Samples, before: Samples, after: Samples) -> Frames:
    """Return the true peak of each frame of `block`: the highest level at and between samples, by oversampling.

    `before` and `after` are the samples around the block.
    """
    around = np.concatenate([_last(before), block, _first(after)])
    if not around.any():
        return np.zeros(-(-len(block) // FRAME), np.float32)
    left, right = np.abs(signal.resample_poly(np.ascontiguousarray(around.T), _OVERSAMPLING, 1, axis=1))
    start = _CONTEXT * _OVERSAMPLING
    highest = np.maximum(left, right)[start : start + len(block) * _OVERSAMPLING]
    frames: Frames = by_frame(highest, FRAME * _OVERSAMPLING).max(axis=1).astype(np.float32)
    return frames


def integrated(power: Frames) -> float:
    """Return the gated loudness in LUFS of sound with this power in each frame, or -inf for silence.

    The first gate is 70 dB under the loudest block, not at -70 LUFS as in the standard. The level is set only after this
    measurement, so a quiet performance must not count as silence.
    """
    hops = _hops(power)
    blocks = np.convolve(hops, np.full(_HOPS_PER_BLOCK, 1 / _HOPS_PER_BLOCK), "valid")
    if not blocks.any():
        return -math.inf
    loud = blocks[blocks > blocks.max() * 10 ** (_SILENCE / 10)]
    gated = loud[loud > loud.mean() * 10 ** (_RELATIVE_GATE / 10)]
    return _OFFSET + 10 * math.log10(gated.mean())


def _hops(power: Frames) -> NDArray[np.float64]:
    """Return the mean power of each 100 ms. A shorter end is left out, but short sound is padded to one block."""
    least = _FRAMES_PER_HOP * _HOPS_PER_BLOCK
    padded = np.pad(power, (0, max(least - len(power), 0)))
    whole = len(padded) // _FRAMES_PER_HOP * _FRAMES_PER_HOP
    hops: NDArray[np.float64] = padded[:whole].reshape(-1, _FRAMES_PER_HOP).mean(axis=1, dtype=np.float64)
    return hops


def _first(samples: Samples) -> Samples:
    return np.pad(samples[:_CONTEXT], ((0, max(_CONTEXT - len(samples), 0)), (0, 0)))


def _last(samples: Samples) -> Samples:
    return np.pad(samples[-_CONTEXT:], ((max(_CONTEXT - len(samples), 0), 0), (0, 0)))


def _k_weighting() -> NDArray[np.float64]:
    """Return the two filters of the standard at this rate: a shelf for the head, and a high pass for low frequencies.

    The standard gives coefficients for 48 kHz. These analogue values, from libebur128, give the same curve at any rate.
    """
    shelf_at, shelf_gain, shelf_q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    pass_at, pass_q = 38.13547087602444, 0.5003270373238773
    k, top = math.tan(math.pi * shelf_at / RATE), 10 ** (shelf_gain / 20)
    middle = top**0.4996667741545416
    shelf = [
        *(top + middle * k / shelf_q + k * k, 2 * (k * k - top), top - middle * k / shelf_q + k * k),
        *(1 + k / shelf_q + k * k, 2 * (k * k - 1), 1 - k / shelf_q + k * k),
    ]
    k = math.tan(math.pi * pass_at / RATE)
    high = [1, -2, 1, *(1 + k / pass_q + k * k, 2 * (k * k - 1), 1 - k / pass_q + k * k)]
    # As in the standard, only the denominator of the second filter is normalised, so its gain is a little over 1.
    return np.array([[each / shelf[3] for each in shelf], [1, -2, 1, *(each / high[3] for each in high[3:])]])
