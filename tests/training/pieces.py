"""Pieces made of random tokens, for what only needs their form."""

import numpy as np

from models.codecs import melody, percussion
from models.codecs.base import Layout, Tokens
from training.piece import Piece


def random_tokens(layout: Layout, ticks: int, rng: np.random.Generator) -> Tokens:
    """(ticks, slots): any tokens at all, half of them 'nothing'."""
    sizes = np.array([slot.size for slot in layout.slots])
    return rng.integers(0, sizes, (ticks, len(sizes))) * rng.integers(0, 2, (ticks, 1))


def random_piece(key: str, ticks: int, seed: int, style: str = "edm") -> Piece:
    """One song of random tokens."""
    rng = np.random.default_rng(seed)
    tunes = random_tokens(melody.LAYOUT, ticks, rng)
    beats = random_tokens(percussion.LAYOUT, ticks, rng)
    return Piece(key, "random", style, ("melody", "percussion"), tunes, beats)
