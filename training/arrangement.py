"""Collect how the training songs are arranged, as data for the director of a bundle."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.arrangement import HOUSE, Arrangement, Phrase, Style
from models.codecs import melody, percussion
from models.codecs.base import STYLES, Floats
from models.notes import BARS_PER_PHRASE
from training.genres import genre_weights
from training.harmony import chord_loops
from training.piece import Piece
from training.sections import DROP_FROM, GROOVE_FROM, BarTable, Ints, Section, bar_table, joined, sections

_MOST_PHRASES: Final = {"edm": 640, HOUSE: 320, "classical": 200}
_MOST_OF_A_SONG: Final = 6
_MOST_ENDINGS: Final = 60
# Phrases of each genre's synthetic songs, and of one of them; they have whole forms.
_MOST_SYNTHETIC, _MOST_OF_A_SYNTHETIC_SONG = 80, 12
_LARGEST_WEIGHT: Final = 9
_PARTS: Final = len(melody.LAYOUT.parts) + len(percussion.LAYOUT.parts)


class _Song(NamedTuple):
    """A song bar by bar; `order` shuffles songs in the same way on every machine. `genres`: the weights of each bar."""

    order: bytes
    table: BarTable
    sections: list[Section]
    genres: Floats
    synthetic: bool


def arrangement(pieces: Iterable[Piece]) -> Arrangement:
    """Return the arrangement data of each style, and of EDM with four on the floor (house).

    Synthetic songs add only phrases, to EDM.
    """
    songs: dict[str, list[_Song]] = {style: [] for style in (*STYLES, HOUSE)}
    made: dict[str, list[_Song]] = {}
    for piece in pieces:
        if piece.synthetic:
            made.setdefault(piece.genre, []).append(_song(piece))
        elif piece.style in STYLES and piece.melody.any():
            song = _song(piece)
            songs[piece.style].append(song)
            if piece.style == "edm" and piece.four_on_the_floor():
                songs[HOUSE].append(song)
    styles = {style: _style(style, own) for style, own in songs.items()}
    synthetic = [phrase for own in made.values() for phrase in _phrases(sorted(own), _MOST_SYNTHETIC)]
    styles["edm"] = styles["edm"]._replace(phrases=(*styles["edm"].phrases, *synthetic))
    return Arrangement(styles)


def _song(piece: Piece) -> _Song:
    table = bar_table(piece)
    cut = sections(table) if piece.style == "edm" else []
    if not cut and (piece.synthetic or piece.style != "edm"):
        cut = _phrases_by_fullness(table)
    order = hashlib.md5(piece.key.encode(), usedforsecurity=False).digest()
    return _Song(order, table, cut, genre_weights(piece), piece.synthetic)


def _phrases_by_fullness(table: BarTable) -> list[Section]:
    """Name the phrases of music without drums, which has no drops, by their fullness."""
    starts = range(0, table.bars - BARS_PER_PHRASE + 1, BARS_PER_PHRASE)
    fullness = [float(table.voices[start : start + BARS_PER_PHRASE].sum()) for start in starts]
    cut = []
    for start, sum_of_levels in zip(starts, fullness, strict=True):
        energy = sum_of_levels / max(*fullness, 1.0)
        name = "drop" if energy >= DROP_FROM else "groove" if energy >= GROOVE_FROM else "break"
        cut.append(Section(name, start, start + BARS_PER_PHRASE, energy))
    return joined(cut)


def _style(name: str, songs: Sequence[_Song]) -> Style:
    ordered = sorted(songs)
    return Style(
        tuple(_phrases(ordered, _MOST_PHRASES[name])),
        tuple(chord_loops((song.table for song in ordered), name)),
        _lengths(ordered),
        _transitions(ordered),
        _repeat_shares(ordered),
        _continuation_shares(ordered),
        *_endings(ordered),
    )


# --- phrases ---


def _phrases(songs: Sequence[_Song], most: int) -> list[Phrase]:
    """Return different phrases, at most a few of each song. Drops of unknown genre come last."""
    found = [phrase for song in songs for phrase in _phrases_of(song)]
    found.sort(key=lambda phrase: phrase.section == "drop" and not phrase.genres)
    return found[:most]


def _phrases_of(song: _Song) -> list[Phrase]:
    found = [
        phrase
        for section in song.sections
        for start in range(section.start, section.stop, BARS_PER_PHRASE)
        if (phrase := _phrase(song, start, section)).weight
    ]
    return list(dict.fromkeys(found))[: _MOST_OF_A_SYNTHETIC_SONG if song.synthetic else _MOST_OF_A_SONG]


def _phrase(song: _Song, start: int, section: Section) -> Phrase:
    """Return eight bars from `start`; if only a half phrase of the section is left, that one twice."""
    left = min(section.stop - start, BARS_PER_PHRASE)
    bars, table = start + np.arange(BARS_PER_PHRASE) % left, song.table
    return Phrase(
        section.name,
        round(section.energy, 2),
        tuple(map(tuple, table.voices[bars].T.tolist())),
        tuple(map(tuple, table.drums[bars].T.tolist())),
        tuple(_most_frequent(column) for column in table.manner[bars].T),
        tuple(_letters(column.tolist()) for column in table.letters[bars].T),
        _label(song, bars),
        song.synthetic,
    )


def _label(song: _Song, bars: Ints) -> tuple[int, ...]:
    """Return the mean weights 0..9 of the genres in some bars, or in the whole song if they are unknown there."""
    for rows in (song.genres[bars], song.genres):
        known = rows[rows.any(axis=1)]
        if len(known):
            return tuple(np.rint(_LARGEST_WEIGHT * known.mean(axis=0)).astype(int).tolist())
    return ()


def _most_frequent(values: NDArray[np.int64]) -> int:
    """Return the most frequent value of the bars in which the voice sounds; 0 if it never sounds."""
    stated = Counter(values[values > 0].tolist())
    return stated.most_common(1)[0][0] if stated else 0


def _letters(numbers: Sequence[int]) -> str:
    """Return a letter for each number; A is the most frequent one."""
    ranked = [number for number, _ in Counter(numbers).most_common()]
    return "".join("ABCDEFGH"[ranked.index(number)] for number in numbers)


# --- lengths and order of sections ---


def _lengths(songs: Sequence[_Song]) -> dict[str, dict[int, int]]:
    counts: dict[str, Counter[int]] = {}
    for section in (section for song in songs for section in song.sections):
        counts.setdefault(section.name, Counter())[section.units] += 1
    return {name: dict(sorted(counter.items())) for name, counter in sorted(counts.items())}


def _transitions(songs: Sequence[_Song]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for song in songs:
        for one, other in pairwise(song.sections):
            counts.setdefault(one.name, Counter())[other.name] += 1
    return {name: dict(sorted(counter.items())) for name, counter in sorted(counts.items())}


# --- repeated bars ---


def _repeat_shares(songs: Sequence[_Song]) -> tuple[float, ...]:
    """Return how often each part equals its bar a phrase ago, over bars of one section in which the part sounds."""
    return _shares(
        _same(song.table, bar, (BARS_PER_PHRASE,))
        for song in songs
        for section in song.sections
        for bar in range(section.start + BARS_PER_PHRASE, section.stop)
    )


def _continuation_shares(songs: Sequence[_Song]) -> tuple[float, ...]:
    """Return how often each part that sounds begins a section with one of its recent bars."""
    return _shares(
        _same(song.table, section.start, (1, 2, 4, 8))
        for song in songs
        for section in song.sections
        if section.start
    )


def _same(table: BarTable, bar: int, lags: Sequence[int]) -> NDArray[np.float64]:
    """Return (7,) for each part: 1 if the bar equals one of those `lags` bars ago, 0 if not, NaN if it is silent."""
    before = [table.letters[bar - lag] for lag in lags if lag <= bar]
    same = np.array([table.letters[bar] == row for row in before]).any(axis=0)
    drums = table.drums[bar]
    groups = (drums[start:stop] for start, stop in percussion.LAYOUT.part_ranges)
    sounds = np.array([*(table.voices[bar] > 0), *(group.any() for group in groups)])
    return np.where(sounds, same, np.nan)


def _shares(rows: Iterator[NDArray[np.float64]]) -> tuple[float, ...]:
    """Return the means of the columns without NaN; 0.5 for a column of NaN."""
    table = np.array([*rows, np.full(_PARTS, np.nan)])
    known = ~np.isnan(table)
    means = np.where(known, table, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return tuple(np.where(known.any(axis=0), means.round(3), 0.5).tolist())


# --- how sections end ---


def _endings(songs: Sequence[_Song]) -> tuple[dict[str, tuple[tuple[int, ...], ...]], float]:
    """Return how drums change in the last bar, by the next section; and the share of ends with a change."""
    found: dict[str, list[tuple[int, ...]]] = {}
    ends = 0
    for song in songs:
        for one, other in pairwise(song.sections):
            last, before = song.table.drums[one.stop - 1], song.table.drums[one.stop - 2]
            ends += 1
            if (last != before).any():
                found.setdefault(other.name, []).append(tuple((last - before).tolist()))
    filled = sum(map(len, found.values())) / max(ends, 1)
    return {name: tuple(rows[:_MOST_ENDINGS]) for name, rows in sorted(found.items())}, round(filled, 3)
