"""The baselines: the n-gram, and its mixtures with copies from the song so far."""

import itertools

import numpy as np
import pytest

from models.codecs.base import Slot
from training.ngram import ORDER, Ngram
from training.yardsticks import MEMORIES, Song, Yardstick, learned

BAR = 16
SLOTS = (Slot("a.0", 2), Slot("a.1", 3))


def test_the_chances_of_what_may_follow_add_up_to_one() -> None:
    rng = np.random.default_rng(0)
    songs = [rng.integers(0, [2, 3], (60, 2)) for _ in range(3)]
    ngram = Ngram(songs, SLOTS)
    for past in (songs[0][:10], rng.integers(0, [2, 3], (10, 2)), np.zeros((0, 2), np.int64)):
        chances = [
            np.exp(-ngram.nats(np.concatenate([past, [row]]))[-1])
            for row in itertools.product(range(2), range(3))
        ]
        assert sum(chances) == pytest.approx(1.0)
        assert min(chances) > 0


def test_what_always_came_is_expected_and_what_never_came_is_possible() -> None:
    loop = np.tile([[0, 0], [1, 1], [0, 2], [1, 0]], (100, 1))
    ngram = Ngram([loop], SLOTS)
    assert ngram.nats(loop)[ORDER:].max() < 0.05
    broken = loop[:40].copy()
    broken[30] = [0, 1]
    assert 3 < ngram.nats(broken)[30] < np.inf


def test_it_hears_no_further_back_than_its_order() -> None:
    rng = np.random.default_rng(1)
    song = rng.integers(0, [2, 3], (200, 2))
    ngram = Ngram([song], SLOTS)
    other = song.copy()
    other[100] = (song[100] + 1) % [2, 3]
    changed = np.flatnonzero(ngram.nats(song) != ngram.nats(other))
    assert changed.min() >= 100
    assert changed.max() < 100 + ORDER


def yardstick(name: str, songs: list[Song]) -> Yardstick:
    return Yardstick(songs, SLOTS, MEMORIES[name], learned(songs, SLOTS))


def loops(seed: int, count: int, bars: int = 1, times: int = 6) -> list[Song]:
    """Return songs that repeat some bars of random rows."""
    rng = np.random.default_rng(seed)
    own = [rng.integers(0, [2, 3], (bars * BAR, 2)) for _ in range(count)]
    return [Song(np.tile(each, (times, 1)), "edm") for each in own]


@pytest.mark.parametrize("name", MEMORIES)
def test_the_chances_of_a_mixture_add_up_to_one(name: str) -> None:
    own = yardstick(name, loops(2, 5))
    for past in (
        loops(3, 1)[0].tokens[:70],
        loops(4, 1, bars=10)[0].tokens[:300],
        np.zeros((0, 2), np.int64),
    ):
        rows = itertools.product(range(2), range(3))
        songs = [Song(np.concatenate([past, [row]]), "edm") for row in rows]
        assert sum(np.exp(-own.nats(song)[-1]) for song in songs) == pytest.approx(1.0)


@pytest.mark.parametrize("name", MEMORIES)
def test_a_mixture_expects_a_bar_that_returns(name: str) -> None:
    songs = loops(5, 40)
    own, plain = yardstick(name, songs[:39]), Ngram([song.tokens for song in songs[:39]], SLOTS)
    again = slice(2 * BAR, None)
    assert own.nats(songs[39])[again].mean() < 0.1 * plain.nats(songs[39].tokens)[again].mean()


def test_the_longest_match_finds_what_the_lookbacks_miss() -> None:
    # Three bars return: no lookback has this length.
    songs = loops(6, 40, bars=3)
    copies, match = (yardstick(name, songs[:39]).nats(songs[39]) for name in MEMORIES)
    again = slice(4 * BAR, None)
    assert match[again].mean() < 0.1 * copies[again].mean()


@pytest.mark.parametrize("name", MEMORIES)
def test_only_the_past_counts(name: str) -> None:
    own, song = yardstick(name, loops(7, 5)), loops(8, 1, bars=4)[0]
    other = song.tokens.copy()
    other[100] = (other[100] + 1) % [2, 3]
    changed = np.flatnonzero(own.nats(song) != own.nats(Song(other, "edm")))
    assert changed.min() == 100
    assert changed.max() > 100 + ORDER


def test_a_style_without_songs_has_the_prior_weights() -> None:
    own, song = yardstick("longest_match", loops(9, 5)), loops(10, 1)[0]
    strange = own.nats(Song(song.tokens, "classical"))
    assert np.isfinite(strange).all()
    assert strange.mean() > own.nats(song).mean()
