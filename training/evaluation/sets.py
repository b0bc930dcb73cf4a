"""What a dance floor would notice in a set: kicks, holes, harmony, loops that return, loops that never end."""

from itertools import groupby, pairwise
from typing import Final, NamedTuple

import numpy as np

from models.codecs import melody, plan
from models.codecs.base import Tokens
from models.notes import TICKS_PER_BAR
from training.evaluation.features import FEATURES, features
from training.evaluation.grid import Bools, Numbers, bar_count, events, in_bars, kicks, sounds
from training.evaluation.statistics import mean_known

# A chord loop is one of two, four or eight bars.
LOOP_BARS: Final = (2, 4, 8)
# As alike as two times round have to be to count as one loop; the chord loops of real songs are chosen by the same number.
RETURNS_FROM: Final = 0.6
_REPEATED_BARS: Final = 8


class Stretch(NamedTuple):
    """Bars in a row: the first, and how many."""

    bar: int
    bars: int


class Loop(NamedTuple):
    """A chord loop: its length in bars, and how alike (0..1) two times round are on the mean."""

    bars: int
    likeness: float

    @property
    def returns(self) -> bool:
        """Whether it counts as one."""
        return self.likeness >= RETURNS_FROM


def kick_on_beats(beats: Tokens) -> float:
    """Share of beats with a kick; 0 for no music."""
    return float(kicks(beats).mean()) if len(beats) else 0.0


def bars_without_drum(beats: Tokens) -> int:
    """How many bars have no hit."""
    return int((~in_bars(beats > 0).any(axis=(1, 2))).sum())


def harmony_share(tunes: Tokens) -> float:
    """Share of bars in which bass or chords sound; 0 for no music."""
    own = sounds(tunes)
    low = [own.of_voice("bass"), own.of_voice("chords")]
    sounding = sum((each.count_sounding(len(tunes)) for each in low), np.zeros(len(tunes), np.int64)) > 0
    return float(in_bars(sounding).any(axis=1).mean()) if len(tunes) else 0.0


def voices_per_bar(tunes: Tokens) -> float:
    """Mean number of melodic voices (0 to 3) that begin a note in a bar; 0 for no music."""
    begun = in_bars(melody.onsets(tunes) > 0).any(axis=1)
    return float(begun.sum(axis=1).mean()) if len(tunes) else 0.0


def drum_entropy(beats: Tokens) -> float:
    """Entropy in bits of which drums are struck together at a tick; 0 for no music."""
    if not len(beats):
        return 0.0
    _, counts = np.unique(beats > 0, axis=0, return_counts=True)
    share = counts / counts.sum()
    return float(-(share * np.log2(share)).sum())


def chord_loop(tunes: Tokens) -> Loop:
    """Find the loop that returns best: Jaccard's index of half bars' pitch classes, one time round and the next."""
    sets = plan.harmony(tunes) > 0
    return max((Loop(bars, _likeness(sets, 2 * bars)) for bars in LOOP_BARS), key=lambda loop: loop.likeness)


def _likeness(sets: Bools, lag: int) -> float:
    if lag >= len(sets):
        return 0.0
    union = (sets[lag:] | sets[:-lag]).sum(axis=1)
    common = (sets[lag:] & sets[:-lag]).sum(axis=1)
    return float((common[union > 0] / union[union > 0]).mean()) if union.any() else 0.0


def silences(tunes: Tokens, beats: Tokens) -> list[Stretch]:
    """Bars in a row in which nothing sounds."""
    sounding = (sounds(tunes).count_sounding(len(tunes)) > 0) | (beats > 0).any(axis=1)
    return stretches(~np.asarray(in_bars(sounding).any(axis=1)))


def exact_loops(tunes: Tokens, beats: Tokens) -> list[Stretch]:
    """Where bars repeat those eight bars before note for note: from the loop's first time round to its last.

    Shorter loops (1, 2, 4 bars) repeat after eight bars too, so they are found as well.
    """
    bars = events(tunes, beats)
    same = np.all(bars[_REPEATED_BARS:] == bars[:-_REPEATED_BARS], axis=1)
    return [Stretch(first, count + _REPEATED_BARS) for first, count in stretches(np.asarray(same))]


def stretches(marked: Bools) -> list[Stretch]:
    """Runs of True, by their first bar."""
    found, at = [], 0
    for is_marked, run in groupby(marked.tolist()):
        count = len(list(run))
        if is_marked:
            found.append(Stretch(at, count))
        at += count
    return found


def longest(found: list[Stretch]) -> Stretch:
    """Return the longest, one of no bars when there is none."""
    return max(found, key=lambda stretch: stretch.bars, default=Stretch(0, 0))


def tenths(tunes: Tokens, beats: Tokens, parts: int = 10) -> Numbers:
    """(parts, 13) mean features of each tenth of a long piece; NaN where a tenth holds no eight bars."""
    edges = np.linspace(0, bar_count(tunes), parts + 1).astype(int) * TICKS_PER_BAR
    rows = [mean_known(features(tunes[start:stop], beats[start:stop])) for start, stop in pairwise(edges)]
    return np.array(rows).reshape(parts, len(FEATURES))
