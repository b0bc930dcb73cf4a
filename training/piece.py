"""One song of a corpus as tokens, with its source, the networks that it trains, and its split."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from models.codecs.base import STYLES, Floats, Tokens
from models.notes import TICKS_PER_BAR

# The source name of music made by rules.
SYNTHETIC: Final = "synthetic"
# A part of a song trains a network only if it sounds in more than this share of ticks.
LEAST_SOUNDING: Final = 0.02


class Listed(Protocol):
    """A song as the list of a bundle's data needs it."""

    @property
    def source(self) -> str:
        """The name of its collection."""

    @property
    def ticks(self) -> int:
        """Length in ticks."""

    @property
    def is_used(self) -> bool:
        """Whether it trains any network."""


class Kept(Protocol):
    """A song as the division into training, validation and test needs it."""

    @property
    def key(self) -> str:
        """The file's path within its corpus."""

    @property
    def split(self) -> str:
        """Which part the song belongs to."""

    @property
    def synthetic(self) -> bool:
        """Whether rules made the song."""


@dataclass(frozen=True)
class Piece:
    """One song as tokens: `melody` (T, 10), `percussion` (T, 9).

    `key` is the file's path within its corpus, `genre` one of `models.genres.NAMES`, or empty if it is unknown.
    """

    key: str
    source: str
    style: str
    teaches: tuple[str, ...]
    melody: Tokens
    percussion: Tokens
    genre: str = ""

    @property
    def ticks(self) -> int:
        """Length in ticks."""
        return len(self.melody)

    @property
    def split(self) -> str:
        """`test`, `validation` or `train`, by the MD5 of the path within the corpus; generated music is always `train`."""
        return "train" if self.synthetic else split_of(self.key)

    @property
    def synthetic(self) -> bool:
        """Whether rules made the song."""
        return self.source == SYNTHETIC

    @property
    def is_used(self) -> bool:
        """Whether it trains any network."""
        return any(teaches(self, part) for part in self.teaches)

    def tokens(self, part: str) -> Tokens:
        """Return the tokens for the `melody` or the `percussion` network."""
        return self.melody if part == "melody" else self.percussion

    def style_vector(self) -> Floats:
        """Return (2,): one hot; zeros for any other style."""
        return np.array([self.style == style for style in STYLES], dtype=np.float32)

    def four_on_the_floor(self) -> bool:
        """Return whether most bars have a kick on every beat."""
        bars = self.ticks // TICKS_PER_BAR
        kicks = self.percussion[: bars * TICKS_PER_BAR, 0].reshape(bars, TICKS_PER_BAR) > 0
        return bool(bars and kicks[:, ::4].all(axis=1).mean() > 0.5)


def key_of(path: Path, root: Path) -> str:
    """Return a file's path within its corpus as text."""
    return text_of(path.relative_to(root).as_posix())


def text_of(name: str) -> str:
    """Return the name of a file as text that can be printed and stored. Bytes that are not UTF-8 become escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def split_of(key: str) -> str:
    """Return the split for a path: its MD5 modulo 20 is 0 for test, 1 for validation, else train."""
    number = int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(), 16) % 20
    return {0: "test", 1: "validation"}.get(number, "train")


def teaches(piece: Piece, part: str) -> bool:
    """Return whether a piece can train the melody or the percussion network."""
    sounding = (piece.tokens(part) > 0).any(axis=1).mean()
    return part in piece.teaches and float(sounding) > LEAST_SOUNDING
