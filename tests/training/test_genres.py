"""Weights of genres: synthetic songs have their own, others those that their drums suggest."""

from dataclasses import replace

import numpy as np
import pytest

from models.codecs import melody, percussion
from models.codecs.base import Tokens
from models.genres import GENRES, NAMES
from models.notes import TICKS_PER_BAR
from tests.training.pieces import random_piece
from training.genres import genre_weights
from training.piece import Piece
from training.recipe import Synthetic
from training.synthetic.pieces import generated

FOUR = {"kick": "x...x...x...x..."}
OFF_BEAT = {**FOUR, "open_hat": "..x...x...x...x."}
HALF = {"kick": "x.........x.....", "snare": "........x......."}
TWO_STEP = {"kick": "x.........x.....", "snare": "....x.......x..."}
BACKBEAT = {"kick": "x.......x.......", "clap": "....x.......x..."}
KICK = {"kick": "x.....x........."}


def _bars(*bars: dict[str, str]) -> Tokens:
    tokens = np.zeros((len(bars) * TICKS_PER_BAR, len(percussion.DRUMS)), np.int64)
    for bar, drums in enumerate(bars):
        for drum, grid in drums.items():
            ticks = [bar * TICKS_PER_BAR + tick for tick, sign in enumerate(grid) if sign == "x"]
            tokens[ticks, percussion.DRUMS.index(drum)] = 2
    return tokens


def _song(*bars: dict[str, str], style: str = "edm") -> Piece:
    tunes = np.zeros((len(bars) * TICKS_PER_BAR, len(melody.LAYOUT.slots)), np.int64)
    return Piece("a.mid", "songs", style, ("melody", "percussion"), tunes, _bars(*bars))


def _weights(*bars: dict[str, str]) -> dict[str, float]:
    """Return the weights above 0 of the fifth of eight equal bars."""
    row = genre_weights(_song(*bars))[4]
    return {name: round(value, 3) for name, value in zip(NAMES, row.tolist(), strict=True) if value}


def test_a_synthetic_song_belongs_to_its_genre_in_every_bar() -> None:
    for piece in generated(Synthetic(songs=len(NAMES), seed=0)):
        weights = genre_weights(piece)
        assert weights.shape == (piece.ticks // TICKS_PER_BAR, len(NAMES))
        assert weights.dtype == np.float32
        assert (weights == [name == piece.genre for name in NAMES]).all()


def test_four_on_the_floor_is_shared_by_the_genres_that_have_it() -> None:
    assert _weights(*[FOUR] * 8) == {
        "house": 0.2,
        "deep house": 0.2,
        "techno": 0.2,
        "trance": 0.2,
        "synthwave": 0.2,
    }


def test_off_beat_hats_lean_to_house_and_trance() -> None:
    assert _weights(*[OFF_BEAT] * 8) == {
        "house": 0.25, "deep house": 0.25, "techno": 0.125, "trance": 0.25, "synthwave": 0.125,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("bar", "genres"),
    [
        (HALF, {"dubstep": 1}),
        (TWO_STEP, {"drum and bass": 0.5, "breakbeat": 0.5}),
        (BACKBEAT, {"breakbeat": 0.5, "synthwave": 0.5}),
        (KICK, {}),
        ({"closed_hat": "x.x.x.x.x.x.x.x."}, {}),
        ({}, {}),
    ],
)
def test_beats_suggest_the_genres_that_have_them(bar: dict[str, str], genres: dict[str, float]) -> None:
    assert _weights(*[bar] * 8) == genres


def test_a_fill_or_a_rest_hardly_changes_the_weights_around_it() -> None:
    assert _weights(*[HALF] * 7, {"kick": "x.......", "tom": "........x.xx.xx."}) == {"dubstep": 0.875}
    assert _weights(*[HALF] * 7, {}) == {"dubstep": 1}


def test_weights_follow_the_drums_of_the_eight_bars_around() -> None:
    weights = genre_weights(_song(*[HALF] * 16, *[{}] * 16, *[TWO_STEP] * 16))
    dubstep = weights[:, NAMES.index("dubstep")]
    assert (dubstep[:12] == 1).all()
    assert not weights[20:28].any()
    assert (weights[36:, NAMES.index("drum and bass")] == 0.5).all()


def test_music_that_is_not_edm_is_unknown() -> None:
    assert not genre_weights(_song(*[FOUR] * 8, style="other")).any()


def test_only_whole_bars_have_weights() -> None:
    piece = random_piece("a", 5 * TICKS_PER_BAR + 3, 1)
    weights = genre_weights(piece)
    assert weights.shape == (5, len(GENRES))
    assert (weights.sum(axis=1) <= 1 + 1e-6).all()
    assert genre_weights(replace(piece, melody=piece.melody[:3], percussion=piece.percussion[:3])).shape == (
        0,
        len(NAMES),
    )
