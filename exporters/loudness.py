"""How loud sound is: the measure of ITU-R BS.1770-4 and EBU R 128, taken block by block, of hours in little memory."""

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from exporters.synthesiser import Samples

RATE: Final = 44100
# What is measured and what gain follows: 2.9 ms.
FRAME: Final = 126
_FRAMES_PER_HOP: Final = 35  # 100 ms
_HOPS_PER_BLOCK: Final = 4
_SILENCE: Final = -70.0
_RELATIVE_GATE: Final = -10.0
_OFFSET: Final = -0.691
_OVERSAMPLING: Final = 4
_CONTEXT: Final = 32  # samples on either side of a block that its true peak depends on

Frames = NDArray[np.float32]  # one value a frame


class Measure(NamedTuple):
    """What was heard: the weighted power of each frame, and of its sum and difference of sides in all."""

    power: Frames
    mid_power: float
    side_power: float


class Meter:
    """Sound goes in block by block, each but the last of whole frames."""

    def __init__(self) -> None:
        self._filter = _k_weighting()
        self._state = np.zeros((len(self._filter), 2, 2))
        self._power: list[Frames] = []
        self._mid = self._side = 0.0

    def hear(self, block: Samples) -> None:
        """Take in the next samples."""
        if not block.any() and not self._state.any():
            self._power.append(np.zeros(-(-len(block) // FRAME), np.float32))
            return
        weighted, state = signal.sosfilt(self._filter, np.ascontiguousarray(block.T), axis=1, zi=self._state)
        # What rings below any hearing is no sound: after it, silence costs nothing.
        self._state = state if np.abs(state).max() > 1e-12 else np.zeros_like(state)
        left, right = weighted
        power = left * left + right * right
        shared, all_power = float((left * right).sum()), float(power.sum()) / 2
        self._mid += all_power + shared
        self._side += all_power - shared
        self._power.append(by_frame(power).mean(axis=1).astype(np.float32))

    def measure(self) -> Measure:
        """What was heard so far."""
        power = np.concatenate([*self._power, np.zeros(0, np.float32)])
        return Measure(power, self._mid, self._side)


def by_frame(values: NDArray[Any], size: int = FRAME) -> NDArray[Any]:
    """(frames, size) of the values, with zeros after the last."""
    short = -len(values) % size
    return (np.pad(values, (0, short)) if short else values).reshape(-1, size)


def true_peaks(block: Samples, before: Samples, after: Samples) -> Frames:
    """Return the highest level of each frame of `block` between and at its samples, by oversampling.

    `before` and `after` are the samples around it.
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
    """Return the gated loudness in LUFS of sound with that power a frame; -inf where there is none.

    The first gate lies 70 dB under the loudest block instead of at -70 LUFS: sound that is measured here gets its level
    afterwards, and a quiet performance is no silence.
    """
    hops = _hops(power)
    blocks = np.convolve(hops, np.full(_HOPS_PER_BLOCK, 1 / _HOPS_PER_BLOCK), "valid")
    if not blocks.any():
        return -math.inf
    loud = blocks[blocks > blocks.max() * 10 ** (_SILENCE / 10)]
    gated = loud[loud > loud.mean() * 10 ** (_RELATIVE_GATE / 10)]
    return _OFFSET + 10 * math.log10(gated.mean())


def _hops(power: Frames) -> NDArray[np.float64]:
    """Mean power of each 100 ms, at least of one block; what is left at the end counts where there is nothing else."""
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
    """The two filters of the standard at this rate: a shelf for the head, a high pass for the ear's deafness to bass.

    The standard gives numbers for 48 kHz; these analogue values make the same curve at any rate (libebur128 has them).
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
    # The standard divides the second filter's denominator alone, so that it passes a little more than all.
    return np.array([[each / shelf[3] for each in shelf], [1, -2, 1, *(each / high[3] for each in high[3:])]])
