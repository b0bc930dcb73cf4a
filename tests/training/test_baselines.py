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


def test_given_the_lookback_it_knows_a_bar_that_returns() -> None:
    rng = np.random.default_rng(2)
    bars = [rng.integers(0, [2, 3], (16, 2)) for _ in range(40)]
    loops = [np.tile(bar, (6, 1)) for bar in bars]
    plain, given = (Ngram(loops[:39], SMALL_LAYOUT, lookback=lookback) for lookback in (False, True))
    again = slice(16, None)
    assert given.nats(loops[39])[again].mean() < 0.5 * plain.nats(loops[39])[again].mean()


def test_the_lookbacks_chances_add_up_to_one_and_reach_eight_bars() -> None:
    rng = np.random.default_rng(3)
    songs = [rng.integers(0, [2, 3], (400, 2)) for _ in range(2)]
    ngram = Ngram(songs, SMALL_LAYOUT, lookback=True)
    past = songs[0][:200]
    rows = itertools.product(range(2), range(3))
    chances = [np.exp(-ngram.nats(np.concatenate([past, [row]]))[-1]) for row in rows]
    assert sum(chances) == pytest.approx(1.0)
    other = songs[0].copy()
    other[100] = (other[100] + 1) % [2, 3]
    changed = np.flatnonzero(ngram.nats(songs[0]) != ngram.nats(other))
    assert set(changed) <= {100, 101, 102, 103, 116, 132, 164, 228}
    assert 228 in changed
