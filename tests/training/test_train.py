"""`edmd train` from a folder of MIDI files to a bundle that plays, and its errors for wrong input."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from daemon.cli import cli
from daemon.composer.models.library import open_bundle
from models import bundle
from models.manifest import PARTS
from models.session import Provider, open_session
from tests.models.steps import feeds
from tests.training.songs import PLAN, RECIPE, write_midi, write_song

# By the MD5 of these names two are in the test split and one in validation.
SONGS = (*range(1, 8), 9, 13, 18)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "tiny.toml").write_text(RECIPE)
    for seed in SONGS:
        write_song(tmp_path / "club" / f"{seed}.mid", seed)
    return tmp_path


def _words(home: Path, *more: str, data: str = "club") -> list[str]:
    recipe = str(home / "tiny.toml")
    folders = ["--data", str(home / data), "--out", str(home / "out"), "--cache", str(home / "cache")]
    return ["train", recipe, *folders, "--threads", "1", *more]


def _train(home: Path, *more: str, data: str = "club") -> Result:
    return CliRunner().invoke(cli, _words(home, *more, data=data))


@pytest.mark.train
def test_a_folder_becomes_a_bundle_that_loads_and_steps(home: Path) -> None:
    (home / "club" / "torn.mid").write_bytes(b"MThd")
    first = _train(home, "--epochs", "1", "--name", "mine")
    assert first.exit_code == 0, first.output
    assert "refused: 1; " in first.output
    made = bundle.load(str(home / "out"))
    manifest = made.manifest
    assert (made.name, manifest["version"], manifest["licence"]) == ("mine", "1", "CC BY 4.0")
    (data,) = manifest["data"]
    assert (data["title"], data["licence"], data["songs"]) == ("Songs of a test", "CC0 1.0", len(SONGS))
    report = json.loads((home / "out" / "report.json").read_text())
    assert report["refused_files"][0].startswith("club/torn.mid: ends inside its header")
    assert report["synthetic_share"] == manifest["training"]["synthetic_share"] == 0
    for part in PARTS:
        _check_part(made, part)
    straight = _train(home, "--from-checkpoints", "--name", "theirs")
    assert "epoch" not in straight.output
    assert bundle.load(str(home / "out")).name == "theirs"


@pytest.mark.train
@pytest.mark.timeout(300)
def test_a_recipe_with_a_plan_makes_a_bundle_of_three_networks(home: Path) -> None:
    (home / "tiny.toml").write_text(RECIPE + PLAN)
    result = _train(home, "--epochs", "1")
    assert result.exit_code == 0, result.output
    assert "plan, epoch 1 of 1" in result.output
    made = bundle.load(str(home / "out"))
    assert [network.part for network in made.networks] == [*PARTS, "plan"]
    figures = made.manifest["held_out"]["plan"]["club"]
    assert figures["songs"] == 2
    assert all(0 < figures[name]["all"] < 80 for name in ("told", "untold", "last_phrase"))
    assert "nats per bar" in made.manifest["held_out"]["plan_unit"]
    played = open_bundle(made, Provider("CPUExecutionProvider", "a test"))
    assert "plan" in played.sessions


def _check_part(made: bundle.Bundle, part: str) -> None:
    figures = made.manifest["held_out"][part]["club"]
    assert figures["songs"] == 2
    assert all(0 < figures[told]["all"] < 40 for told in ("told", "untold"))
    assert figures["ngram"] >= 0
    for name in ("told", "untold", "ngram_copies", "longest_match"):
        low, high = figures["intervals"][name]
        assert 0 <= low <= figures[name]["all"] <= high
        assert figures[name]["all"] == pytest.approx(sum(figures[name].values()) / 2, abs=1e-3)
    assert made.manifest["training"][part]["epochs"] == 1
    session = open_session(made, part, Provider("CPUExecutionProvider", "a test"))
    row = session.row()
    outputs = session.step({row.index: feeds(part, np.random.default_rng(0))})[row.index]
    assert (outputs["tokens"] >= 0).all()


@pytest.mark.train
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send to another process")
def test_ctrl_c_keeps_whole_epochs_and_says_how_to_go_on(home: Path) -> None:
    last = home / "out" / "checkpoints" / "melody" / "last.ckpt"
    command = [sys.executable, "-m", "daemon", *_words(home, "--epochs", "100000")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        while not last.is_file() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Give the same command again to continue" in errors
    assert "Traceback" not in errors
    assert last.is_file()
    assert not (home / "out" / "model.toml").exists()


def test_music_of_unstated_licence_is_said_to_be(home: Path) -> None:
    from training.provenance import licence
    from training.systems import table as recipe

    rows = [{"name": "club", "licence": "CC0 1.0"}, {"name": "mine", "licence": "unstated"}]
    tiny = recipe.load(str(home / "tiny.toml"))
    assert licence(tiny, rows[:1]) == "CC BY 4.0"
    assert (
        licence(tiny, rows)
        == "CC BY 4.0 for the other data; also trained on music of unstated licence (mine)"
    )
    assert licence(tiny, rows[1:]) == "unstated: trained on music of unstated licence (mine)"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["train", "polka", "--data", "club", "--out", "o"], 2, "there is no recipe polka; there is edm"),
        (["train", "edm", "--data", "nowhere", "--out", "o"], 2, "nowhere: there is no such folder"),
        (
            ["train", "edm", "--data", "club=polka", "--out", "o"],
            2,
            "the style must be one of edm, classical, other; got 'polka'",
        ),
        (["train", "edm", "--data", "club", "--out", "o", "--name", "../x"], 2, "got '../x'"),
        (
            ["train", "edm", "--data", "club", "--out", "o", "--fresh", "--from-checkpoints"],
            2,
            "give only one of the two",
        ),
        (["train", "edm", "--data", "club", "--out", "tiny.toml"], 2, "is a file"),
        (["train", "edm", "--data", "club", "--out", "tiny.toml/o"], 1, "is not writable"),
        (["train", "tiny.toml", "--data", "empty", "--out", "o"], 1, "there are no MIDI files or scores"),
        (
            ["train", "tiny.toml", "--data", "club", "--out", "o", "--from-checkpoints"],
            1,
            "contains no best.ckpt",
        ),
    ],
)
def test_wrong_words_are_one_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, said: str
) -> None:
    monkeypatch.chdir(home)
    (home / "empty").mkdir()
    result = CliRunner().invoke(cli, [*words, "--cache", "cache"])
    assert (result.exit_code, said in result.output) == (code, True), result.output
    assert "Traceback" not in result.output


def test_a_folder_of_nothing_usable_gives_the_reasons_counted(home: Path) -> None:
    for name in ("a", "b"):
        (home / "bad" / name).mkdir(parents=True)
        (home / "bad" / name / "x.mid").write_bytes(b"junk")
    write_midi(home / "bad" / "waltz.mid", [("Lead", 0, [(0, 120, 60, 80)])], metre=(3, 4))
    result = _train(home, data="bad")
    assert result.exit_code == 1
    assert "2 files: is not a MIDI file: it does not begin with MThd; 1 file: is not in 4/4" in result.output


def test_music_without_drums_teaches_no_percussion(home: Path) -> None:
    notes = [(n * 240, 120, 60 + n % 5, 80) for n in range(80)]
    for seed in range(3):
        write_midi(home / "flutes" / f"{seed}.mid", [("Flute", 0, notes[seed:])])
    result = _train(home, data="flutes")
    assert result.exit_code == 1
    assert "train the percussion network, which needs drums on MIDI channel 10" in result.output


def test_without_the_extra_it_says_what_to_install(home: Path) -> None:
    hide = "import sys; sys.modules['torch'] = sys.modules['symusic'] = None; from daemon.cli import main; main()"
    command = [sys.executable, "-c", hide, *_words(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (
        done.stderr
        == "Error: training needs torch, symusic; install edmd with its extra `train` (pip install -e '.[train]')\n"
    )


def test_a_small_folder_still_has_songs_to_learn_from_and_to_stop_by(home: Path) -> None:
    from tests.training.pieces import random_piece
    from training.splits import split

    names = ["1.mid", "2.mid", "3.mid"]
    three = split([random_piece(name, 64, 0) for name in names])
    assert (len(three.train), len(three.validation), len(three.test)) == (2, 1, 0)
    assert three.validation[0] not in three.train
    (one,) = split([random_piece("1.mid", 64, 0)]).validation
    assert one.key == "1.mid"


@pytest.mark.train
@pytest.mark.timeout(700)
def test_two_processes_learn_one_network_and_go_on(home: Path) -> None:
    more = ["--accelerator", "cpu", "--devices", "2"]
    first = _program(home, "--epochs", "1", *more)
    assert first.returncode == 0, first.stderr
    assert first.stdout.count("melody, epoch 1 of 1") == 1, "one of the two tells"
    assert bundle.load(str(home / "out")).name == "tiny"
    # test_ranks checks how ranks resume together.
    again = _train(home, "--epochs", "2")
    assert again.exit_code == 0, again.output
    assert "percussion, epoch 2 of 2" in again.output
    assert "epoch 1 of" not in again.output


def _program(home: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "daemon", *_words(home, *more)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
