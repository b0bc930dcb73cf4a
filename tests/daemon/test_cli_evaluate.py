"""`edmd evaluate` from the command line: wrong options are explained, and the music of a model is measured."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from daemon.cli import cli
from tests.training.songs import write_song


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *map(str, words)])


@pytest.fixture
def real(tmp_path: Path) -> Path:
    for seed in range(3):
        write_song(tmp_path / "real" / f"{seed}.mid", seed)
    return tmp_path / "real"


def test_something_must_be_measured(real: Path, tmp_path: Path) -> None:
    nothing = run("--against", real, "--out", tmp_path / "out")
    both = run(real, "--model", "edm", "--against", real, "--out", tmp_path / "out")
    assert nothing.exit_code == both.exit_code == 2
    assert "folders or files of MUSIC, or --model NAME" in nothing.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nowhere", "--against", "real"), "there is no nowhere"),
        (("real", "--against", "nowhere"), "there is no nowhere"),
        (("real", "--against", "real", "--gauge", "./nowhere"), "nowhere is not a bundle"),
        (
            ("real", "--against", "real", "--held-out"),
            "none of the 3 songs of real is in the split test or validation",
        ),
        (("real", "--against", "real", "--curves", "real"), "there is no metrics.csv below real"),
        (("--model", "nobody", "--against", "real"), "no model is named nobody"),
    ],
)
def test_what_is_missing_is_named(
    real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(real.parent)
    ended = run(*words, "--out", "out", "--cache", "cache")
    assert ended.exit_code == 1
    assert told in ended.output
    assert "Traceback" not in ended.output


def test_a_folder_that_cannot_be_written_is_told_before_any_work(real: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ended = run(real, "--against", real, "--out", tmp_path / "file" / "out")
    assert ended.exit_code == 1
    assert "cannot be used" in ended.output


@pytest.mark.train
def test_a_model_plays_and_is_measured(real: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (real / "bad.mid").write_bytes(b"no music")
    words = ["--model", "edm", "--seeds", "2", "--bars", "8", "--measure", "quick", "--drawn", "1"]
    ended = run(
        *words, "--against", real, "--out", out, "--cache", tmp_path / "cache", "-o", "parameters.energy=0.9"
    )
    assert ended.exit_code == 0, ended.output
    assert f"refused of {real.name}: real/bad.mid is not a MIDI file" in ended.output
    assert sorted(path.name for path in (out / "generated").iterdir()) == ["seed-000.mid", "seed-001.mid"]
    figures = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    assert figures["compared"]["one"] == {"name": "generated", "songs": 2, "windows": 2, "refused": []}
    assert (out / "piece-01-song-over-time.png").is_file()
    assert 0 <= figures["gauge"]["classical"] <= 1
