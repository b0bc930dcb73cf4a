"""Pieces of random tokens, for tests that need only their shape."""

import numpy as np

from models.codecs import melody, percussion
from models.codecs.base import Layout, Tokens
from training.piece import Piece


def random_tokens(layout: Layout, ticks: int, rng: np.random.Generator) -> Tokens:
    """Return (ticks, slots) random tokens; half of them are silence."""
    sizes = np.array([slot.size for slot in layout.slots])
    return rng.integers(0, sizes, (ticks, len(sizes))) * rng.integers(0, 2, (ticks, 1))


def random_piece(key: str, ticks: int, seed: int, style: str = "edm") -> Piece:
    """Return a song of random tokens."""
    rng = np.random.default_rng(seed)
    tunes = random_tokens(melody.LAYOUT, ticks, rng)
    beats = random_tokens(percussion.LAYOUT, ticks, rng)
    return Piece(key, "random", style, ("melody", "percussion"), tunes, beats)
