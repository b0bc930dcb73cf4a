"""Thirteen features of eight bars, from the literature on comparing collections of music."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from scipy.stats import entropy

from models.codecs.base import LOOKBACK_BARS, Tokens
from models.notes import TICKS_PER_BAR
from models.scales import MODES
from training.evaluation import likeness
from training.evaluation.grid import Numbers, Sounds, bar_count, events, in_bars, kicks, sounds

WINDOW_BARS: Final = 8
_YANG: Final = "Yang & Lerch 2018"
_MUSPY: Final = "Dong et al. 2020 (MusPy)"


class Window(NamedTuple):
    """Up to eight bars: melodic notes, drum hits per bar, share of beats with a kick per bar, similarity by lag."""

    bars: int
    sounds: Sounds
    hits: Numbers
    kicks: Numbers
    likeness: Mapping[int, Numbers]


class Feature(NamedTuple):
    """A number for a window, NaN if it is undefined there; `source` is its definition in the literature."""

    unit: str
    source: str
    measure: Callable[[Window], float]


def notes_per_bar(window: Window) -> float:
    """Return the number of melodic onsets per bar."""
    return len(window.sounds.onset) / window.bars


def polyphony(window: Window) -> float:
    """Return the mean number of simultaneous notes, over ticks where at least one sounds."""
    sounding = window.sounds.count_sounding(window.bars * TICKS_PER_BAR)
    return float(sounding[sounding > 0].mean()) if sounding.any() else np.nan


def pitch_range(window: Window) -> float:
    """Return the interval from the lowest to the highest note."""
    return float(np.ptp(window.sounds.pitch)) if len(window.sounds.pitch) else np.nan


def note_length(window: Window) -> float:
    """Return the mean length of a note."""
    return float(window.sounds.length.mean()) if len(window.sounds.length) else np.nan


def inter_onset_interval(window: Window) -> float:
    """Return the mean distance between ticks with a melodic onset."""
    moments = np.unique(window.sounds.onset)
    return float(np.diff(moments).mean()) if len(moments) > 1 else np.nan


def pitch_class_entropy(window: Window) -> float:
    """Return the entropy of the notes' pitch classes, 0 to log2(12)."""
    share = pitch_class_shares(window.sounds)
    return float(entropy(share, base=2)) if share.any() else np.nan


def scale_consistency(window: Window) -> float:
    """Return the share of notes in the major or minor scale that contains most of them."""
    share = pitch_class_shares(window.sounds)
    return float((_SCALES @ share).max()) if share.any() else np.nan


def drum_hits_per_bar(window: Window) -> float:
    """Return the mean number of drum hits per bar."""
    return float(window.hits.mean())


def kick_on_beat(window: Window) -> float:
    """Return the share of beats with a kick."""
    return float(window.kicks.mean())


def pitch_class_shares(own: Sounds) -> Numbers:
    """Return (12,): the share of notes by pitch class; zeros without notes."""
    counts = np.bincount(own.pitch % 12, minlength=12).astype(np.float64)
    shares: Numbers = counts / max(counts.sum(), 1)
    return shares


_SCALES: Final = np.array(
    [np.isin(np.arange(12), [(root + step) % 12 for step in MODES["major"]]) for root in range(12)]
).astype(np.float64)


def _self_similarity(lag: int) -> Feature:
    def measure(window: Window) -> float:
        known = window.likeness[lag]
        return float(np.nanmean(known)) if not np.isnan(known).all() else np.nan

    return Feature(f"likeness to the bar {lag} before", "Foote 1999, Jaccard's index", measure)


FEATURES: Final[Mapping[str, Feature]] = MappingProxyType(
    {
        "notes per bar": Feature("notes", _YANG, notes_per_bar),
        "polyphony": Feature("notes at a time", _MUSPY, polyphony),
        "pitch range": Feature("semitones", _YANG, pitch_range),
        "note length": Feature("ticks", _YANG, note_length),
        "inter-onset interval": Feature("ticks", _YANG, inter_onset_interval),
        "pitch-class entropy": Feature("bits", "Wu & Yang 2020", pitch_class_entropy),
        "scale consistency": Feature("share of notes", "Mogren 2016", scale_consistency),
        "drum hits per bar": Feature("hits", "Dong et al. 2018 (MuseGAN)", drum_hits_per_bar),
        "kick on the beat": Feature(
            "share of beats", "Dong et al. 2018 (MuseGAN), drum pattern", kick_on_beat
        ),
        **{f"self-similarity {lag}": _self_similarity(lag) for lag in LOOKBACK_BARS},
    }
)


def windows(tunes: Tokens, beats: Tokens) -> list[Window]:
    """Divide a piece into windows of eight bars. The rest is left out; a shorter piece is one window."""
    bars = bar_count(tunes)
    own, starts = sounds(tunes), events(tunes, beats)
    alike = {lag: likeness.at_lag(starts, lag) for lag in LOOKBACK_BARS}
    hits = in_bars(beats > 0).sum(axis=(1, 2)).astype(np.float64)
    on_beat = kicks(beats).mean(axis=1)
    return [
        Window(
            min(WINDOW_BARS, bars - first),
            own.between(first * TICKS_PER_BAR, (first + WINDOW_BARS) * TICKS_PER_BAR),
            hits[first : first + WINDOW_BARS],
            on_beat[first : first + WINDOW_BARS],
            {lag: row[first : first + WINDOW_BARS] for lag, row in alike.items()},
        )
        for first in range(0, max(bars - WINDOW_BARS + 1, min(bars, 1)), WINDOW_BARS)
    ]


def features(tunes: Tokens, beats: Tokens) -> Numbers:
    """Return (windows, 13): the columns of `FEATURES`, from (T, 10) melody and (T, 9) percussion tokens."""
    rows = [[feature.measure(each) for feature in FEATURES.values()] for each in windows(tunes, beats)]
    return np.array(rows, np.float64).reshape(-1, len(FEATURES))
