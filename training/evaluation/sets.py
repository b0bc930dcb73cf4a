"""Measures of whole sets: kicks, silences, harmony, chord loops that return, exact loops."""

from itertools import groupby
from typing import Final, NamedTuple

import numpy as np

from models.codecs import plan
from models.codecs.base import Tokens
from training.evaluation.grid import Bools, events, in_bars, kicks, sounds

# Lengths of a chord loop.
LOOP_BARS: Final = (2, 4, 8)
# Least similarity of two repetitions of a chord loop; `training.harmony` uses the same value for real songs.
RETURNS_FROM: Final = 0.6
_REPEATED_BARS: Final = 8


class Stretch(NamedTuple):
    """A range of bars: the first, and the number."""

    bar: int
    bars: int


class Loop(NamedTuple):
    """A chord loop: its length in bars, and the mean similarity (0..1) of one repetition to the next."""

    bars: int
    likeness: float

    @property
    def returns(self) -> bool:
        """Whether the loop counts as returning."""
        return self.likeness >= RETURNS_FROM


def kick_on_beats(beats: Tokens) -> float:
    """Return the share of beats with a kick; 0 without music."""
    return float(kicks(beats).mean()) if len(beats) else 0.0


def bars_without_drum(beats: Tokens) -> int:
    """Return the number of bars without a hit."""
    return int((~in_bars(beats > 0).any(axis=(1, 2))).sum())


def harmony_share(tunes: Tokens) -> float:
    """Return the share of bars in which bass or chords sound; 0 without music."""
    own = sounds(tunes)
    low = [own.of_voice("bass"), own.of_voice("chords")]
    sounding = sum((each.count_sounding(len(tunes)) for each in low), np.zeros(len(tunes), np.int64)) > 0
    return float(in_bars(sounding).any(axis=1).mean()) if len(tunes) else 0.0


def chord_loop(tunes: Tokens) -> Loop:
    """Return the most similar loop, by Jaccard's index of half bars' pitch classes in one repetition and the next."""
    sets = plan.harmony(tunes) > 0
    return max((Loop(bars, _likeness(sets, 2 * bars)) for bars in LOOP_BARS), key=lambda loop: loop.likeness)


def _likeness(sets: Bools, lag: int) -> float:
    if lag >= len(sets):
        return 0.0
    union = (sets[lag:] | sets[:-lag]).sum(axis=1)
    common = (sets[lag:] & sets[:-lag]).sum(axis=1)
    return float((common[union > 0] / union[union > 0]).mean()) if union.any() else 0.0


def silences(tunes: Tokens, beats: Tokens) -> list[Stretch]:
    """Return the ranges of bars in which nothing sounds."""
    sounding = (sounds(tunes).count_sounding(len(tunes)) > 0) | (beats > 0).any(axis=1)
    return stretches(~np.asarray(in_bars(sounding).any(axis=1)))


def exact_loops(tunes: Tokens, beats: Tokens) -> list[Stretch]:
    """Return where bars equal those eight bars before, note for note: from the loop's first repetition to its last.

    Shorter loops (1, 2, 4 bars) repeat after eight bars too, so they are found as well.
    """
    bars = events(tunes, beats)
    same = np.all(bars[_REPEATED_BARS:] == bars[:-_REPEATED_BARS], axis=1)
    return [Stretch(first, count + _REPEATED_BARS) for first, count in stretches(np.asarray(same))]


def stretches(marked: Bools) -> list[Stretch]:
    """Return the runs of True."""
    found, at = [], 0
    for is_marked, run in groupby(marked.tolist()):
        count = len(list(run))
        if is_marked:
            found.append(Stretch(at, count))
        at += count
    return found


def longest(found: list[Stretch]) -> Stretch:
    """Return the longest; if there is none, one of no bars."""
    return max(found, key=lambda stretch: stretch.bars, default=Stretch(0, 0))
