"""Music written as tokens by hand, with figures that are easy to compute."""

from collections.abc import Iterable

import numpy as np

from models.codecs import melody, percussion
from models.codecs.base import Tokens
from models.codecs.melody import Sound
from models.codecs.percussion import Hit

BAR = 16


def tune(sounds: Iterable[tuple[int, str, int, int]], bars: int) -> Tokens:
    """Return (bars * 16, 10) tokens from (tick, voice, pitch, length)."""
    rows: list[list[Sound]] = [[] for _ in range(bars * BAR)]
    for tick, voice, pitch, length in sounds:
        rows[tick].append(Sound(voice, pitch, length))  # type: ignore[arg-type]
    return melody.encode(rows)


def beat(hits: Iterable[tuple[int, str]], bars: int) -> Tokens:
    """Return (bars * 16, 9) tokens from (tick, drum)."""
    rows: list[list[Hit]] = [[] for _ in range(bars * BAR)]
    for tick, drum in hits:
        rows[tick].append(Hit(percussion.DRUMS.index(drum), 1.0))
    return percussion.encode(rows)


def four_on_the_floor(bars: int) -> Tokens:
    """Return a kick on every beat."""
    return beat(((tick, "kick") for tick in range(0, bars * BAR, 4)), bars)


def wandering(seed: int, bars: int, low: int = 60, notes: int = 12) -> Tokens:
    """Return a lead of random eighths among the `notes` semitones from `low` upwards."""
    pitches = np.random.default_rng(seed).integers(low, low + notes, bars * 8)
    return tune(((8 * n // 4, "lead", int(pitch), 2) for n, pitch in enumerate(pitches)), bars)


NO_TUNE = tune((), 8)
NO_BEAT = beat((), 8)
