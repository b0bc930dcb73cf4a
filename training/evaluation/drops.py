"""Measures of drops, which the markers of a set name: how they repeat, how later ones follow the first, kinds of beat."""

from collections.abc import Collection, Iterator
from typing import Final

import numpy as np

from models.notes import Voice
from training.evaluation import likeness
from training.evaluation.bars import Bars, Section, flat
from training.evaluation.grid import Bools, Numbers
from training.evaluation.structure import figures

_DROP, _INTRO = "drop", "intro"
_KNOWN_FROM: Final = 0.6
_FIRST_BARS: Final = 16
_FEWEST_BARS: Final = 4


def drops_of_tracks(piece: Bars) -> list[list[Section]]:
    """Return the drops of each track; a track begins with an intro."""
    tracks: list[list[Section]] = [[]]
    for section in piece.sections:
        if section.name == _INTRO:
            tracks.append([])
        if section.name == _DROP:
            tracks[-1].append(section)
    return [track for track in tracks if track]


def bars_of_drops(piece: Bars) -> Bools:
    """Return (bars,): whether a bar belongs to a drop."""
    inside = np.zeros(piece.count, bool)
    for drop in _drops(piece):
        inside[drop.start : drop.stop] = True
    return inside


def similarity_in_drops(piece: Bars, voice: Voice, lag: int) -> Numbers:
    """Return for each drop the mean similarity of a voice's bars to those `lag` bars before in the same drop."""
    found = []
    for drop in _drops(piece):
        values = likeness.at_lag(flat(piece.onsets[voice][drop.start : drop.stop]), lag)
        known = values[~np.isnan(values)]
        if len(known) >= _FEWEST_BARS:
            found.append(known.mean())
    return np.array(found, float)


def known_from_first_drop(piece: Bars, voice: Voice = "lead") -> Numbers:
    """Return for each later drop of a track the share of figures in its first sixteen bars that the first drop has."""
    own, found = figures(piece.onsets[voice]), []
    for first, *later in drops_of_tracks(piece):
        theirs = own.between(first.start, first.stop)
        for drop in later:
            here = own.between(drop.start, min(drop.start + _FIRST_BARS + 1, drop.stop))
            if here.known.any() and theirs.known.any():
                known = np.any(here.similarity(theirs) >= _KNOWN_FROM, axis=1)
                found.append(known[here.known].mean())
    return np.array(found, float)


def last_against_first(piece: Bars) -> Numbers:
    """Return for each track with several whole drops the ratio of the last one's notes per bar to the first one's."""
    notes, found = piece.notes_per_bar(), []
    for track in drops_of_tracks(piece):
        whole = [notes[drop.start : drop.stop].mean() for drop in track if not drop.is_cut]
        if len(whole) > 1:
            found.append(whole[-1] / max(whole[0], 1))
    return np.array(found, float)


def never_thinner(piece: Bars) -> Numbers:
    """Return for each track with several whole drops: 1 if the last one has as many notes per bar as the first, else 0."""
    return (last_against_first(piece) >= 1).astype(np.float64)


def drops_of_kind(piece: Bars, kinds: Collection[int]) -> Numbers:
    """Return for each bar of the drops: 1 if its kind of beat (`models.beats`) is one of `kinds`, else 0."""
    return np.isin(piece.beats[bars_of_drops(piece)], list(kinds)).astype(np.float64)


def _drops(piece: Bars) -> Iterator[Section]:
    for track in drops_of_tracks(piece):
        yield from track
