"""The discriminator separates different collections and not equal ones."""

import numpy as np
import pytest

from tests.training.evaluation.music import beat, four_on_the_floor, tune, wandering
from training.evaluation import discriminator
from training.evaluation.discriminator import FOLDS, _wins, discriminate, told_apart
from training.evaluation.music import Music


def songs(seeds: range, notes: int = 12) -> list[Music]:
    return [Music(str(seed), wandering(seed, 24, notes=notes), four_on_the_floor(24)) for seed in seeds]


def test_what_differs_is_told_apart() -> None:
    verdict = discriminate(songs(range(12)), songs(range(50, 62), notes=4))
    assert verdict is not None
    assert verdict.auc > 0.95
    assert verdict.accuracy > 0.9
    assert 0.9 < verdict.low <= verdict.auc <= verdict.high <= 1
    assert (verdict.windows, verdict.songs) == (72, 24)


@pytest.mark.train
def test_the_same_kind_of_music_is_not() -> None:
    verdict = discriminate(songs(range(16)), songs(range(100, 116)))
    assert verdict is not None
    assert verdict.low < 0.5 < verdict.high


def test_the_same_songs_are_judged_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discriminator, "GROUPINGS", 2)
    one, other = songs(range(6)), songs(range(50, 56), notes=4)
    assert discriminate(one, other) == discriminate(one, other)


def test_too_few_songs_say_nothing() -> None:
    assert discriminate(songs(range(FOLDS - 1)), songs(range(9))) is None
    assert discriminate([Music("a", tune((), 16), beat((), 16))] * 9, songs(range(9))) is None


def test_the_area_counts_pairs_and_ties_count_half() -> None:
    # Two groupings of two windows of one side and two of the other: 3 of 4 pairs are right, then 2 and two ties.
    scores = np.array([[0.1, 0.6, 0.5, 0.9], [0.2, 0.5, 0.5, 0.5]])
    assert _wins(scores, np.array([0, 0, 1, 1])).mean() == pytest.approx((3 / 4 + 3 / 4) / 2)


def test_several_collections_are_told_apart_only_if_they_differ() -> None:
    differ = [songs(range(each, each + 6), notes=notes) for each, notes in ((0, 3), (20, 7), (40, 14))]
    same = [songs(range(each, each + 6)) for each in (0, 20, 40)]
    assert told_apart(differ, 3) > 0.9
    assert told_apart(same, 3) < 0.6


def test_only_windows_of_the_bars_asked_for_are_told_apart() -> None:
    """The collections differ in their first half only."""
    begun = [songs(range(each, each + 6), notes=notes) for each, notes in ((0, 3), (20, 14))]
    ended = [songs(range(each, each + 6)) for each in (40, 60)]
    half = 16 * 16
    sides = [
        [
            one._replace(melody=np.concatenate([one.melody[:half], other.melody[half:]]))
            for one, other in zip(*each, strict=True)
        ]
        for each in zip(begun, ended, strict=True)
    ]
    first = told_apart(sides, 3, bars_of=lambda piece: np.arange(piece.count) < 16)
    second = told_apart(sides, 3, bars_of=lambda piece: np.arange(piece.count) >= 16)
    assert first > 0.9
    assert second < 0.7
