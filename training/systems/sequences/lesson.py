"""One song as a network learns it: its symbols, and what the network gets with each of them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs.matching import recalled_along
from models.codecs.performance import LINE
from models.codecs.symbols import GRADES, Reading, SymbolCodec
from models.notes import Note
from training.systems.sequences.songs import NotePiece, without_long_rests

# Ends the keys of leads that are learned alone.
ALONE: Final = "#lead"
Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]


class Lesson(NamedTuple):
    """A song of N symbols.

    `symbols` (N,). `features` (N, F) in bytes of 1 / GRADES, `recalled` (N, R) with V for none, and `lengths` (N, R) are
    known before each symbol.
    """

    key: str
    symbols: NDArray[np.int16]
    features: Bytes
    recalled: NDArray[np.int16]
    lengths: Bytes

    def __len__(self) -> int:
        """The number of symbols."""
        return len(self.symbols)


def symbols_of_song(codec: SymbolCodec, piece: NotePiece) -> list[int]:
    """Return a song's symbols. A codec with a separator ends them with it."""
    symbols = _encoded(codec, codec.fitted(piece.song.notes), piece)
    return symbols if codec.separator is None or not symbols else [*symbols, codec.separator]


def symbols_of_lead(codec: SymbolCodec, piece: NotePiece, least_notes: int) -> list[int]:
    """Return the symbols of a song's lead alone as one line, with long rests removed; none if it has too few notes.

    They are those of `performance.LINE`, so a network of all voices can be compared with one of a line.
    """
    lead = [note for note in piece.song.notes if note.voice == "lead"]
    if len(lead) < least_notes:
        return []
    return _encoded(codec, LINE.fitted(without_long_rests(lead, piece.song.bar_pulses)), piece)


def _encoded(codec: SymbolCodec, fitted: Sequence[Note], piece: NotePiece) -> list[int]:
    return codec.encode(fitted, end_of(fitted, piece.song.bar_pulses)) if fitted else []


def song_of(each: Lesson) -> str:
    """Return the key of the song that a lesson comes from."""
    return each.key.removesuffix(ALONE)


def end_of(notes: Sequence[Note], bar_pulses: int) -> int:
    """Return the pulse of the bar line after the last note."""
    end = max((note.pulse + note.length for note in notes), default=0)
    return -(-end // bar_pulses) * bar_pulses


def bare(codec: SymbolCodec, key: str, symbols: Sequence[int]) -> Lesson:
    """Return a song for a network that gets nothing but symbols."""
    none, nothing = np.full((len(symbols), 2), codec.size, np.int16), np.zeros((len(symbols), 2), np.uint8)
    return Lesson(key, np.array(symbols, np.int16), nothing[:, :0], none, nothing)


def lesson(codec: SymbolCodec, key: str, symbols: Sequence[int], bar_pulses: int) -> Lesson:
    """Return what a network gets with each symbol of a song."""
    reading = Reading(bar_pulses=bar_pulses, is_alone=key.endswith(ALONE))
    features = np.zeros((len(symbols), codec.features), np.uint8)
    places = np.zeros(len(symbols), np.int16)
    for number, symbol in enumerate(symbols):
        places[number] = codec.place(reading)
        features[number] = np.round(codec.describe(reading) * GRADES)
        reading, _ = codec.read(reading, symbol)
    song = np.array(symbols, np.int16)
    recalled = recalled_along(song, places)
    known = np.where(recalled.symbols < 0, codec.size, recalled.symbols).astype(np.int16)
    return Lesson(key, song, features, known, recalled.lengths.astype(np.uint8))
