"""A limiter: one gain for the whole mix, lowered for some milliseconds wherever a peak would exceed the ceiling."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from exporters.loudness import FRAME, RATE, Frames, integrated

Where = NDArray[np.bool_]
TARGET_LUFS: Final = -14.0
_FRAMES_PER_SECOND: Final = RATE / FRAME
# The gain falls in the 6 ms before a peak, and returns with this time constant after it.
_AHEAD: Final = 2
_RELEASE_SECONDS: Final = 0.1
_MEMORY_SECONDS: Final = 2.0  # after this time a peak has no effect
# Peaks are not reduced further than this. So single hits in silence keep their shape, and the whole stays quieter.
_MOST_REDUCTION_DB: Final = 12.0
_ROUNDS: Final = 12
_NEAR_ENOUGH: Final = 0.02
_CHUNK: Final = 1 << 16


def gains(
    power: Frames,
    peaks: Frames,
    ceiling_db: float,
    *,
    is_loop: bool,
    target: float = TARGET_LUFS,
    where: Where | None = None,
) -> Frames:
    """Return the gain of each frame that brings sound to `target` LUFS, with its peaks under `ceiling_db`.

    `power` comes from a `Meter`, `peaks` from `true_peaks`. Only the frames `where` it is true count for the loudness. For
    a loop, the gain also continues from its end to its beginning.
    """
    counted = slice(None) if where is None else where
    loudness, peak = integrated(power[counted]), float(peaks.max(initial=0))
    if not peak:
        return np.ones_like(peaks)
    most = 10 ** ((ceiling_db + _MOST_REDUCTION_DB) / 20) / peak
    gain = most if loudness == -math.inf else min(10 ** ((target - loudness) / 20), most)
    for _ in range(_ROUNDS):
        curve = gain * _limited(peaks * np.float32(gain), ceiling_db, is_loop=is_loop)
        # The gain changes slowly compared with the weighting filters, so it may be applied to the power of each frame.
        error = target - integrated((power * curve * curve)[counted])
        if abs(error) < _NEAR_ENOUGH or (gain == most and error > 0) or error == math.inf:
            break
        gain = min(gain * 10 ** (error / 20), most)
    return curve


def at_samples(curve: Frames, start: int, count: int) -> Frames:
    """Return the gain of each sample from `start` on, interpolated linearly between the middles of frames."""
    first, last = start // FRAME, -(-(start + count) // FRAME)
    frames = np.arange(max(first - 1, 0), min(last + 1, len(curve)))
    middles = frames * FRAME + (FRAME - 1) / 2
    return np.interp(np.arange(start, start + count), middles, curve[frames]).astype(np.float32)


def _limited(peaks: Frames, ceiling_db: float, *, is_loop: bool) -> Frames:
    """Return the gain (at most 1) that keeps peaks under the ceiling. It falls before a peak and returns after it."""
    memory = round(_MEMORY_SECONDS * _FRAMES_PER_SECOND) if is_loop else 0
    padded = np.pad(peaks, memory, mode="wrap") if memory else peaks
    reduction = np.log(np.maximum(padded / np.float32(10 ** (ceiling_db / 20)), 1))
    # One frame wider than the smoothing, because samples between two frames get an interpolated gain.
    held = ndimage.maximum_filter1d(reduction, 2 * (_AHEAD + 1) + 1, mode="nearest")
    released = _released(held)
    smooth = ndimage.uniform_filter1d(released, 2 * _AHEAD + 1, mode="nearest")
    gain: Frames = np.exp(-smooth[memory : memory + len(peaks)])
    return gain


def _released(reduction: Frames) -> Frames:
    """Let the reduction fade exponentially: each value is the maximum of all earlier ones, each faded until then."""
    decay = np.float64(1 / (_RELEASE_SECONDS * _FRAMES_PER_SECOND))
    made = np.empty_like(reduction)
    carried = 0.0
    for start in range(0, len(reduction), _CHUNK):
        chunk = reduction[start : start + _CHUNK].astype(np.float64)
        chunk[0] = max(chunk[0], carried)
        fading = np.arange(len(chunk)) * decay
        with np.errstate(divide="ignore"):  # the logarithm of 0 is minus infinity, as intended
            logs = np.maximum.accumulate(np.log(chunk) + fading) - fading
        made[start : start + _CHUNK] = np.exp(logs)
        carried = float(np.exp(logs[-1] - decay))
    return made
