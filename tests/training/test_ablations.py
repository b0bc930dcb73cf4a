"""Ablations: a trial for every ingredient, with figures that survive a stop, in one table."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from tests.imports import ROOT
from tests.training.pieces import random_piece
from tests.training.songs import RECIPE
from training.ablations import FIGURES, WHOLE, Trial, collect, main, trials
from training.ablationtable import table
from training.music import Corpus, pack
from training.recipe import Source
from training.systems import table as recipe
from training.systems.edm.recipe import EdmRecipe
from training.withheld import main as withheld

SOURCE = Source("club", "edm", ("melody", "percussion"), "Songs of a test", "CC0 1.0")
EDM = recipe.load("edm")
INGREDIENTS = {*EDM.ingredients("melody"), *EDM.ingredients("percussion")}
FIRST = EDM.ingredients("percussion")[0]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "tiny.toml").write_text(RECIPE)
    # By the MD5 of these names at least one is in the test split.
    pieces = [random_piece(f"{n}.mid", 64, n) for n in range(1, 10)]
    assert any(piece.split == "test" for piece in pieces)
    pack(Corpus((SOURCE,), pieces, {}), tmp_path / "corpus.npz")
    # Jobs are separate processes with the arguments of their parent.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return tmp_path


def _run(monkeypatch: pytest.MonkeyPatch, *more: str) -> Result:
    words = ["--data", "corpus.npz", "--recipe", "tiny.toml", "--out", "runs", "--report", "report.json"]
    words += ["--only", "percussion", *more]
    monkeypatch.setattr(sys, "argv", ["ablations", *words])
    return CliRunner().invoke(main, words)


def test_there_is_a_trial_of_each_network_without_each_ingredient_and_without_none() -> None:
    every = trials(EDM)
    assert len(set(every)) == len(every)
    assert {trial.without for trial in every} == {WHOLE, *INGREDIENTS}
    assert Trial("melody", "harmony") in every
    assert Trial("percussion", "harmony") not in every, "it is never told the harmony"
    assert {trial.part for trial in trials(EDM, "melody")} == {"melody"}
    assert every[0].without == every[1].without == WHOLE


def test_a_trial_is_the_recipe_with_one_thing_off(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(RECIPE)
    wanted = recipe.load(str(tmp_path / "tiny.toml"))
    assert isinstance(wanted, EdmRecipe)
    assert Trial("melody", FIRST).recipe(wanted).fit.without == (FIRST,)
    assert Trial("melody").recipe(wanted) == wanted


@pytest.mark.train
@pytest.mark.timeout(400)
def test_trials_are_learned_measured_gone_on_with_and_published(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for without in (WHOLE, FIRST):
        done = _run(monkeypatch, "--epochs", "1", "--hidden", "8", "--without", without)
        assert done.exit_code == 0, done.output
    stopped = home / "runs" / "percussion" / f"without-{FIRST}" / FIGURES
    stopped.unlink()
    done = _run(monkeypatch, "--no-learn", "--hidden", "8")
    assert done.exit_code == 0, done.output
    assert "without" in done.output
    told_of = json.loads((home / "report.json").read_text())
    assert told_of["hidden"] == {"melody": 8, "percussion": 8}
    assert told_of["sources"] == ["club"]
    found = told_of["percussion"]
    assert set(found) == {WHOLE, FIRST}
    for row in found.values():
        told = row["test"]["random"]["told"]
        assert told["all"] == pytest.approx(sum(told[name] for name in told if name != "all"), abs=1e-3)
        assert 0 < told["all"] < 40
    assert found[WHOLE]["test"] != found[FIRST]["test"]


@pytest.mark.train
@pytest.mark.timeout(400)
def test_time_bounds_a_trial_and_every_job_leaves_figures(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [trial.folder(home / "runs") for trial in trials(EDM, "percussion")]
    known = dict.fromkeys(("kick", "backbeat", "hats", "colour", "all"), 1.0)
    for folder in folders[2:]:
        folder.mkdir(parents=True)
        (folder / FIGURES).write_text(json.dumps({"test": {"random": {"told": known, "untold": known}}}))
    done = _run(monkeypatch, "--epochs", "100000", "--time", "2", "--jobs", "2")
    assert done.exit_code == 0, done.output
    rows = collect(home / "runs", trials(EDM, "percussion")[:2])["percussion"]
    assert set(rows) == {WHOLE, FIRST}
    assert all(row["minutes"] < 1 for row in rows.values())
    printed = Console(width=300, record=True)
    printed.print(table("percussion", rows))
    assert f"{rows[WHOLE]['test']['random']['told']['all']:.3f}" in printed.export_text()


def test_wrong_words_are_one_sentence(home: Path) -> None:
    done = CliRunner().invoke(main, ["--data", str(home / "nowhere"), "--out", str(home / "runs")])
    assert done.exit_code == 2
    assert "there is no such folder" in done.output
    assert "Traceback" not in done.output


def test_what_cannot_be_left_out_is_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for more, said in (
        (["--without", "harmony"], "tiny has no such trial: percussion without harmony"),
        (["--only", "tambourine"], "the recipe tiny has no network tambourine with something to leave out"),
        (["--recipe", "gauge"], "the recipe gauge has no network percussion with something to leave out"),
    ):
        done = _run(monkeypatch, *more)
        assert (done.exit_code, said in done.output) == (1, True), done.output
        assert "Traceback" not in done.output


def test_what_a_bundle_loses_without_an_input_is_measured_without_training(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--data", "corpus.npz", "--bundle", str(ROOT / "models" / "edm"), "--only", "percussion"]
    monkeypatch.setenv("COLUMNS", "200")
    done = CliRunner().invoke(withheld, [*words, "--without", "gates"])
    assert done.exit_code == 0, done.output
    rows = dict(line.replace("│", " ").split()[:2] for line in done.output.splitlines() if "│" in line)
    assert rows["gates"] != rows[WHOLE], "random music has nothing to copy, but it does matter"
    unknown = CliRunner().invoke(withheld, [*words, "--without", "cowbell"])
    assert (unknown.exit_code, "nothing named cowbell" in unknown.output) == (1, True)
