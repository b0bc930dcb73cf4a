"""How simple the music around each bar is: few rhythms, few pitches, and bass and chords that strike together."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.codecs import melody
from models.codecs.base import Floats, Tokens
from models.notes import BARS_PER_PHRASE, TICKS_PER_BAR

# The numbers of rhythms and pitches of a voice in eight bars that are as simple as can be, and not simple at all.
_RHYTHMS: Final = (1, 8)
_PITCHES: Final = (2, 12)
_BASS, _CHORDS = 0, 1


def simplicity(tokens: Tokens) -> Floats:
    """Return (bars,) values 0..1 for the whole bars of melody tokens (T, 10): 1 is simple, 0 is intricate.

    The value of a bar is about the eight bars around it: the mean of three values, for the rhythms and for the pitches of
    each voice, and for the onsets that bass and chords share. Silent voices do not count; silence is 1.
    """
    bars = len(tokens) // TICKS_PER_BAR
    rows = tokens[: bars * TICKS_PER_BAR].reshape(bars, TICKS_PER_BAR, tokens.shape[1])
    onsets = melody.onsets(tokens[: bars * TICKS_PER_BAR]).reshape(bars, TICKS_PER_BAR, -1) > 0
    ends = np.clip(np.arange(bars) + BARS_PER_PHRASE // 2, min(BARS_PER_PHRASE, bars), bars)
    values = [
        _of(rows[max(end - BARS_PER_PHRASE, 0) : end], onsets[max(end - BARS_PER_PHRASE, 0) : end])
        for end in ends
    ]
    return np.array(values, np.float32)


def _of(rows: Tokens, onsets: NDArray[np.bool_]) -> float:
    """Return how simple a phrase is."""
    values: list[float] = []
    for voice, (start, stop) in enumerate(melody.LAYOUT.part_ranges):
        sounding = onsets[onsets[:, :, voice].any(axis=1), :, voice]
        if len(sounding):
            pitches = np.unique(rows[:, :, start : stop - 1])
            rhythms = len(np.unique(sounding, axis=0))
            values += [_simple(rhythms, *_RHYTHMS), _simple(int((pitches > 0).sum()), *_PITCHES)]
    bass, chords = onsets[:, :, _BASS], onsets[:, :, _CHORDS]
    if bass.any() and chords.any():
        together = float((bass & chords).sum() / (bass | chords).sum())
        # It weighs as much as rhythms and pitches of all voices.
        values += [together] * (len(values) // 2)
    return float(np.mean(values)) if values else 1.0


def _simple(count: int, simplest: int, most: int) -> float:
    return min(max((most - count) / (most - simplest), 0.0), 1.0)
