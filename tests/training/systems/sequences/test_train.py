"""`edmd train` from a folder of music to a bundle of symbols."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from daemon.cli import cli
from models import bundle
from models.codecs.vocabulary import TABLE, loads
from tests.training.systems.sequences.made import (
    DENSE,
    PLAIN,
    SONGS,
    STREAM,
    VOICES,
    WINDOW,
    recipe,
    write_songs,
)
from training.systems.sequences.recipe import SequenceRecipe
from training.systems.table import load, names


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_songs(tmp_path_factory.mktemp("corpus") / "songs")


def train(tmp_path: Path, songs: Path, words: str, *more: str) -> Result:
    (tmp_path / "small.toml").write_text(words)
    folders = ["--data", str(songs), "--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")]
    return CliRunner().invoke(cli, ["train", str(tmp_path / "small.toml"), *folders, "--threads", "1", *more])


@pytest.mark.train
@pytest.mark.parametrize(
    "words",
    [
        recipe("performance", STREAM, voices=VOICES, music="lead_alone = true"),
        recipe("performance", WINDOW),
        recipe("jazz", STREAM),
        recipe("jazz", PLAIN, "carries = false\ndecay = false"),
        recipe("pop", STREAM, voices=VOICES),
        recipe("pop", DENSE, 'optimiser = "rmsprop"', VOICES),
        recipe("folk", STREAM),
        recipe("folk", WINDOW),
    ],
    ids=[
        "performance",
        "performance-window",
        "jazz",
        "jazz-plain",
        "pop",
        "pop-dense",
        "folk",
        "folk-window",
    ],
)
def test_a_folder_becomes_a_bundle(tmp_path: Path, songs: Path, words: str) -> None:
    result = train(tmp_path, songs, words)
    assert result.exit_code == 0, result.output
    made = bundle.load(str(tmp_path / "out"))
    held_out = made.manifest["held_out"]
    assert (
        held_out["network"]["nats"]["low"]
        <= held_out["network"]["nats"]["mean"]
        <= held_out["network"]["nats"]["high"]
    )
    assert 0 <= held_out["network"]["accuracy"]["mean"] <= 1
    assert held_out["ngram"]["nats"]["mean"] > 0
    assert made.manifest["data"][0]["songs"] == len(SONGS)
    by_song = json.loads((tmp_path / "out" / "held_out.json").read_text())
    assert held_out["network"]["songs"] == 2
    assert len(by_song) == 2 + 2 * ("lead_alone" in words)
    table = loads(made.files[made.manifest[TABLE]["file"]])
    assert bool(table.openings) == ("window" in words.split("[network]")[1].split("[fit]", maxsplit=1)[0])


@pytest.mark.train
def test_training_goes_on_where_it_stopped(tmp_path: Path, songs: Path) -> None:
    # With a rate that falls, its course would depend on the number of epochs that the first run expects.
    words = recipe("folk", STREAM + "\ndropout = 0.3", "decay = false")
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    assert train(tmp_path / "whole", songs, words).exit_code == 0
    assert train(tmp_path / "parts", songs, words, "--epochs", "1").exit_code == 0
    assert train(tmp_path / "parts", songs, words).exit_code == 0
    files = [bundle.load(str(tmp_path / name / "out")).files["melody.onnx"] for name in ("whole", "parts")]
    assert files[0] == files[1]


@pytest.mark.train
def test_other_songs_need_a_new_training(tmp_path: Path, songs: Path) -> None:
    words = recipe("pop", STREAM, voices=VOICES)
    own = tmp_path / "own"
    shutil.copytree(songs, own)
    assert train(tmp_path, own, words, "--epochs", "1").exit_code == 0
    (own / "1.mid").unlink()
    again = train(tmp_path, own, words)
    assert again.exit_code == 1
    assert "other sizes or songs" in again.output


@pytest.mark.train
def test_without_test_songs_there_are_no_figures(tmp_path: Path, songs: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for seed in (1, 2):
        shutil.copy(songs / f"{seed}.mid", own)
    result = train(tmp_path, own, recipe("folk", STREAM), "--epochs", "1")
    assert result.exit_code == 0, result.output
    assert bundle.load(str(tmp_path / "out")).manifest["held_out"].keys() == {"unit"}


@pytest.mark.parametrize("name", [name for name in names() if name not in {"edm", "gauge"}])
def test_an_included_recipe_is_complete(name: str) -> None:
    read = load(name)
    assert read.name == name
    assert read.networks == ("melody",)


@pytest.mark.parametrize("name", ["performance", "jazz", "pop", "folk"])
def test_both_networks_have_the_same_budget(name: str) -> None:
    fits = [each.fit for each in map(load, (name, f"{name}-published")) if isinstance(each, SequenceRecipe)]
    one, other = (fit.steps * fit.batch * fit.epochs * fit.window for fit in fits)
    assert one == other
