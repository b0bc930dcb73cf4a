"""How simple music is: loops of few pitches are, scattered notes are not."""

import numpy as np

from models.codecs import melody
from models.codecs.melody import Sound
from models.notes import TICKS_PER_BAR
from tests.training.pieces import random_piece
from training.simplicity import simplicity


def test_one_bar_that_repeats_is_simple() -> None:
    row = [
        [Sound("bass", 36, 4), Sound("chords", 60, 4)] if tick % 4 == 0 else []
        for tick in range(TICKS_PER_BAR)
    ]
    assert simplicity(melody.encode(row * 12)).tolist() == [1.0] * 12


def test_bass_and_chords_apart_are_less_simple() -> None:
    together = [
        [Sound("bass", 36, 2), Sound("chords", 60, 2)] if t % 4 == 0 else [] for t in range(TICKS_PER_BAR)
    ]
    apart = [
        [Sound("bass", 36, 2)] if t % 4 == 0 else [Sound("chords", 60, 2)] if t % 4 == 2 else []
        for t in range(TICKS_PER_BAR)
    ]
    assert simplicity(melody.encode(apart * 8))[0] < simplicity(melody.encode(together * 8))[0]


def test_random_notes_are_not_simple_and_silence_is() -> None:
    piece = random_piece("a", 16 * TICKS_PER_BAR, 1)
    assert simplicity(piece.melody).max() < 0.35
    assert simplicity(np.zeros((3 * TICKS_PER_BAR, 10), np.int64)).tolist() == [1.0] * 3


def test_each_bar_has_the_value_of_the_eight_bars_around_it() -> None:
    simple = melody.encode(
        [[Sound("lead", 72, 2)] if tick % 4 == 0 else [] for tick in range(TICKS_PER_BAR)] * 16
    )
    busy = random_piece("b", 16 * TICKS_PER_BAR, 2).melody
    values = simplicity(np.concatenate([simple, busy]))
    assert len(values) == 32
    assert set(values[:12]) == {1.0}
    assert (np.diff(values[12:20]) < 0).any()
    assert values[20:].max() < 0.6
