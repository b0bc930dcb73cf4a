"""The n-gram baseline and the chord loops of real songs."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from models.codecs import melody
from models.codecs.base import Layout, Part, Slot
from models.codecs.melody import Sound
from tests.training.pieces import random_piece
from training.corpus import Piece
from training.harmony import HALVES, chord_loops, loops_of
from training.ngram import ORDER, Ngram

SMALL_LAYOUT = Layout([Part("a", (Slot("a.0", 2), Slot("a.1", 3)))])
C, F, G, AM = (60, 64, 67), (60, 65, 69), (62, 67, 71), (60, 64, 69)


def test_the_chances_of_what_may_follow_add_up_to_one() -> None:
    rng = np.random.default_rng(0)
    songs = [rng.integers(0, [2, 3], (60, 2)) for _ in range(3)]
    ngram = Ngram(songs, SMALL_LAYOUT)
    for past in (songs[0][:10], rng.integers(0, [2, 3], (10, 2)), np.zeros((0, 2), np.int64)):
        chances = [
            np.exp(-ngram.nats(np.concatenate([past, [row]]))[-1])
            for row in itertools.product(range(2), range(3))
        ]
        assert sum(chances) == pytest.approx(1.0)
        assert min(chances) > 0


def test_what_always_came_is_expected_and_what_never_came_is_possible() -> None:
    loop = np.tile([[0, 0], [1, 1], [0, 2], [1, 0]], (100, 1))
    ngram = Ngram([loop], SMALL_LAYOUT)
    assert ngram.nats(loop)[ORDER:].max() < 0.05
    broken = loop[:40].copy()
    broken[30] = [0, 1]
    assert 3 < ngram.nats(broken)[30] < np.inf


def test_it_hears_no_further_back_than_its_order() -> None:
    rng = np.random.default_rng(1)
    song = rng.integers(0, [2, 3], (200, 2))
    ngram = Ngram([song], SMALL_LAYOUT)
    other = song.copy()
    other[100] = (song[100] + 1) % [2, 3]
    changed = np.flatnonzero(ngram.nats(song) != ngram.nats(other))
    assert changed.min() >= 100
    assert changed.max() < 100 + ORDER


def _song(chords: Sequence[tuple[int, ...]], times: int, style: str = "edm") -> Piece:
    ticks: list[list[Sound]] = []
    for chord in list(chords) * times:
        ticks += [[Sound("chords", pitch, 8) for pitch in chord], *[[] for _ in range(7)]]
    return replace(random_piece("a.mid", len(ticks), 0, style), melody=melody.encode(ticks))


def test_a_progression_that_returns_is_a_loop() -> None:
    bars = [C, C, G, G, AM, AM, F, F]
    (loop,) = loops_of(_song(bars, 4))
    assert len(loop) == HALVES
    assert [{n for n in range(12) if mask >> n & 1} for mask in loop] == [
        {p % 12 for p in bar} for bar in bars
    ]


def test_what_does_not_return_does_not_move_or_is_out_of_key_is_none() -> None:
    chromatic = [tuple(p + n for p in C) for n in range(8)]
    for bars, times in (([C, G, AM, F, G, C, F, G], 1), ([C] * 8, 4), (chromatic, 4)):
        assert loops_of(_song(bars, times)) == []


def test_loops_are_kept_by_style_the_commonest_first() -> None:
    common, rare = [C, C, G, G, AM, AM, F, F], [F, F, G, G, C, C, AM, AM]
    songs = [
        _song(common, 4),
        _song(rare, 4),
        _song(common, 4),
        _song(rare, 4, "classical"),
        _song(rare, 4, "other"),
    ]
    loops = chord_loops(songs)
    assert set(loops) == {"edm", "classical"}
    assert loops["edm"] == [*loops_of(songs[0]), *loops_of(songs[1])]
    assert len(loops["classical"]) == 1
