"""Read music to be measured, real or generated, in one way: files, folders, takes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from models.codecs.base import Tokens
from models.grid import Song, song_of_take
from models.hearing import MOST_BARS
from models.notes import PULSES_PER_BAR, TICKS_PER_BAR
from models.reading.limits import RefusedError
from models.reading.reader import is_music, read_music
from models.reading.text import printable
from models.take import Take
from models.voicing import melody_tokens, percussion_tokens
from training.corpus import find_sources, load_corpus
from training.piece import Piece
from training.report import told_by_cause
from training.songs import song_of
from training.systems.table import load

HELD_OUT: Final = ("test", "validation")
LEARNED: Final = ("train",)
_RECIPE: Final = "edm"


class UnreadableError(Exception):
    """There is no music in a given place; the message says what to correct."""


class Music(NamedTuple):
    """A titled piece as tokens in the common key: `melody` (T, 10), `percussion` (T, 9).

    `sections` are (bar, name) of its markers. A song of a corpus has none, because its long rests are shortened.
    """

    title: str
    melody: Tokens
    percussion: Tokens
    split: str = ""
    sections: tuple[tuple[int, str], ...] = ()


class Collection(NamedTuple):
    """Songs under one name, and the refused files with their reasons."""

    name: str
    songs: list[Music]
    refused: list[tuple[str, str]]

    def only(self, splits: Sequence[str]) -> "Collection":
        """Return the songs of these splits. Raises UnreadableError if there is none."""
        songs = [song for song in self.songs if song.split in splits]
        if not songs:
            kinds = " or ".join(splits)
            raise UnreadableError(
                f"none of the {len(self.songs)} songs of {self.name} is in the split {kinds}; give more music"
            )
        return self._replace(songs=songs)


def read(
    paths: Sequence[Path], cache: Path, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Collection:
    """Read folders and files. Raises UnreadableError if they contain no music to measure."""
    name = ", ".join(path.resolve().stem if path.is_file() else path.resolve().name for path in paths)
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise UnreadableError(
            f"there is no {', '.join(missing)}; give a folder of music, a MIDI file or a score"
        )
    known = load(_RECIPE)
    found = find_sources([(path, None) for path in paths if path.is_dir()], known)
    pieces, report = load_corpus(found, known.corpus, cache, progress)
    songs, refused = [of_piece(piece) for piece in pieces], list(report.refused)
    for path in paths:
        if path.is_file():
            try:
                songs.append(of_file(path))
            except RefusedError as refusal:
                refused.append((printable(path.name), str(refusal)))
    if not songs:
        why = f" ({told_by_cause(refused)})" if refused else ""
        raise UnreadableError(f"{name} has no readable music{why}; give MIDI files or scores in 4/4")
    return Collection(name, songs, refused)


def of_piece(piece: Piece) -> Music:
    """Return a song of a corpus."""
    return Music(f"{piece.source}/{piece.key}", piece.melody, piece.percussion, piece.split)


def of_file(path: Path) -> Music:
    """Read one file of any length. Raises RefusedError if it has no music in 4/4."""
    if not is_music(path):
        raise RefusedError("is neither MIDI nor a score")
    music = read_music(path)
    song = song_of(music)
    bars = -(-song.ticks // TICKS_PER_BAR)
    if bars > MOST_BARS:
        raise RefusedError(f"has {bars:,} bars; at most {MOST_BARS:,} can be evaluated")
    markers = tuple((pulse - song.start, text) for pulse, text in music.markers)
    return _of_song(printable(path.stem), song, bars * TICKS_PER_BAR, markers)


def of_take(take: Take, bars: int, title: str) -> Music:
    """Return a take, read in the same way as its MIDI file, with its rests and sections."""
    return _of_song(title, song_of_take(take), bars * TICKS_PER_BAR, take.sections)


def _of_song(title: str, song: Song, ticks: int, markers: Sequence[tuple[int, str]]) -> Music:
    sections = tuple((max(pulse, 0) // PULSES_PER_BAR, text) for pulse, text in markers)
    return Music(title, melody_tokens(song, ticks), percussion_tokens(song, ticks), sections=sections)
