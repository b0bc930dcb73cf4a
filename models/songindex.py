"""The songs that a gauge knows: their titles, and the embeddings of their passages."""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import Floats

# Embeddings are stored as whole numbers: each value times this.
SCALE: Final = 127


class Song(NamedTuple):
    """A song with its author, and the embeddings (N, E) of its passages, each a unit vector."""

    title: str
    credit: str
    passages: Floats

    @property
    def name(self) -> str:
        """The title and credit in one line."""
        return f"{self.title} ({self.credit})" if self.credit else self.title


class SongIndex(NamedTuple):
    """All passages (N, E), the index of each song's first passage (S,), and the songs' names."""

    passages: Floats
    starts: NDArray[np.int64]
    names: tuple[str, ...]

    def likeness(self, embedding: Floats) -> Floats:
        """Return the cosine of a unit vector (E,) and the nearest passage of each song: (S,)."""
        nearest: Floats = np.maximum.reduceat(self.passages @ embedding, self.starts)
        return nearest

    def shares(self, embedding: Floats, temperature: float) -> Floats:
        """Return the softmax of `likeness` at this temperature: (S,)."""
        likeness = self.likeness(embedding)
        weight = np.exp((likeness - likeness.max()) / temperature)
        shares: Floats = weight / weight.sum()
        return shares


def pack(songs: Sequence[Song]) -> bytes:
    """Return the songs as JSON, with embeddings as whole numbers."""
    rows = [
        {
            "title": song.title,
            "credit": song.credit,
            "passages": np.rint(song.passages * SCALE).astype(int).tolist(),
        }
        for song in songs
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def unpack(content: bytes, width: int) -> SongIndex:
    """Read the JSON that `pack` writes. Raises ValueError if it is not a list of songs with passages of that width."""
    rows = json.loads(content)
    if not isinstance(rows, list) or not rows or not all(_is_song(row) for row in rows):
        raise ValueError("are not a list of songs with title, credit and passages")
    passages = np.array([passage for row in rows for passage in row["passages"]], np.float32)
    lengths = np.linalg.norm(passages, axis=-1, keepdims=True)
    if passages.ndim != 2 or passages.shape[1] != width or not (lengths > 0).all():
        raise ValueError(f"have passages that are not {width} numbers, or that are all zeros")
    starts = np.cumsum([0, *(len(row["passages"]) for row in rows[:-1])])
    names = tuple(Song(row["title"], row["credit"], passages[:0]).name for row in rows)
    return SongIndex(passages / lengths, starts, names)


def _is_song(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and all(isinstance(row.get(key), str) for key in ("title", "credit"))
        and isinstance(row.get("passages"), list)
        and len(row["passages"]) > 0
        and all(_is_passage(passage) for passage in row["passages"])
    )


def _is_passage(passage: Any) -> bool:
    return isinstance(passage, list) and all(type(part) is int and abs(part) <= SCALE for part in passage)
