"""The tempo of taps."""

import pytest

from daemon.composer.requests.taps import Taps


def tapped(*times: float) -> float | None:
    taps = Taps()
    tempo = None
    for seconds in times:
        tempo = taps.tap(seconds)
    return tempo


def test_one_tap_is_no_tempo() -> None:
    assert tapped(1.0) is None


def test_one_bad_tap_among_many_moves_nothing() -> None:
    assert tapped(0.0, 0.5, 1.0, 1.5, 1.9, 2.5, 3.0) == pytest.approx(120.0)
    assert tapped(0.0, 0.5, 1.0, 2.0, 2.5, 3.0) == pytest.approx(120.0), "one tap was left out"


def test_taps_before_a_pause_are_dropped() -> None:
    assert tapped(0.0, 0.5, 1.0, 1.5, 10.0) is None
    assert tapped(0.0, 0.5, 1.0, 1.5, 10.0, 11.0) == pytest.approx(60.0)


def test_only_the_last_taps_count() -> None:
    assert tapped(*(n * 0.5 for n in range(9)), *(4.0 + n * 0.4 for n in range(1, 9))) == pytest.approx(150.0)
