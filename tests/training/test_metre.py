"""Where music is in 4/4: metres that pair up, the longest stretch, the upbeat."""

import numpy as np
import pytest

from training.metre import Metre, Stretch, in_four, metres_of_bars, upbeat_ticks


@pytest.mark.parametrize(
    ("metres", "stretch"),
    [
        ([], (0, 40)),
        ([(0, 4, 4)], (0, 40)),
        ([(0, 2, 4)], (0, 40)),
        ([(0, 2, 2)], (0, 40)),
        ([(0, 1, 4)], (0, 40)),
        ([(0, 4, 8)], (0, 40)),
        ([(0, 4, 2)], (0, 40)),
        ([(0, 3, 4)], None),
        ([(0, 6, 8)], None),
        ([(0, 4, 4), (8, 2, 4), (12, 4, 4)], (0, 40)),
        ([(0, 4, 4), (8, 2, 4), (10, 4, 4)], (10, 40)),
        ([(0, 4, 4), (28, 3, 4), (31, 4, 4)], (0, 28)),
        ([(0, 4, 4), (0, 4, 4), (20, 4, 4)], (0, 40)),
        ([(0, 4, 4), (50, 3, 4)], (0, 40)),
    ],
)
def test_the_longest_stretch_in_four(
    metres: list[tuple[int, int, int]], stretch: tuple[int, int] | None
) -> None:
    found = in_four([Metre(*each) for each in metres], 40)
    assert found == (stretch and Stretch(*stretch))


def test_bars_from_where_they_begin() -> None:
    assert metres_of_bars([2, 6, 9]) == [Metre(2, 4, 4), Metre(6, 3, 4), Metre(9, 3, 4)]


@pytest.mark.parametrize("upbeat", [0, 2, 4, 8, 12])
def test_the_downbeat_is_where_long_notes_begin(upbeat: int) -> None:
    bar = [(0, 1.5), (4, 0.5), (6, 0.5), (8, 1.0), (12, 1.0)]
    notes = [(upbeat + 16 * n + tick, beats) for n in range(8) for tick, beats in bar]
    onset, beats = np.array([tick for tick, _ in notes]), np.array([each for _, each in notes])
    assert upbeat_ticks(onset, beats) == upbeat


def test_where_no_place_stands_out_the_file_is_believed() -> None:
    assert upbeat_ticks(np.arange(0, 256, 2), np.ones(128)) == 0
