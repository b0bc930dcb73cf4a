"""Measures of whole sets that only these figures need."""

from itertools import pairwise

import numpy as np
from scipy.stats import entropy

from models.codecs.base import Tokens
from models.notes import TICKS_PER_BAR
from training.evaluation.features import FEATURES, features
from training.evaluation.grid import Numbers, bar_count
from training.evaluation.music import Music
from training.evaluation.statistics import mean_known
from training.piece import LEAST_SOUNDING


def has_both(piece: Music) -> bool:
    """Return whether both melody and drums sound in more than the least share of ticks."""
    return all((tokens > 0).any(axis=1).mean() > LEAST_SOUNDING for tokens in piece[1:3])


def drum_entropy(beats: Tokens) -> float:
    """Return the entropy in bits of the sets of drums struck at each tick; 0 without music."""
    _, counts = np.unique(beats > 0, axis=0, return_counts=True)
    return float(entropy(counts, base=2)) if len(beats) else 0.0


def tenths(tunes: Tokens, beats: Tokens, parts: int = 10) -> Numbers:
    """Return (parts, 13): mean features of each tenth of a long piece; NaN if a tenth has fewer than eight bars."""
    edges = np.linspace(0, bar_count(tunes), parts + 1).astype(int) * TICKS_PER_BAR
    rows = [mean_known(features(tunes[start:stop], beats[start:stop])) for start, stop in pairwise(edges)]
    return np.array(rows).reshape(parts, len(FEATURES))
