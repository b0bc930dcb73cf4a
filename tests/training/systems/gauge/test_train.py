"""`edmd train` with a gauge's recipe: from folders of songs to a gauge that works and whose training can resume."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from daemon.cli import cli
from models.gauge import Gauge
from tests.training.songs import write_midi, write_song

RECIPE = """
kind = "gauge"
name = "ear"
version = "1"
[[source]]
name = "club"
style = "edm"
teaches = ["melody", "percussion"]
title = "Songs of a test"
licence = "CC0 1.0"
[[source]]
name = "hall"
style = "classical"
teaches = ["melody"]
title = "Slow songs of a test"
licence = "CC0 1.0"
[names]
club = '(?P<credit>song)s?-(?P<title>\\d+)'
[corpus]
minimum_ticks = 64
minimum_on_grid = 0.8
four_on_the_floor_weight = 1
[network]
tick = 8
beat = 16
embedding = 8
layers = 2
dropout = 0.0
[fit]
batch = 16
steps = 30
epochs = 2
patience = 9
learning_rate = 1e-2
weight_decay = 0.0
song_weight = 0.2
[chances]
blend = 0.3
transpose = 0.5
no_drums = 0.3
no_voice = 0.1
late = 0.1
[bundle]
licence = "CC BY 4.0"
"""
# By the MD5 of these names one song is in the test split and one in validation.
SONGS = (*range(1, 8), 9, 13, 18)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "ear.toml").write_text(RECIPE)
    for seed in SONGS:
        write_song(tmp_path / "club" / f"{seed}.mid", seed, bars=16)
        slow = [(n * 960, 900, 60 + (seed * n + n // (seed + 1)) % 12, 80) for n in range(32)]
        write_midi(tmp_path / "hall" / f"{seed}.mid", [("Voice", 0, slow)])
    return tmp_path


def _train(home: Path, *more: str, data: tuple[str, ...] = ("club", "hall")) -> Result:
    folders = [word for name in data for word in ("--data", str(home / name))]
    places = ["--out", str(home / "out"), "--cache", str(home / "cache"), "--threads", "1"]
    return CliRunner().invoke(cli, ["train", str(home / "ear.toml"), *folders, *places, *more])


@pytest.mark.train
def test_folders_become_a_gauge_that_tells_them_apart_and_goes_on(home: Path) -> None:
    first = _train(home)
    assert first.exit_code == 0, first.output
    assert "use it with: edmd play -o gauge.model=" in first.output
    manifest = Gauge.load(home / "out").bundle.manifest
    assert (manifest["name"], manifest["kind"], manifest["licence"]) == ("ear", "gauge", "CC BY 4.0")
    assert [row["songs"] for row in manifest["data"]] == [len(SONGS)] * 2
    assert manifest["held_out"]["accuracy"]["whole"]["all"]["songs"]["share"] == 1.0
    again = _train(home, "--epochs", "3", "--name", "mine")
    assert "gauge, epoch 3 of 3" in again.output
    assert "epoch 2 of" not in again.output
    assert CliRunner().invoke(cli, ["models", "verify", str(home / "out")]).exit_code == 0
    straight = _train(home, "--from-checkpoints")
    assert (straight.exit_code, "epoch" in straight.output) == (0, False)
    started = _train(home, "--start", str(home / "out" / "checkpoints"), "--checkpoints", str(home / "more"))
    assert (started.exit_code, "gauge, epoch 2 of 2" in started.output) == (0, True), started.output
    other = home / "club" / "20.mid"
    write_song(other, 20, bars=16)
    changed = _train(home, "--epochs", "4")
    assert changed.exit_code == 1
    assert "contains a network of other sizes or songs than the recipe's gauge" in changed.output
    fresh = _train(home, "--epochs", "1", "--fresh")
    assert (fresh.exit_code, "epoch 1 of 1" in fresh.output) == (0, True), fresh.output


@pytest.mark.parametrize(
    ("words", "data", "code", "said"),
    [
        (["--devices", "2"], ("club", "hall"), 2, "leave out --devices and --nodes"),
        (["--from-checkpoints"], ("club", "hall"), 1, "contains no best.ckpt"),
        ([], ("club",), 1, "there is no classical song of eight bars or more"),
    ],
)
def test_wrong_words_are_one_sentence(
    home: Path, words: list[str], data: tuple[str, ...], code: int, said: str
) -> None:
    result = _train(home, *words, data=data)
    assert (result.exit_code, said in result.output) == (code, True), result.output
    assert "Traceback" not in result.output
