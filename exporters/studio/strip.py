"""A voice's strip of the mixing desk, block by block: drive, filters, pump of the kick, reverbs and echo."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from exporters.loudness import RATE
from exporters.studio.filters import QUANTUM, Filter, Stereo
from exporters.studio.notes import Target, approach
from exporters.studio.sounds import Echo, Space, Strip
from exporters.studio.sources import room

_ATTACK: Final = 0.004  # how fast the pump goes down
_OPEN_HERTZ: Final = 18000.0
_OPEN: Final = 64  # the neutral value of the filter's controller
_STEPS_PER_OCTAVE: Final = 8
_SMOOTH: Final = 0.03
BLOCK: Final = 1 << 18  # the most samples of a block
ROOM_SEED: Final = 21
HALL_SEED: Final = 31


def gain_of(decibels: float) -> float:
    """Return a level in dB as a factor."""
    return 10 ** (decibels / 20)


def sweep_hertz(value: int) -> float:
    """Return the cutoff of a value of CC 74; 64 is open."""
    return _OPEN_HERTZ * 2 ** ((min(value, _OPEN) - _OPEN) / _STEPS_PER_OCTAVE)


class Channel:
    """A strip with its echoes. `kicks` are (seconds, force), `sweeps` (seconds, value of CC 74)."""

    def __init__(
        self,
        strip: Strip,
        space: Space,
        tempo: float,
        kicks: Sequence[tuple[float, float]],
        sweeps: Sequence[tuple[float, int]],
    ) -> None:
        self._strip = strip
        self._gain = gain_of(strip.gain)
        self._highpass = Filter("highpass", strip.highpass)
        self._pump = _pump(strip, kicks)
        self._sweep = _Sweep([Target(at, math.log2(sweep_hertz(value)), _SMOOTH) for at, value in sweeps])
        self._reverb = _Reverb(space, strip)
        self._echo = _EchoLine(space.echo, tempo, gain_of(strip.echo))
        self._at = 0

    def process(self, block: Stereo) -> Stereo:
        """Return the voice as it is in the mix."""
        drive = self._strip.drive
        sound = np.tanh(block * drive) / np.float32(math.tanh(drive)) if drive else block
        sound = self._highpass.process(sound)
        sound = self._sweep.process(sound, self._at)
        times = (self._at + np.arange(block.shape[1])) / RATE
        sound = sound * (self._gain * _at(self._pump, times)).astype(np.float32)
        sound = sound.astype(np.float32)
        self._at += block.shape[1]
        return sound + self._reverb.process(sound) + self._echo.process(sound)


def _pump(strip: Strip, kicks: Sequence[tuple[float, float]]) -> list[Target]:
    floor, hold, back = strip.pump
    if floor == 1:
        return []
    return sorted(
        target
        for at, force in kicks
        for target in (
            Target(at, 1 - (1 - floor) * force, _ATTACK),
            Target(at + hold, 1.0, back),
        )
    )


def _at(targets: Sequence[Target], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the pump at these times. Targets long before them no longer matter."""
    near = [each for each in targets if times[0] - 3 < each.at <= times[-1]]
    return approach(1.0, near, times)


class _Sweep:
    """The filter that builds open; `targets` are of the binary logarithm of its cutoff."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = targets
        self._filter = Filter("lowpass", _OPEN_HERTZ)

    def process(self, sound: Stereo, at: int) -> Stereo:
        if not self._targets:
            return sound
        times = (at + np.arange(0, sound.shape[1], QUANTUM)) / RATE
        return self._filter.moved(sound, 2 ** approach(math.log2(_OPEN_HERTZ), self._targets, times))


class _Reverb:
    """Both reverbs in one response, each at its own level."""

    def __init__(self, space: Space, strip: Strip) -> None:
        hall = room(*space.hall, HALL_SEED) * np.float32(gain_of(strip.hall))
        near = room(*space.room, ROOM_SEED) * np.float32(gain_of(strip.room))
        hall[:, : near.shape[1]] += near
        self._length = hall.shape[1]
        self._size = fft.next_fast_len(BLOCK + self._length, real=True)
        self._response = fft.rfft(hall, self._size, axis=1)
        self._rest = np.zeros((2, self._length), np.float32)

    def process(self, sound: Stereo) -> Stereo:
        count = sound.shape[1]
        made: Stereo = np.zeros((2, count + self._length), np.float32)
        if sound.any():
            spectrum = fft.rfft(sound, self._size, axis=1) * self._response
            made += fft.irfft(spectrum, self._size, axis=1)[:, : made.shape[1]]
        made[:, : self._length] += self._rest
        self._rest = made[:, count:]
        return made[:, :count]


class _EchoLine:
    """A delay that repeats on the other side each time. It is fed with the middle of the sound."""

    def __init__(self, echo: Echo, tempo: float, level: float) -> None:
        self._level, self._feedback = level, echo.feedback
        self._line = np.zeros((2, round(echo.beats * 60 / tempo * RATE)), np.float32)
        self._filters = (Filter("highpass", echo.highpass), Filter("lowpass", echo.lowpass))

    def process(self, sound: Stereo) -> Stereo:
        if self._level < 0.002:
            return np.zeros_like(sound)
        made = np.empty_like(sound)
        size = self._line.shape[1]
        for start in range(0, sound.shape[1], size):
            part = sound[:, start : start + size]
            count = part.shape[1]
            out = self._line[:, :count]
            made[:, start : start + count] = out
            kept = np.float32(self._feedback) * out[::-1]
            kept[0] += part.mean(axis=0) * np.float32(self._level)
            for each in self._filters:
                kept = each.process(kept)
            self._line = np.concatenate([self._line[:, count:], kept], axis=1)
        return made
