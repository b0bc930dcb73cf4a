"""The rate: rounds of training and of a bare LSTM of the same shape, timed separately."""

from pathlib import Path

import pytest

from tests.benchmarks.training_rate import Rates, measure
from tests.training.pieces import random_piece
from tests.training.songs import RECIPE
from training.systems.edm.lessons import lessons_of
from training.systems.edm.recipe import EdmRecipe
from training.systems.table import load


@pytest.mark.train
def test_both_are_timed_however_little_music_there_is(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(RECIPE)
    pieces = [random_piece(f"{n}.mid", 96, n) for n in range(1, 6)]
    recipe = load(str(tmp_path / "tiny.toml"))
    assert isinstance(recipe, EdmRecipe)
    rates = measure(lessons_of("percussion", recipe, pieces), 2)
    assert rates.ours > 0
    assert rates.ratio == pytest.approx(rates.ours / rates.bare, rel=1)
    assert 0 < rates.ticks_an_epoch <= 5 * 96


def test_an_hour_holds_so_many_epochs() -> None:
    assert Rates(100.0, 200.0, 0.5, 36_000).epochs_an_hour == 10
