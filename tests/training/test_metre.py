"""Finding where bars begin in music whose file does not mark it."""

import numpy as np
import pytest

from models.music import Metre
from models.notes import PULSES_PER_BEAT as BEAT
from training.metre import metres_of_bars, upbeat_ticks


def test_bars_from_where_they_begin() -> None:
    assert metres_of_bars([2, 6, 9]) == [Metre(2 * BEAT, 4, 4), Metre(6 * BEAT, 3, 4), Metre(9 * BEAT, 3, 4)]


@pytest.mark.parametrize("upbeat", [0, 2, 4, 8, 12])
def test_the_downbeat_is_where_long_notes_begin(upbeat: int) -> None:
    bar = [(0, 1.5), (4, 0.5), (6, 0.5), (8, 1.0), (12, 1.0)]
    notes = [(upbeat + 16 * n + tick, beats) for n in range(8) for tick, beats in bar]
    onset, beats = np.array([tick for tick, _ in notes]), np.array([each for _, each in notes])
    assert upbeat_ticks(onset, beats) == upbeat


def test_where_no_place_stands_out_the_file_is_believed() -> None:
    assert upbeat_ticks(np.arange(0, 256, 2), np.ones(128)) == 0
