"""The longest stretch of music in 4/4, and metres that can be combined."""

import pytest

from models.grid import Stretch, in_four
from models.music import Metre
from models.notes import PULSES_PER_BEAT as BEAT


@pytest.mark.parametrize(
    ("metres", "stretch"),
    [
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
        ([(0, 4, 4), (20, 4, 4)], (0, 40)),
        ([(0, 4, 4), (10, 4, 4)], (10, 40)),
        ([(0, 4, 4), (50, 3, 4)], (0, 40)),
    ],
)
def test_the_longest_stretch_in_four(
    metres: list[tuple[int, int, int]], stretch: tuple[int, int] | None
) -> None:
    found = in_four([Metre(beat * BEAT, *each) for beat, *each in metres], 40 * BEAT)
    assert found == (stretch and Stretch(*(beat * BEAT for beat in stretch)))
