"""Notes of the tones, and hits: the envelopes and filters that Web Audio gives them in the panel."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from exporters.loudness import RATE
from exporters.studio.filters import QUANTUM, Filter, Stereo
from exporters.studio.sounds import Tone
from exporters.studio.sources import loop, loop_pitch

_TOP_HERTZ: Final = 18000.0
_RELEASES: Final = 2.5  # a note ends after so many releases
_LEAST_SECONDS: Final = 0.015
_KEPT_SECONDS: Final = 1.5
_BRIGHTNESSES: Final = 16  # so many steps of force are heard in the filter
_GOLDEN: Final = 0.6180339887498949


class Target(NamedTuple):
    """From `at` seconds on, a value approaches `value` with a time constant, as Web Audio's setTargetAtTime."""

    at: float
    value: float
    constant: float


def approach(begin: float, targets: Sequence[Target], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a value at each time; it is `begin` before the first target. `times` and `targets` are in order."""
    made = np.full(len(times), begin)
    bounds = [*np.searchsorted(times, [target.at for target in targets]), len(times)]
    value = begin
    for number, (at, goal, constant) in enumerate(targets):
        part = slice(bounds[number], bounds[number + 1])
        made[part] = goal + (value - goal) * np.exp(-(times[part] - at) / constant)
        if number + 1 < len(targets):
            value = goal + (value - goal) * math.exp(-(targets[number + 1].at - at) / constant)
    return made


def tone_note(tone: Tone, pitch: int, force: float, seconds: float, tempo: float) -> Stereo:
    """Return a note that is held for `seconds`, with its release. `force` is 0 to 1."""
    held = round(max(seconds, _LEAST_SECONDS), 3)
    brightness = round(force * _BRIGHTNESSES) / _BRIGHTNESSES
    make = _kept if held < _KEPT_SECONDS else _made
    return make(tone, pitch, brightness, held, tempo) * np.float32(0.35 + 0.65 * force)


def _made(tone: Tone, pitch: int, brightness: float, held: float, tempo: float) -> Stereo:
    count = math.ceil((held + _RELEASES * tone.release) * RATE)
    filter_ = Filter("lowpass", q=10 ** (tone.q / 20))
    sound = filter_.moved(_played(tone, pitch, count), _cutoffs(tone, pitch, brightness, count, tempo))
    time = np.arange(count) / RATE
    targets = [Target(0.0, 1.0, tone.attack / 3), Target(tone.attack, tone.sustain, tone.decay / 3)]
    targets = [each for each in targets if each.at < held]
    envelope = approach(0.0, [*targets, Target(held, 0.0, tone.release / 3)], time)
    shaped: Stereo = sound * envelope.astype(np.float32)
    return shaped


# The same notes come again and again. Long ones are not kept, because they need much memory.
_kept = lru_cache(maxsize=160)(_made)


def _played(tone: Tone, pitch: int, count: int) -> Stereo:
    """Return so many samples of the loop at a pitch, interpolated linearly."""
    samples, hertz = loop(tone, loop_pitch(pitch))
    size = samples.shape[1]
    step = 440 * 2 ** ((pitch - 69) / 12) / hertz
    start = pitch * _GOLDEN % 1 * size if tone.phase else 0.0
    place = (start + step * np.arange(count)) % size
    first = place.astype(np.int64)
    share = (place - first).astype(np.float32)
    following = first + 1
    following[following == size] = 0
    played: Stereo = samples[:, first] * (1 - share) + samples[:, following] * share
    return played


def _cutoffs(tone: Tone, pitch: int, force: float, count: int, tempo: float) -> NDArray[np.float64]:
    """Return the cutoff in Hz for each quantum."""
    low, high = tone.cutoff
    follow = 2 ** ((pitch - 60) / 24)
    time = np.arange(0, count, QUANTUM) / RATE
    begin = min(high * follow * (0.45 + 0.55 * force), 16000)
    hertz = approach(begin, [Target(0.01, low * follow, tone.sweep)], time)
    swings, octaves = tone.wobble
    if octaves:
        hertz = hertz * 2 ** (-octaves * np.cos(2 * np.pi * swings * tempo / 60 * time))
    return np.minimum(hertz, _TOP_HERTZ)


def played_at(sound: Stereo, rate: float) -> Stereo:
    """Return sound played faster or slower, interpolated linearly."""
    if rate == 1:
        return sound
    place = np.arange(0, sound.shape[1] - 1, rate)
    first = place.astype(np.int64)
    share = (place - first).astype(np.float32)
    made: Stereo = sound[:, first] * (1 - share) + sound[:, first + 1] * share
    return made
