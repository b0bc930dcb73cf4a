"""The gauge's readings of a piece bar by bar."""

import numpy as np
import pytest

from models.gauge import Gauge
from tests.training.evaluation.music import four_on_the_floor, tune, wandering
from training.evaluation.judged import judge, whole
from training.evaluation.music import Music


@pytest.fixture(scope="module")
def gauge() -> Gauge:
    return Gauge.load()


def test_every_bar_from_the_eighth_is_read(gauge: Gauge) -> None:
    piece = Music("a", wandering(1, 12), four_on_the_floor(12))
    judgement = judge(gauge, piece)
    assert judgement.bars == [8, 9, 10, 11, 12]
    last = gauge.read(piece.melody[4 * 16 :], piece.percussion[4 * 16 :])
    assert judgement.styles["Classical"][-1] == last.classical
    assert judgement.styles["EDM"][-1] == last.edm
    nearest = last.songs[0]
    assert judgement.songs.get(nearest.title, [nearest.share])[-1] == nearest.share
    assert judge(gauge, piece, 2).bars == [8, 10, 12]


def test_shares_are_shares(gauge: Gauge) -> None:
    judgement = judge(gauge, Music("a", wandering(2, 16), four_on_the_floor(16)))
    assert sum(whole(judgement.styles).values()) == pytest.approx(1, abs=1e-5)
    assert 0 < sum(whole(judgement.songs).values()) <= 1
    assert judgement.classical == pytest.approx(np.mean(judgement.styles["Classical"]))


def test_a_short_piece_is_read_once(gauge: Gauge) -> None:
    judgement = judge(gauge, Music("short", wandering(3, 2), four_on_the_floor(2)))
    assert judgement.bars == [2]


def test_silence_is_near_no_song(gauge: Gauge) -> None:
    judgement = judge(gauge, Music("silent", tune((), 8), four_on_the_floor(8) * 0))
    assert judgement.classical == 0.5
    assert judgement.songs == {}
