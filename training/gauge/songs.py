"""Which songs a gauge learns from: those of a style, by whole songs, the end of each kept back to be found again."""

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
from training.gauge.recipe import GaugeRecipe
from training.piece import Piece, spared

HEARD_BARS: Final = HEARD_TICKS // TICKS_PER_BAR
_LEARNED_SHARE: Final = 0.75
Tokens8 = NDArray[np.uint8]


class GaugeSong(NamedTuple):
    """A song (T, 19), melody and percussion side by side; `style` 0 EDM, 1 Classical; windows begin at bars.

    Of a song to learn from the bars before `learned` are heard, the rest is kept back.
    """

    title: str
    credit: str
    source: str
    style: int
    tokens: Tokens8
    learned: int

    @property
    def bars(self) -> int:
        """Whole bars."""
        return len(self.tokens) // TICKS_PER_BAR

    def window(self, bar: int) -> Tokens8:
        """(128, 19): eight bars from `bar` on."""
        start = bar * TICKS_PER_BAR
        return self.tokens[start : start + HEARD_TICKS]

    def starts(self, first: int, end: int) -> list[int]:
        """Bars at which a window begins that lies within `first` to `end` and in which something sounds."""
        return [bar for bar in range(first, end - HEARD_BARS + 1) if self.window(bar).any()]


class Deal(NamedTuple):
    """Songs dealt out, no song in two places unless there is only one of a style."""

    train: list[GaugeSong]
    validation: list[GaugeSong]
    test: list[GaugeSong]


def deal(pieces: Sequence[Piece], recipe: GaugeRecipe) -> tuple[Deal, list[Piece]]:
    """Split by whole songs, with the pieces used; TrainingError unless there is music of both styles to learn from."""
    used = [
        piece for piece in pieces if _fits(piece) and piece.key not in recipe.leave_out.get(piece.source, ())
    ]
    parts: dict[str, list[GaugeSong]] = {"train": [], "validation": [], "test": []}
    for style in STYLES:
        for name, own in _split([piece for piece in used if piece.style == style], style).items():
            parts[name] += [song_of(piece, recipe.names) for piece in own]
    return Deal(parts["train"], parts["validation"], parts["test"]), used


def _fits(piece: Piece) -> bool:
    """Whether it has a style and a tune, and is long enough to be heard."""
    return piece.style in STYLES and piece.ticks >= HEARD_TICKS and bool((piece.melody > 0).any())


def _split(pieces: list[Piece], style: str) -> dict[str, list[Piece]]:
    """A small collection may have no song that falls to validation: then one of those to learn from is taken."""
    parts = {
        name: [piece for piece in pieces if piece.split == name] for name in ("train", "validation", "test")
    }
    if not parts["train"]:
        raise TrainingError(
            f"there is no {style} song of eight bars or more to learn from; give more music, --data DIR={style}"
        )
    if not parts["validation"]:
        parts["train"], parts["validation"] = spared(parts["train"])
    return parts


def song_of(piece: Piece, names: Mapping[str, re.Pattern[str]]) -> GaugeSong:
    """A piece as a gauge hears it."""
    title, credit = name_of(piece, names.get(piece.source))
    tokens = np.concatenate([piece.melody, piece.percussion], axis=1).astype(np.uint8)
    bars = len(tokens) // TICKS_PER_BAR
    learned = max(round(bars * _LEARNED_SHARE), HEARD_BARS)
    # A rest too short for a window of its own teaches instead.
    learned = learned if bars - learned >= HEARD_BARS else bars
    return GaugeSong(title, credit, piece.source, STYLES.index(piece.style), tokens, learned)


def name_of(piece: Piece, pattern: re.Pattern[str] | None) -> tuple[str, str]:
    """Title and credit, as the song's path tells them; the file's name where it does not fit the pattern."""
    found = pattern.match(piece.key) if pattern else None
    if found is None:
        return _words(Path(piece.key).stem), ""
    last, comma, first = _words(found["credit"]).partition(", ")
    return _words(found["title"]), f"{first} {last}" if comma else last


def _words(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.replace("_", " ").split()))
