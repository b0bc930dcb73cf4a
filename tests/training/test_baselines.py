"""The n-gram baseline."""

import itertools

import numpy as np
import pytest

from models.codecs.base import Layout, Part, Slot
from training.ngram import ORDER, Ngram

SMALL_LAYOUT = Layout([Part("a", (Slot("a.0", 2), Slot("a.1", 3)))])


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
