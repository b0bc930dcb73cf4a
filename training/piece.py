"""One song of a corpus as tokens: where it comes from, what it may teach, and on which side of the split it lies."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from models.codecs.base import STYLES, Floats, Tokens
from models.notes import TICKS_PER_BAR

# The source of music that was made by rules.
SYNTHETIC: Final = "synthetic"
# From this share of sounding ticks on there is something to learn from a part of a song.
LEAST_SOUNDING: Final = 0.02


@dataclass(frozen=True)
class Piece:
    """One song as tokens: `melody` (T, 10), `percussion` (T, 9); `key` is its path within its corpus."""

    key: str
    source: str
    style: str
    teaches: tuple[str, ...]
    melody: Tokens
    percussion: Tokens

    @property
    def ticks(self) -> int:
        """Length."""
        return len(self.melody)

    @property
    def split(self) -> str:
        """`test`, `validation` or `train`, by the MD5 of the path within the corpus; what was generated only trains."""
        return "train" if self.synthetic else split_of(self.key)

    @property
    def synthetic(self) -> bool:
        """Whether it was made by rules."""
        return self.source == SYNTHETIC

    def tokens(self, part: str) -> Tokens:
        """Return what the `melody` or `percussion` network learns."""
        return self.melody if part == "melody" else self.percussion

    def style_vector(self) -> Floats:
        """(2,): one hot, or zeros for a style that is neither."""
        return np.array([self.style == style for style in STYLES], dtype=np.float32)

    def four_on_the_floor(self) -> bool:
        """Whether most bars have a kick on every beat."""
        bars = self.ticks // TICKS_PER_BAR
        kicks = self.percussion[: bars * TICKS_PER_BAR, 0].reshape(bars, TICKS_PER_BAR) > 0
        return bool(bars and kicks[:, ::4].all(axis=1).mean() > 0.5)


def key_of(path: Path, root: Path) -> str:
    """Return a file's path within its corpus as text; bytes that are no UTF-8 are written as escapes."""
    return os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "backslashreplace")


def split_of(key: str) -> str:
    """MD5 of the path relative to its corpus, modulo 20: 0 is test, 1 is validation, the rest trains."""
    number = int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(), 16) % 20
    return {0: "test", 1: "validation"}.get(number, "train")


def teaches(piece: Piece, part: str) -> bool:
    """Whether a piece has something to teach the melody or the percussion network."""
    sounding = (piece.tokens(part) > 0).any(axis=1).mean()
    return part in piece.teaches and float(sounding) > LEAST_SOUNDING


def spared(pieces: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Give up one piece to learn from, by the hash of its path, for validation: the others, and it; a single one is both."""
    real = [piece for piece in pieces if not piece.synthetic] or pieces
    chosen = min(real, key=lambda piece: hashlib.md5(piece.key.encode(), usedforsecurity=False).digest())
    return [piece for piece in pieces if piece is not chosen] or pieces, [chosen]
