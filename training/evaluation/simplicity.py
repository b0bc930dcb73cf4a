"""Measures of how simple each voice is: onsets per bar, pitches and rhythms in eight bars, what voices strike together."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from models.notes import BARS_PER_PHRASE, TICKS_PER_BAR, Voice
from training.evaluation import likeness
from training.evaluation.bars import Bars
from training.evaluation.grid import Bools, Numbers

_FEWEST_BARS: Final = 4
_FEWEST_NOTES: Final = 8
_NONE: Final = np.zeros(0)


def onsets_per_bar(piece: Bars, voice: Voice, within: Bools | None = None) -> Numbers:
    """Return the median number of places in a bar at which a voice begins notes, of the bars where it does."""
    rhythm = _within(piece.rhythm(voice), within)
    counts = rhythm.sum(axis=1)
    return _median(counts[counts > 0].tolist(), _FEWEST_BARS)


def pitches(piece: Bars, voice: Voice, within: Bools | None = None) -> Numbers:
    """Return the median number of different pitches in eight bars, of windows with at least eight notes."""
    windows = _windows(_within(piece.onsets[voice], within))
    return _of_voice(
        piece, voice, [int(own.any(axis=(0, 1)).sum()) for own in windows if own.sum() >= _FEWEST_NOTES]
    )


def rhythms(piece: Bars, voice: Voice, within: Bools | None = None) -> Numbers:
    """Return the median number of different rhythms of a bar in eight bars, of windows with four bars that sound."""
    windows = _windows(_within(piece.rhythm(voice), within))
    sounding = [own[own.any(axis=1)] for own in windows]
    return _of_voice(
        piece, voice, [len(np.unique(own, axis=0)) for own in sounding if len(own) >= _FEWEST_BARS]
    )


def note_length(piece: Bars, voice: Voice) -> Numbers:
    """Return the median length of a voice's notes in ticks, as the median over windows of at least eight notes."""
    own, span = piece.sounds.of_voice(voice), BARS_PER_PHRASE * TICKS_PER_BAR
    windows = [own.between(first, first + span).length for first in range(0, piece.ticks - span + 1, span)]
    return _of_voice(piece, voice, [float(np.median(each)) for each in windows if len(each) >= _FEWEST_NOTES])


def strike_together(piece: Bars, one: Voice, other: Voice, within: Bools | None = None) -> Numbers:
    """Return the median similarity (Jaccard's index) of two voices' rhythms, of the bars in which both begin notes."""
    first, second = (_within(piece.rhythm(voice), within) for voice in (one, other))
    both = first.any(axis=1) & second.any(axis=1)
    if not _plays(piece, one) or not _plays(piece, other):
        return _NONE
    return _median(likeness.of_pairs(first[both], second[both]).tolist(), _FEWEST_BARS)


def _within(bars: Bools, within: Bools | None) -> Bools:
    """Return the bars, silent where they are not `within`."""
    return bars if within is None else bars & within.reshape(-1, *[1] * (bars.ndim - 1))


def _windows(bars: Bools) -> Iterator[Bools]:
    for first in range(0, len(bars) - BARS_PER_PHRASE + 1, BARS_PER_PHRASE):
        yield bars[first : first + BARS_PER_PHRASE]


def _plays(piece: Bars, voice: Voice) -> bool:
    return int((~piece.rests(voice)).sum()) >= _FEWEST_BARS


def _of_voice(piece: Bars, voice: Voice, values: Sequence[float]) -> Numbers:
    return _median(values, 1) if _plays(piece, voice) else _NONE


def _median(values: Sequence[float], fewest: int) -> Numbers:
    return np.array([np.median(values)]) if len(values) >= fewest else _NONE
