"""Find passages of a melody in the training songs, in any transposition, by rolling hashes."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import Tokens
from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT
from training.evaluation.grid import bar_count, sounds
from training.evaluation.music import Music

WINDOW_TICKS: Final = 4 * TICKS_PER_BAR
_LEAST_ONSETS, _LEAST_PITCHES = 8, 3
# Passage lengths to search for, before the longest match is measured tick by tick.
_LADDER: Final = tuple(
    TICKS_PER_BEAT * beats for beats in (*range(4, 33, 2), 40, 48, 64, 96, 128, 192, 256, 384)
)
_MOST_COMPARED: Final = 2000
_WORD: Final = 2**64
# Odd, so that it has an inverse modulo 2**64. Each step value has its own random number, so that terms do not cancel.
_BASE: Final = 0x9E3779B97F4A7C15
_NUMBERS: Final = np.random.Generator(np.random.Philox(key=1)).integers(
    1, _WORD, 256, np.uint64, endpoint=False
)

Line = NDArray[np.int64]
_Hashes = NDArray[np.uint64]


class Match(NamedTuple):
    """A passage found in a training song: its length, and its first bar in both (bars counted from 0)."""

    ticks: int
    title: str
    bar: int
    song: str
    song_bar: int


class Copying(NamedTuple):
    """The number of four-bar windows with a melody, how many of them a training song contains, and the longest match."""

    windows: int
    found: int
    longest: Match | None

    @property
    def share(self) -> float:
        """Share of windows that were found; 0 without windows."""
        return self.found / self.windows if self.windows else 0.0


def line(tunes: Tokens) -> Line:
    """Return (T,): the pitch that begins at each tick, else 0: of the lead or, in bars where it rests, the highest."""
    own = sounds(tunes)
    lead = own.of_voice("lead")
    leads = np.zeros(bar_count(tunes), bool)
    leads[lead.onset // TICKS_PER_BAR] = True
    rest = ~leads[own.onset // TICKS_PER_BAR]
    result = np.zeros(len(tunes), np.int64)
    for onset, pitch in ((lead.onset, lead.pitch), (own.onset[rest], own.pitch[rest])):
        np.maximum.at(result, onset, pitch)
    return result


class _Found(NamedTuple):
    """A passage: the number of its piece, its first tick, and its tick in the concatenated songs."""

    piece: int
    start: int
    place: int


class Index:
    """The concatenated lines of all training songs, for finding any passage in them."""

    def __init__(self, songs: Sequence[Music]) -> None:
        self._songs = songs
        lines = [line(song.melody) for song in songs]
        self._starts = np.cumsum([0, *(len(each) for each in lines)])
        self._steps = np.concatenate([*(steps(each) for each in lines), np.zeros(0, np.int64)])
        # Distance from each tick to its song's end, because a passage must not cross it.
        self._room = np.concatenate([*(np.arange(len(each), 0, -1) for each in lines), np.zeros(0, np.int64)])

    def copying(self, pieces: Sequence[Music]) -> Copying:
        """Count the windows of `pieces` that are in the training songs, and find the longest match."""
        lines = [line(piece.melody) for piece in pieces]
        bars = [np.arange(0, len(own), TICKS_PER_BAR) for own in lines]
        windows = [melodic_windows(own, WINDOW_TICKS, at) for own, at in zip(lines, bars, strict=True)]
        found = self._learned(lines, windows, WINDOW_TICKS)
        return Copying(sum(len(at) for at in windows), len(found), self._longest(pieces, lines))

    def _learned(self, lines: Sequence[Line], starts: Sequence[Line], ticks: int) -> list[_Found]:
        """Return the passages of this length that are in the songs, each with its first place there."""
        places = np.flatnonzero(self._room >= ticks)
        hashes = passage_hashes(self._steps, ticks)[places]
        order = np.argsort(hashes, kind="stable")
        hashes, places = hashes[order], places[order]
        found: list[_Found] = []
        for number, (own, begins) in enumerate(zip(lines, starts, strict=True)):
            marks = passage_hashes(steps(own), ticks)[begins]
            at = np.searchsorted(hashes, marks)
            known = np.append(hashes, np.uint64(0))[at] == marks
            pairs = zip(begins[known].tolist(), np.append(places, 0)[at[known]].tolist(), strict=True)
            found += [_Found(number, start, place) for start, place in pairs]
        return found

    def _longest(self, pieces: Sequence[Music], lines: Sequence[Line]) -> Match | None:
        """Try lengths from the longest down, and measure the matches of the first length that has any."""
        onsets = [np.flatnonzero(own) for own in lines]
        for ticks in reversed(_LADDER):
            starts = [melodic_windows(own, ticks, at) for own, at in zip(lines, onsets, strict=True)]
            found = self._learned(lines, starts, ticks) if any(len(at) for at in starts) else []
            if found:
                measured = [
                    self._measured(pieces[piece].title, lines[piece], start, place)
                    for piece, start, place in found[:_MOST_COMPARED]
                ]
                return max(measured, key=lambda match: match.ticks)
        return None

    def _measured(self, title: str, own: Line, start: int, place: int) -> Match:
        """Return the whole match, up to its last onset."""
        mine = steps(own)[start:]
        room = min(len(mine), int(self._room[place]))
        differs = np.flatnonzero(mine[1:room] != self._steps[place + 1 : place + room])
        stop = int(differs[0]) + 1 if len(differs) else room
        ticks = int(np.flatnonzero(own[start : start + stop])[-1]) + 1
        song = int(np.searchsorted(self._starts, place, side="right")) - 1
        song_bar = int(place - self._starts[song]) // TICKS_PER_BAR
        return Match(ticks, title, start // TICKS_PER_BAR, self._songs[song].title, song_bar)


def steps(own: Line) -> Line:
    """Return (T,): 0 where nothing begins, else the interval from the last onset, plus 128; independent of transposition."""
    at = np.flatnonzero(own)
    result = np.zeros(len(own), np.int64)
    result[at] = np.diff(own[at], prepend=own[at][:1]) + 128
    return result


def melodic_windows(own: Line, ticks: int, starts: Line) -> Line:
    """Return the `starts` whose next `ticks` contain a melody: at least eight onsets of at least three pitches."""
    begun = np.concatenate([[0], np.cumsum(own > 0)])
    inside = starts[starts + ticks <= len(own)]
    busy = inside[begun[inside + ticks] - begun[inside] >= _LEAST_ONSETS]
    several = [
        len(np.unique(own[at : at + ticks][own[at : at + ticks] > 0])) >= _LEAST_PITCHES for at in busy
    ]
    melodic: Line = busy[np.array(several, bool)]
    return melodic


def passage_hashes(own: Line, ticks: int) -> _Hashes:
    """Return (T,): the hash of the `ticks` steps from each tick on, except the first step: it depends on an earlier note."""
    count = len(own)
    powers, inverses = (_powers(base, count + 1) for base in (_BASE, pow(_BASE, -1, _WORD)))
    terms = np.where(own > 0, _NUMBERS[own % 256], np.uint64(0)) * powers[:-1]
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)])
    begin = np.arange(count)
    end = np.minimum(begin + ticks, count)
    onset = np.append(np.flatnonzero(own), count)[np.searchsorted(np.flatnonzero(own), begin)]
    after = np.minimum(onset + 1, end)
    # The position of the first onset counts, but not its step.
    whole = sums[end] - sums[after] + np.where(onset < end, powers[onset], np.uint64(0))
    hashes: _Hashes = whole * inverses[begin]
    return hashes


def _powers(base: int, count: int) -> _Hashes:
    factors = np.full(count, base, np.uint64)
    factors[:1] = 1
    return np.cumprod(factors, dtype=np.uint64)
