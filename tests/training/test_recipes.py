"""The bounds of a recipe's settings, of every system: a value outside is refused with its name before any music is read."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.cli import cli
from tests.training.songs import PLAN
from tests.training.songs import RECIPE as EDM
from tests.training.systems.gauge.test_train import RECIPE as GAUGE
from tests.training.systems.sequences.made import DENSE, STREAM, WINDOW, recipe
from training.recipe import RecipeError
from training.systems.table import load

FOLK, PUBLISHED, POP = recipe("folk", STREAM), recipe("folk", WINDOW), recipe("pop", DENSE)


def _refused(tmp_path: Path, words: str) -> str:
    path = tmp_path / "my.toml"
    path.write_text(words)
    with pytest.raises(RecipeError) as refusal:
        load(str(path))
    return str(refusal.value).removeprefix(f"the recipe {path} cannot be used: ")


@pytest.mark.parametrize(
    ("words", "old", "new", "said"),
    [
        (FOLK, "hidden = 12", "hidden = 0", "network.hidden is 0; it must be a whole number of at least 1"),
        (FOLK, "hidden = 12", "hidden = 8193", "network.hidden is 8193; it must be a whole number of at most 8192"),
        (FOLK, "layers = 2", "layers = 17", "network.layers is 17; it must be a whole number of at most 16"),
        (FOLK, "embedding = 6", "embedding = -1", "network.embedding is -1"),
        (PUBLISHED, "dropout = 0.1", "dropout = 1.0", "network.dropout is 1.0; it must be a number below 1"),
        (PUBLISHED, "dropout = 0.1", "recurrent_dropout = nan", "network.recurrent_dropout is nan"),
        (FOLK, "batch = 4", "batch = 0", "fit.batch is 0; it must be a whole number of at least 1"),
        (POP, "batch = 4", "batch = 1", "fit.batch must be at least 2, because network.dense"),
        (FOLK, "steps = 8", "steps = 0", "fit.steps is 0"),
        (FOLK, "epochs = 2", "epochs = 0", "fit.epochs is 0"),
        (FOLK, "epochs = 2", f"epochs = 1{'0' * 4000}", "fit.epochs is 1"),
        (FOLK, "window = 16", "window = 0", "fit.window is 0"),
        (FOLK, "window = 16", "window = 513", "fit.window is 513; it must be a whole number of at most 512"),
        (FOLK, "learning_rate = 0.01", "learning_rate = 0", "fit.learning_rate is 0; it must be a number above 0"),
        (FOLK, "learning_rate = 0.01", "learning_rate = inf", "fit.learning_rate is inf"),
        (FOLK, "learning_rate = 0.01", "learning_rate = nan", "fit.learning_rate is nan"),
        (FOLK, "weight_decay = 0", "weight_decay = inf", "fit.weight_decay is inf"),
        (FOLK, "patience = 9", 'patience = 9\noptimiser = "sgd"', "fit.optimiser is 'sgd', which is unknown"),
        (FOLK, "least_notes = 8", "least_notes = 0", "music.least_notes is 0"),
        (FOLK, "least_notes = 8", "least_notes = 8\nvalues = 5000", "music.values is 5000"),
        (FOLK, '"folk"', '"polka"', "system_name is 'polka', which is unknown"),
        (FOLK, 'version = "1"', 'version = ""', "version is ''; it must be a text that is not empty"),
        (EDM, "embedding = 6", "embedding = 0", "melody.embedding is 0"),
        (EDM, "streams = 4", "streams = 0", "fit.streams is 0"),
        (EDM, "window = 64", "window = 0", "fit.window is 0"),
        (EDM, "withhold_plan = 0.15", "withhold_plan = 1.5", "fit.withhold_plan is 1.5; it must be a number of at most 1"),
        (EDM, "learning_rate = 1e-2", "learning_rate = nan", "fit.learning_rate is nan"),
        (EDM, "minimum_on_grid = 0.8", "minimum_on_grid = 80", "corpus.minimum_on_grid is 80"),
        (EDM, "four_on_the_floor_weight = 1", "four_on_the_floor_weight = 0", "corpus.four_on_the_floor_weight is 0"),
        (EDM, "[melody]", "synthetic_share = 0\n[melody]", "corpus.synthetic_share is 0; it must be a number above 0"),
        (EDM, "[melody]", "plan = 3\n[melody]", "[corpus] has no setting plan"),
        (f"plan = 3\n{EDM}", "", "", "plan is 3; it must be a table"),
        (EDM + PLAN, "window = 8", "window = 0", "plan.fit.window is 0"),
        (GAUGE, "tick = 8", "tick = 0", "network.tick is 0"),
        (GAUGE, "dropout = 0.0", "dropout = 1", "network.dropout is 1; it must be a number below 1"),
        (GAUGE, "batch = 16", "batch = 0", "fit.batch is 0"),
        (GAUGE, "steps = 30", "steps = 0", "fit.steps is 0"),
        (GAUGE, "blend = 0.3", "blend = 3", "chances.blend is 3; it must be a number of at most 1"),
        (GAUGE, "song_weight = 0.2", "song_weight = nan", "fit.song_weight is nan"),
        (f"leave_out = {{a = [3]}}\n{GAUGE}", "", "", "leave_out is {'a': [3]}; it must be a text"),
    ],
)  # fmt: skip
def test_a_value_outside_its_bounds_is_named(
    tmp_path: Path, words: str, old: str, new: str, said: str
) -> None:
    assert old in words
    found = _refused(tmp_path, words.replace(old, new, 1))
    assert found.startswith(said)
    assert len(found) < 200


@pytest.mark.parametrize(
    "nested",
    [
        f"batch = {'[' * 5000}{']' * 5000}",
        f"batch = {'{a = ' * 5000}1{'}' * 5000}",
        f"batch.{'.'.join('a' * 5000)} = 1",
    ],
    ids=["lists", "tables", "keys"],
)
def test_a_recipe_nested_however_deeply_is_refused_in_one_sentence(tmp_path: Path, nested: str) -> None:
    (tmp_path / "my.toml").write_text(FOLK.replace("batch = 4", nested))
    words = ["train", str(tmp_path / "my.toml"), "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 2, result.output
    assert "cannot be used: it is nested too deeply" in result.output or "fit.batch is {'a'" in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_the_bounds_themselves_are_allowed(tmp_path: Path) -> None:
    wide = FOLK.replace("hidden = 12", "hidden = 8192").replace("window = 16", "window = 512")
    (tmp_path / "my.toml").write_text(
        wide.replace("batch = 4", "batch = 1").replace("steps = 8", "steps = 1")
    )
    assert load(str(tmp_path / "my.toml")).fit.learning_rate == 0.01
