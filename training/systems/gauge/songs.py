"""Select the songs of a gauge and split them: by whole songs, with the end of each training song held back."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import STYLES
from models.manifest import HEARD_TICKS
from models.notes import TICKS_PER_BAR
from training.errors import TrainingError
from training.piece import Piece
from training.splits import Split, split
from training.systems.gauge.recipe import GaugeRecipe

HEARD_BARS: Final = HEARD_TICKS // TICKS_PER_BAR
_LEARNED_SHARE: Final = 0.75
Tokens8 = NDArray[np.uint8]


class GaugeSong(NamedTuple):
    """A song (T, 19), melody and percussion side by side; `style` is 0 for EDM, 1 for Classical.

    Windows begin at bars. A training song is trained on up to bar `learned`; the rest is held back.
    """

    title: str
    credit: str
    source: str
    style: int
    tokens: Tokens8
    learned: int

    @property
    def bars(self) -> int:
        """Number of whole bars."""
        return len(self.tokens) // TICKS_PER_BAR

    def window(self, bar: int) -> Tokens8:
        """Return (128, 19): eight bars from `bar` on."""
        start = bar * TICKS_PER_BAR
        return self.tokens[start : start + HEARD_TICKS]

    def starts(self, first: int, end: int) -> list[int]:
        """Return the first bars of the windows between `first` and `end` in which something sounds."""
        return [bar for bar in range(first, end - HEARD_BARS + 1) if self.window(bar).any()]


def deal(pieces: Sequence[Piece], recipe: GaugeRecipe) -> tuple[Split[GaugeSong], list[Piece]]:
    """Split by whole songs; also returns the used pieces. Raises TrainingError if a style has no music to train on."""
    used = [
        piece for piece in pieces if _fits(piece) and piece.key not in recipe.leave_out.get(piece.source, ())
    ]
    songs: Split[GaugeSong] = Split([], [], [])
    for style in STYLES:
        own = split([piece for piece in used if piece.style == style])
        if not own.train:
            raise TrainingError(
                f"there is no {style} song of eight bars or more to train on; give more music with --data DIR={style}"
            )
        for into, part in zip(songs, own, strict=True):
            into += [song_of(piece, recipe.names) for piece in part]
    return songs, used


def _fits(piece: Piece) -> bool:
    """Return whether a piece has a style and a melody, and is long enough for a window."""
    return piece.style in STYLES and piece.ticks >= HEARD_TICKS and bool((piece.melody > 0).any())


def song_of(piece: Piece, names: Mapping[str, str]) -> GaugeSong:
    """Return a piece as a gauge's song."""
    title, credit = name_of(piece, names.get(piece.source))
    tokens = np.concatenate([piece.melody, piece.percussion], axis=1).astype(np.uint8)
    bars = len(tokens) // TICKS_PER_BAR
    learned = max(round(bars * _LEARNED_SHARE), HEARD_BARS)
    # If the rest is too short for a window, it is trained on too.
    learned = learned if bars - learned >= HEARD_BARS else bars
    return GaugeSong(title, credit, piece.source, STYLES.index(piece.style), tokens, learned)


def name_of(piece: Piece, pattern: str | None) -> tuple[str, str]:
    """Return title and credit from the song's path; only the file's name if it does not match the pattern."""
    found = re.match(pattern, piece.key) if pattern else None
    if found is None:
        return _words(Path(piece.key).stem), ""
    last, comma, first = _words(found["credit"]).partition(", ")
    return _words(found["title"]), f"{first} {last}" if comma else last


def _words(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.replace("_", " ").split()))
