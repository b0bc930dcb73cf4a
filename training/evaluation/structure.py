"""Measures of how a piece repeats: similarity of bars, figures that return, changes within and at the end of phrases."""

from typing import Final, NamedTuple

import numpy as np

from models.codecs import melody
from models.notes import BARS_PER_PHRASE, VOICES, Voice
from training.evaluation import likeness
from training.evaluation.bars import Bars, flat, top_line
from training.evaluation.grid import Bools, Numbers

LAGS: Final = (1, 2, 4, 8, 16, 32)
FAR_BARS: Final = 16
_FEWEST_BARS: Final = 4
_FEWEST_NOTES: Final = 4
_FEWEST_CHANGES: Final = 2
# From this similarity on a figure counts as known; a figure that comes back after a rest may differ more.
_KNOWN_FROM, _BACK_FROM = 0.75, 0.6
_REST_BARS: Final = 4
_BACK_WITHIN_BARS: Final = 4
_FIRST_BARS: Final = 8
_NONE: Final = np.zeros(0)


class Figures(NamedTuple):
    """The figures of a voice: the places of the top notes in two bars, and their intervals from the first one.

    `rows` is (bars - 1, places x intervals), for each pair of consecutive bars; `known` says which pairs have at least
    four onsets.
    """

    rows: Bools
    known: Bools

    def similarity(self, other: "Figures | None" = None) -> Numbers:
        """Return (figures, other's figures): Jaccard's index of each pair; 0 if one is no figure."""
        theirs = self if other is None else other
        index = likeness.between(self.rows, theirs.rows)
        return index * (self.known[:, None] & theirs.known[None])

    def between(self, start: int, stop: int) -> "Figures":
        """Return the figures within the bars from `start` to before `stop`."""
        return Figures(self.rows[start : stop - 1], self.known[start : stop - 1])


def figures(onsets: Bools) -> Figures:
    """Return the figures of a voice from its onsets (bars, 16, pitches)."""
    line, span = top_line(onsets), onsets.shape[2]
    pairs = np.concatenate([line[:-1], line[1:]], axis=1)
    begun = pairs > 0
    first = np.take_along_axis(pairs, begun.argmax(axis=1)[:, None], axis=1)
    rows = np.zeros((*pairs.shape, 2 * span), bool)
    pair, place = np.nonzero(begun)
    rows[pair, place, (pairs - first + span)[begun]] = True
    return Figures(flat(rows), begun.sum(axis=1) >= _FEWEST_NOTES)


def similarity_at(piece: Bars, voice: Voice, lag: int) -> Numbers:
    """Return the mean similarity of a voice's bars to those `lag` bars before, if at least four can be compared."""
    return _mean(likeness.at_lag(flat(piece.onsets[voice]), lag), _FEWEST_BARS)


def known_figures(piece: Bars, voice: Voice = "lead", gap: int = FAR_BARS) -> Numbers:
    """Return the share of figures that the voice also played at least `gap` bars before, from bar 2 * `gap` on."""
    own = figures(piece.onsets[voice])
    old = np.tril(own.similarity() >= _KNOWN_FROM, -gap).any(axis=1)
    return _mean(np.where(own.known, old, np.nan)[2 * gap :], _FEWEST_BARS)


def back_after_rest(piece: Bars, voice: Voice = "lead") -> Numbers:
    """Return for each return of a voice after four bars of rest: 1 if it has a figure from before the rest, else 0."""
    sounds = ~piece.rests(voice)
    own = figures(piece.onsets[voice]).similarity() >= _BACK_FROM
    returns = [
        bar
        for bar in range(_REST_BARS + _FIRST_BARS, piece.count - _BACK_WITHIN_BARS)
        if sounds[bar] and not sounds[bar - _REST_BARS : bar].any() and sounds[: bar - _REST_BARS].any()
    ]
    return np.array(
        [float(own[bar : bar + _BACK_WITHIN_BARS, : bar - _REST_BARS].any()) for bar in returns], float
    )


def changes_in_phrase(piece: Bars) -> Numbers:
    """Return the share of drum bars that differ from the bar before, of those in the middle of four bars."""
    return _changes(piece, (np.arange(piece.count) % 4 == 1) | (np.arange(piece.count) % 4 == 2))


def changes_at_phrase_end(piece: Bars) -> Numbers:
    """Return the share of drum bars that differ from the bar before, of the last bars of eight."""
    return _changes(piece, np.arange(piece.count) % BARS_PER_PHRASE == BARS_PER_PHRASE - 1)


def _changes(piece: Bars, chosen: Bools) -> Numbers:
    bars, rests = flat(piece.onsets["drums"]), piece.rests("drums")
    differs = (bars[1:] != bars[:-1]).any(axis=1)
    both = ~rests[1:] & ~rests[:-1] & chosen[1:]
    return _mean(np.where(both, differs, np.nan), _FEWEST_CHANGES)


def similarity_to(prime: Bars, piece: Bars, blocks: range = range(2, 6)) -> Numbers:
    """Return the similarity of each block of eight bars of `piece` to `prime`. Blocks are counted from 1.

    Each bar in which a voice plays has the similarity of its onsets to those of the most similar bar of the same voice in
    the prime, by place and pitch class. The block has the mean over its bars and then over the voices. Blocks in which
    nothing begins are left out.
    """
    theirs, own = ({voice: flat(_classes(each, voice)) for voice in VOICES} for each in (prime, piece))
    found = []
    for block in blocks:
        bars = slice((block - 1) * BARS_PER_PHRASE, block * BARS_PER_PHRASE)
        playing = [(rows[bars][np.any(rows[bars], axis=1)], theirs[voice]) for voice, rows in own.items()]
        voices = [_nearest(rows, given).mean() for rows, given in playing if len(rows)]
        found += [np.mean(voices)] if voices else []
    return np.array(found, float)


def _nearest(rows: Bools, given: Bools) -> Numbers:
    nearest: Numbers = likeness.between(rows, given).max(axis=1, initial=0.0)
    return nearest


def _classes(piece: Bars, voice: Voice) -> Bools:
    """Return (bars, 16, 12) onsets by pitch class; of the drums the nine drums."""
    onsets = piece.onsets[voice]
    if voice == "drums":
        return onsets
    classes = np.zeros((*onsets.shape[:2], 12), bool)
    low = next(register.low for register in melody.REGISTERS if register.voice == voice)
    for pitch in range(onsets.shape[2]):
        classes[:, :, (low + pitch) % 12] |= onsets[:, :, pitch]
    return classes


def _mean(values: Numbers, fewest: int) -> Numbers:
    """Return the mean of the values that are known as one value; nothing if they are too few."""
    known = values[~np.isnan(values)]
    return np.array([known.mean()]) if len(known) >= fewest else _NONE
