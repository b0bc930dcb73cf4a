"""Overlap of equal, similar and different collections."""

import numpy as np
import pytest

from tests.training.evaluation.music import four_on_the_floor, wandering
from training.evaluation.features import features
from training.evaluation.grid import Numbers
from training.evaluation.overlap import curves, overlap, ratio


def songs(seeds: range, low: int = 60, notes: int = 12) -> list[Numbers]:
    return [features(wandering(seed, 32, low, notes), four_on_the_floor(32)) for seed in seeds]


@pytest.fixture(scope="module")
def reference() -> list[Numbers]:
    return songs(range(12))


def test_the_same_songs_overlap_wholly(reference: list[Numbers]) -> None:
    same = overlap(reference, reference)
    assert same.mean == pytest.approx(1, abs=0.02)
    assert same.low <= same.mean


def test_other_music_overlaps_where_it_is_alike_and_nowhere_else(reference: list[Numbers]) -> None:
    other = overlap(songs(range(100, 112), low=60, notes=2), reference)
    assert other.by_feature["pitch range"] < 0.05
    assert other.by_feature["pitch-class entropy"] < 0.05
    assert other.by_feature["notes per bar"] > 0.9
    assert other.by_feature["kick on the beat"] > 0.9


def test_more_of_the_same_kind_reaches_the_ceiling(reference: list[Numbers]) -> None:
    ceiling = overlap(songs(range(50, 90)), reference)
    alike, low, high = ratio(overlap(songs(range(200, 212)), reference), ceiling)
    assert low < alike < high
    assert alike > 0.85
    assert ratio(overlap(songs(range(200, 212), notes=3), reference), ceiling)[2] < alike


def test_a_density_integrates_to_one(reference: list[Numbers]) -> None:
    curve = curves(reference, reference)["pitch-class entropy"]
    assert curve.density.sum() * np.diff(curve.axis)[0] == pytest.approx(1, abs=0.01)


def test_a_feature_nobody_can_tell_is_left_out() -> None:
    mute = [np.full_like(rows, np.nan) for rows in songs(range(3))]
    told = overlap(mute, mute)
    assert np.isnan(told.mean)
