"""An epoch has the shares of styles, and no song exceeds its limit."""

from dataclasses import replace

import numpy as np
import pytest
from msgspec.structs import replace as replace_rules

from tests.training.pieces import random_piece
from training.balance import told, weights
from training.piece import SYNTHETIC, Piece
from training.recipe import CorpusRules

RULES = CorpusRules(64, 0.8, 3, edm_share=0.5, classical_share=0.2, other_share=0.3, song_cap=0.1)
PLAIN = CorpusRules(64, 0.8, 3)


def _driving(piece: Piece) -> Piece:
    kicks = np.zeros_like(piece.percussion)
    kicks[::4, 0] = 2
    return replace(piece, percussion=kicks)


@pytest.fixture(scope="module")
def pieces() -> list[Piece]:
    lengths = {"edm": [640, *[160] * 9], "classical": [320] * 20, "other": [1600] * 6 + [64]}
    return [
        random_piece(f"{style} {n}", ticks, n, style)
        for style, all_ticks in lengths.items()
        for n, ticks in enumerate(all_ticks)
    ]


def test_styles_have_their_shares_and_songs_their_cap(pieces: list[Piece]) -> None:
    epoch = told(pieces, weights(pieces, RULES))
    assert epoch["edm"] == pytest.approx(0.5, abs=0.01)
    assert epoch["classical"] == pytest.approx(0.2, abs=0.01)
    assert epoch["other"] == pytest.approx(0.3, abs=0.01)
    assert epoch["largest_song"] <= 0.101
    assert epoch["ticks"] == pytest.approx(2 * sum(p.ticks for p in pieces if p.style == "edm"), rel=0.02)


def test_without_shares_all_is_heard_as_it_is(pieces: list[Piece]) -> None:
    assert set(weights(pieces, PLAIN)) == {1.0}


def test_shares_are_among_the_styles_there_are(pieces: list[Piece]) -> None:
    own = [piece for piece in pieces if piece.style != "classical"]
    assert told(own, weights(own, RULES))["edm"] == pytest.approx(5 / 8, abs=0.01)


def test_real_four_on_the_floor_is_heard_more_often_and_generated_songs_are_not() -> None:
    plain, real = random_piece("a", 160, 1), _driving(random_piece("b", 160, 2))
    made = replace(real, source=SYNTHETIC)
    assert weights([plain, real, made], PLAIN) == [1, 3, 1]
    epoch = told([plain, real, made], [1, 3, 1])
    assert (epoch["four_on_the_floor"], epoch["synthetic"], epoch["largest_song"]) == (0.8, 0.2, 0.6)


def test_synthetic_music_has_at_most_its_share_of_the_style_and_each_genre_the_same(
    pieces: list[Piece],
) -> None:
    lengths = {"house": [640] * 8, "dubstep": [320, 160], "trance": [1600]}
    made = [
        replace(random_piece(f"{genre} {n}", ticks, n), source=SYNTHETIC, genre=genre)
        for genre, all_ticks in lengths.items()
        for n, ticks in enumerate(all_ticks)
    ]
    songs = [*pieces, *made]
    often = weights(songs, replace_rules(RULES, synthetic_share=0.3, song_cap=1.0))
    epoch = told(songs, often)
    assert (epoch["edm"], epoch["synthetic"]) == pytest.approx((0.5, 0.15), abs=0.001)
    ticks = [sum(p.ticks * o for p, o in zip(songs, often, strict=True) if p.genre == g) for g in lengths]
    assert ticks == pytest.approx([epoch["ticks"] * 0.05] * 3, rel=0.01)
    real = [o for p, o in zip(songs, often, strict=True) if p.style == "edm" and not p.synthetic]
    assert real == pytest.approx([1] * len(real), abs=0.01)


def test_few_synthetic_songs_are_used_as_often_as_others(pieces: list[Piece]) -> None:
    made = replace(random_piece("m", 320, 1), source=SYNTHETIC, genre="house")
    songs = [*pieces, made]
    often = weights(songs, replace_rules(RULES, synthetic_share=0.9, song_cap=1.0))
    assert often[-1] == pytest.approx(1, abs=0.01)


def test_one_song_may_be_all_there_is() -> None:
    assert weights([random_piece("a", 160, 1)], RULES) == [1.0]
