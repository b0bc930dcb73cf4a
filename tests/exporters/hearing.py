"""Measure sound files independently of the exporter: with pyloudnorm, and with oversampling by FFT."""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyloudnorm
from scipy import signal

from exporters.loudness import RATE
from tests import needs

soundfile = needs.library("soundfile")

Stereo = np.ndarray
_PIECE = 1 << 18
_CONTEXT = 1 << 10


class LoudnessFigures(NamedTuple):
    """Integrated loudness (LUFS), true peak (dBTP), what folding to mono costs (dB), correlation of the sides."""

    lufs: float
    true_peak: float
    mono_loss: float
    correlation: float


def read(path: Path) -> Stereo:
    samples: Stereo
    samples, rate = soundfile.read(path, always_2d=True)
    assert rate == RATE
    return samples


def heard(samples: Stereo) -> LoudnessFigures:
    mono = np.repeat(samples.mean(axis=1, keepdims=True), 2, axis=1)
    left, right = samples.T
    size = math.sqrt(float((left**2).sum() * (right**2).sum()))
    return LoudnessFigures(
        lufs(samples),
        true_peak(samples),
        lufs(samples) - lufs(mono),
        float((left * right).sum()) / size if size else math.nan,
    )


def lufs(samples: Stereo) -> float:
    return float(pyloudnorm.Meter(RATE).integrated_loudness(samples))


def true_peak(samples: Stereo) -> float:
    """Four times oversampled, piece by piece."""
    highest = 0.0
    for start in range(0, len(samples), _PIECE):
        around = samples[max(start - _CONTEXT, 0) : start + _PIECE + _CONTEXT]
        over = signal.resample(
            np.pad(around, ((_CONTEXT, _CONTEXT), (0, 0))), 4 * (len(around) + 2 * _CONTEXT)
        )
        highest = max(highest, float(np.abs(over).max()))
    return 20 * math.log10(highest) if highest else -math.inf


def rms(samples: Stereo) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def decibels(ratio: float) -> float:
    return 20 * math.log10(ratio)
