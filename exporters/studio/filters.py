"""Filters as Web Audio has them, also with a cutoff that moves."""

import math
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from exporters.loudness import RATE
from exporters.studio.sounds import FilterKind

Stereo = NDArray[np.float32]  # (2, samples)
QUANTUM: Final = 128  # Web Audio computes a moving filter anew for so many samples
BUTTERWORTH: Final = math.sqrt(0.5)
# A cutoff that moves by less than this many octaves counts as the same.
_SAME_OCTAVES: Final = 0.025
_NOTHING: Final = 1e-12


class Filter:
    """A second-order filter that keeps its state from block to block. `q` is linear."""

    def __init__(self, kind: FilterKind, hertz: float = 1000.0, q: float = BUTTERWORTH) -> None:
        self._kind, self._hertz, self._q = kind, hertz, q
        self._state = np.zeros((2, 2))

    def process(self, sound: Stereo) -> Stereo:
        """Return the next samples, filtered."""
        made, self._state = signal.lfilter(
            *coefficients(self._kind, self._hertz, self._q), sound, axis=1, zi=self._state
        )
        return self._clean(made)

    def moved(self, sound: Stereo, hertz: NDArray[np.float64]) -> Stereo:
        """Return the next samples, filtered with a cutoff for each quantum."""
        made = np.empty(sound.shape)
        for first, last in _runs(np.log2(hertz)):
            part = slice(first * QUANTUM, last * QUANTUM)
            made[:, part], self._state = signal.lfilter(
                *coefficients(self._kind, float(hertz[first]), self._q),
                sound[:, part],
                axis=1,
                zi=self._state,
            )
        return self._clean(made)

    def _clean(self, made: NDArray[np.float64]) -> Stereo:
        """Return samples, the tiniest of them zero: processors need many times as long for them."""
        self._state[np.abs(self._state) < _NOTHING] = 0
        made[np.abs(made) < _NOTHING] = 0
        return made.astype(np.float32)


def coefficients(kind: FilterKind, hertz: float, q: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the coefficients of a filter: those of the input, and those of the output."""
    w = 2 * math.pi * min(hertz, 0.49 * RATE) / RATE
    cosine, alpha = math.cos(w), math.sin(w) / (2 * q)
    top = {
        "lowpass": ((1 - cosine) / 2, 1 - cosine, (1 - cosine) / 2),
        "highpass": ((1 + cosine) / 2, -1 - cosine, (1 + cosine) / 2),
        "bandpass": (alpha, 0.0, -alpha),
    }[kind]
    return np.array(top) / (1 + alpha), np.array([1 + alpha, -2 * cosine, 1 - alpha]) / (1 + alpha)


def _runs(octaves: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return (first, last) of the runs of quanta whose cutoffs count as the same."""
    steps = np.floor(octaves / _SAME_OCTAVES)
    starts = [0, *(np.flatnonzero(np.diff(steps)) + 1).tolist(), len(octaves)]
    return [(first, last) for first, last in pairwise(starts) if first < last]
