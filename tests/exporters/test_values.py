"""Note values that show the beat."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.values import is_plain, pieces
from tests.exporters.pieces import BAR, BEAT, TICK

THIRTY_SECOND = TICK // 2


@pytest.mark.parametrize(
    ("start", "length", "written"),
    [
        (0, 16, [16]),
        (0, 7, [6, 1]),
        (3, 4, [1, 3]),
        (2, 4, [4]),
        (6, 4, [2, 2]),
        (4, 12, [12]),
        (14, 2, [2]),
        (1, 15, [3, 12]),
    ],
)
def test_the_beat_is_seen(start: int, length: int, written: list[int]) -> None:
    assert pieces(start * TICK, length * TICK) == [value * TICK for value in written]


@pytest.mark.parametrize(
    ("start", "length", "written"),
    [
        (0, 5, [4, 1]),
        (1, 2, [2]),
        (3, 2, [1, 1]),
        (1, 7, [3, 4]),
        (7, 9, [1, 8]),
        (0, 3, [3]),
    ],
)
def test_thirty_seconds_do_not_hide_the_eighths(start: int, length: int, written: list[int]) -> None:
    assert pieces(start * THIRTY_SECOND, length * THIRTY_SECOND) == [
        value * THIRTY_SECOND for value in written
    ]


@given(st.integers(0, 127), st.integers(1, 640), st.booleans())
def test_pieces_add_up_and_none_hides_the_middle_of_the_bar(start: int, length: int, compound: bool) -> None:
    start, length = start * 15, length * 15
    made = pieces(start, length, compound=compound)
    assert sum(made) == length
    for number, value in enumerate(made):
        at = (start + sum(made[:number])) % BAR
        assert is_plain(value)
        assert compound or value in (4 * BEAT, 3 * BEAT) or at % (2 * BEAT) + value <= 2 * BEAT or at == BEAT


@given(st.integers(0, 100), st.integers(1, 150), st.sets(st.integers(0, 8)), st.sampled_from([80, 40]))
def test_what_lies_on_the_grid_is_written_exactly(
    start: int, length: int, triplets: set[int], third: int
) -> None:
    start, end = (
        round(pulse / unit) * unit
        for pulse in (start * 40, (start + length) * 40)
        for unit in (third if pulse // BEAT in triplets else 30,)
    )
    at = start
    for value in pieces(start, end - start, triplets=triplets):
        beat, phase = divmod(at, BEAT)
        is_third = beat in triplets and (phase or value < BEAT)
        assert is_plain(value) is not bool(is_third)
        assert not is_third or phase + value <= BEAT
        at += value
    assert at == max(end, start)
