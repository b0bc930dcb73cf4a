"""Recall: what the song so far repeats, measured tick by tick while playing and at once for training."""

import numpy as np
import pytest

from models.codecs import melody
from models.codecs.base import LOOKBACK_BARS, RECALL
from models.codecs.recall import RECALL_BARS, SongMemory, longest, recallable
from models.notes import TICKS_PER_BAR
from tests.training.pieces import random_tokens
from training.systems.edm.recall import first_alike, longest_match, repeated

LAYOUT = melody.LAYOUT
PARTS = len(LAYOUT.parts)


def song(*bars: int) -> np.ndarray:
    """A song of random bars; equal numbers are equal bars."""
    made = {bar: random_tokens(LAYOUT, TICKS_PER_BAR, np.random.default_rng(bar)) for bar in set(bars)}
    return np.concatenate([made[bar] for bar in bars])


def usable(memory: SongMemory, tick: int) -> np.ndarray:
    return recallable(np.ones((PARTS, RECALL_BARS), bool), memory.lived_bars(tick))


@pytest.mark.parametrize("begins", [0, 7 * TICKS_PER_BAR])
def test_playing_finds_what_training_finds(begins: int) -> None:
    tokens = song(1, 2, 3, 1, 2, 4, 5, 6, 7, 8, 9, 1, 2, 3, 3, 3, 10, 1, 2, 3)
    trained = longest_match(tokens, LAYOUT)
    memory = SongMemory(LAYOUT)
    memory.begin(begins)
    for tick, row in enumerate(tokens, begins):
        lags = longest(memory.lengths, usable(memory, tick))
        assert (lags == trained.lags[tick - begins]).all()
        assert (memory.lookback(tick, lags)[RECALL] == trained.tokens[tick - begins]).all()
        assert np.allclose(memory.rates(lags), trained.rates[tick - begins])
        memory.add(tick, row)
    assert (trained.lags[-8] == 6).all(), "the latest of equally long matches"


def test_the_fixed_lookbacks_are_not_recalled() -> None:
    tokens = song(*[1] * 12)
    assert not np.isin(longest_match(tokens, LAYOUT).lags, LOOKBACK_BARS).any()


def test_memory_ends_with_its_last_bar() -> None:
    memory = SongMemory(LAYOUT)
    bars = [1, *range(2, RECALL_BARS + 2), 1, 1]
    tokens = song(*bars)
    memory.begin(0)
    for tick, row in enumerate(tokens):
        memory.add(tick, row)
    tick = len(tokens)
    assert memory.lived_bars(tick) == RECALL_BARS - 1
    assert (memory.lengths[:, 1] >= TICKS_PER_BAR).all(), "the bar before is the same"
    assert (memory.lengths.max(axis=1) <= 2 * TICKS_PER_BAR).all()
    furthest = np.array([RECALL_BARS - 1] * PARTS)
    assert (
        memory.lookback(tick + 5, furthest)[RECALL] == tokens[tick + 5 - (RECALL_BARS - 1) * TICKS_PER_BAR]
    ).all()
    assert (memory.before(tick) == tokens[-1]).all()


def test_a_passage_that_returns_is_followed_from_its_first_statement_on() -> None:
    theme, other = (11, 12, 13, 14), tuple(range(20, 32))
    tokens = song(*theme, *other, *theme, 40, 41, 42, *theme)
    told = first_alike(tokens, LAYOUT)
    lags = told.lags[::TICKS_PER_BAR]
    assert (lags[16:20] == 16).all()
    assert (lags[23:27] == 23).all(), "the first statement, not the later one"
    assert not lags[:16].any()
    equal, same_onsets = repeated(tokens, LAYOUT, told)
    assert equal[16:20].all()
    assert same_onsets[16:20].all()
    assert not equal[:16].any()


def test_a_variation_is_recalled_and_is_not_a_repetition() -> None:
    tokens = song(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1)
    varied = tokens.copy()
    sounding = np.flatnonzero(varied[160:, 0])[:3] + 160
    varied[sounding, 0] = varied[sounding, 0] % 20 + 1
    told = first_alike(varied, LAYOUT)
    assert told.lags[160, 0] == 10
    equal, same_onsets = repeated(varied, LAYOUT, told)
    assert equal[10].tolist() == [0, 1, 1]
    assert same_onsets[10, 0] == 1, "the pitches alone differ"
