"""The discriminator separates different collections and not equal ones."""

import pytest

from tests.training.evaluation.music import four_on_the_floor, wandering
from training.evaluation import discriminator
from training.evaluation.discriminator import FOLDS, discriminate
from training.evaluation.music import Music


def songs(seeds: range, notes: int = 12) -> list[Music]:
    return [Music(str(seed), wandering(seed, 24, notes=notes), four_on_the_floor(24)) for seed in seeds]


@pytest.mark.train
def test_what_differs_is_told_apart() -> None:
    verdict = discriminate(songs(range(12)), songs(range(50, 62), notes=4))
    assert verdict is not None
    assert verdict.accuracy > 0.9
    assert 0.8 < verdict.low < verdict.accuracy
    assert (verdict.windows, verdict.songs) == (72, 24)


@pytest.mark.train
def test_the_same_kind_of_music_is_not() -> None:
    verdict = discriminate(songs(range(16)), songs(range(100, 116)))
    assert verdict is not None
    assert verdict.low < 0.5 < verdict.high


def test_the_same_songs_are_judged_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discriminator, "_LEAST_STEPS", 4)
    monkeypatch.setattr(discriminator, "_EPOCHS", 1)
    one, other = songs(range(6)), songs(range(50, 56), notes=4)
    assert discriminate(one, other) == discriminate(one, other)


def test_too_few_songs_say_nothing() -> None:
    assert discriminate(songs(range(FOLDS - 1)), songs(range(9))) is None
