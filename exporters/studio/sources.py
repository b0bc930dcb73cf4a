"""Where sound comes from: looped waves, hits and rooms. `sources.js` of the panel computes the same samples."""

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from exporters.loudness import RATE
from exporters.studio.filters import coefficients
from exporters.studio.sounds import Hit, Layer, Tone, Wave

Floats = NDArray[np.float64]
_LOW_LOOP, _HIGH_LOOP = 1 << 16, 1 << 15
_HIGH_FROM: Final = 60
_FIRST, _SPAN = 30, 12  # the pitches of the loops
_TOP_HERTZ: Final = 15000
_GOLDEN: Final = 0.6180339887498949
_METAL: Final = (2050.0, 3071.0, 3690.0, 5223.0, 5410.0, 8000.0)
_FADE_SECONDS: Final = 0.005


def noise(seed: int, count: int) -> Floats:
    """Return white noise from -1 to 1: the generator mulberry32, whose values depend only on their number."""
    numbers = np.arange(1, count + 1, dtype=np.uint32)
    t = np.uint32(seed * 2654435761 & 0xFFFFFFFF) + numbers * np.uint32(0x6D2B79F5)
    r = (t ^ t >> np.uint32(15)) * (t | np.uint32(1))
    r ^= r + (r ^ r >> np.uint32(7)) * (r | np.uint32(61))
    white: Floats = (r ^ r >> np.uint32(14)).astype(np.float64) / 2**31 - 1
    return white


def sides(pan: float) -> tuple[float, float]:
    """Return the gains of left and right, at equal power."""
    angle = (1 + pan) * math.pi / 4
    return math.cos(angle), math.sin(angle)


def loop_pitch(pitch: int) -> int:
    """Return the pitch of the loop that plays a pitch."""
    return _FIRST + _SPAN * max(round((pitch - _FIRST) / _SPAN), 0)


@lru_cache(maxsize=64)
def loop(tone: Tone, pitch: int) -> tuple[NDArray[np.float32], float]:
    """Return the loop of a tone at a `loop_pitch` as (2, samples), and its frequency in Hz."""
    size = _HIGH_LOOP if pitch >= _HIGH_FROM else _LOW_LOOP
    base = 440 * 2 ** ((pitch - 69) / 12)
    spectrum = np.zeros(size, np.complex128)
    for wave in tone.waves:
        _add_wave(spectrum, wave, base, tone.phase)
    made = np.fft.ifft(spectrum) * size
    middle = max(round(base * size / RATE), 1) * RATE / size
    scale = math.sqrt(2 * np.square(np.abs(spectrum)).sum())
    both = np.stack([made.real, made.imag]) / max(scale, 1e-9)
    return both.astype(np.float32), middle


def _add_wave(spectrum: NDArray[np.complex128], wave: Wave, base: float, phase: float) -> None:
    """Add a wave: left is the real part, right the imaginary part."""
    size = len(spectrum)
    for number in range(wave.voices):
        place = 2 * number / (wave.voices - 1) - 1 if wave.voices > 1 else 0.0
        hertz = base * 2 ** (wave.octave + wave.cents * place / 1200) * wave.ratio
        bin_ = max(round(hertz * size / RATE), 1)
        left, right = sides(wave.width * place)
        start = 2 * math.pi * phase * ((number + 1) * _GOLDEN % 1)
        count = min(int(_TOP_HERTZ * size / RATE / bin_), 400)
        for k in range(1, count + 1):
            amplitude = _harmonic(wave, k) * wave.level / math.sqrt(wave.voices)
            value = amplitude * complex(math.sin(k * start), -math.cos(k * start)) / 2
            spectrum[k * bin_] += value * complex(left, right)
            spectrum[size - k * bin_] += value.conjugate() * complex(left, right)


def _harmonic(wave: Wave, k: int) -> float:
    match wave.shape:
        case "saw":
            return 1 / k
        case "square":
            return k % 2 / k
        case "triangle":
            return k % 2 * (1 - k // 2 % 2 * 2) / k**2
        case "pulse":
            return math.sin(math.pi * k * wave.duty) / k
    return float(k == 1)


@lru_cache(maxsize=64)
def hit(made: Hit) -> NDArray[np.float32]:
    """Return a hit as (2, samples), at most 1."""
    count = round(made.seconds * RATE)
    mix = np.zeros((2, count))
    for layer in made.layers:
        mix += _layer(layer, count)
    if made.drive:
        mix = np.tanh(mix * made.drive) / math.tanh(made.drive)
    fade = round(_FADE_SECONDS * RATE)
    mix[:, -fade:] *= np.linspace(1, 0, fade)
    sound: NDArray[np.float32] = (mix / max(np.abs(mix).max(), 1e-9)).astype(np.float32)
    return sound


def _layer(layer: Layer, count: int) -> Floats:
    time = np.arange(count) / RATE - layer.at
    late = np.maximum(time - layer.hold, 0)
    envelope = np.where(time < 0, 0, np.exp(-late / layer.decay))
    envelope *= np.clip(time / layer.attack, 0, 1) * layer.level
    return _filtered(_raw(layer, np.maximum(time, 0)), layer) * envelope


def _raw(layer: Layer, time: Floats) -> Floats:
    if layer.noise is not None:
        middle, side = noise(layer.noise, len(time)), noise(layer.noise + 100, len(time))
        return np.stack([middle + layer.width * side, middle - layer.width * side]) / math.hypot(
            1, layer.width
        )
    if layer.metal is not None:
        squares = [np.where(time * hertz * layer.metal % 1 < 0.5, 1.0, -1.0) for hertz in _METAL]
        return np.stack([sum(squares) / len(_METAL)] * 2)
    turns = layer.to * time + (layer.start - layer.to) * layer.sweep * (1 - np.exp(-time / layer.sweep))
    wave = np.sin(2 * np.pi * turns)
    if layer.wave == "triangle":
        wave = 2 / np.pi * np.arcsin(wave)
    return np.stack([wave, wave])


def _filtered(raw: Floats, layer: Layer) -> Floats:
    if layer.filter is None:
        return raw
    made: Floats = signal.lfilter(*coefficients(*layer.filter), raw, axis=1)
    return made


@lru_cache(maxsize=4)
def room(seconds: float, low: float, high: float, seed: int) -> NDArray[np.float32]:
    """Return the impulse response of a reverb as (2, samples), with an energy of 1 for each side."""
    count = round(seconds * RATE)
    time = np.arange(count) / RATE
    made = np.zeros((2, count))
    keep = math.exp(-2 * math.pi * 1800 / RATE)
    for side in range(2):
        white = noise(seed + side, count)
        dark = signal.lfilter([1 - keep], [1, -keep], white)
        both = dark * np.exp(-time / low) + (white - dark) * 0.5 * np.exp(-time / high)
        made[side] = signal.lfilter(*coefficients("highpass", 220, 0.7), both)
    made *= np.clip(time / 0.004, 0, 1)
    response: NDArray[np.float32] = (made / np.sqrt(np.square(made).sum(axis=1, keepdims=True))).astype(
        np.float32
    )
    return response
