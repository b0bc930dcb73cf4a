"""The wheel in an empty environment: it holds what it needs, and plays from any folder."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Final

import mido
import pytest

from tests.imports import FOLDERS, ROOT

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(900)]

BARS: Final = 12  # beyond the intro's first half, where drums and bass have come in
FREE_PORTS: Final = (
    *("-o", "control.bind=tcp://127.0.0.1:*"),
    *("-o", "telemetry.bind=tcp://127.0.0.1:*"),
)


def run(words: list[str], folder: Path) -> str:
    """Run a program as a stranger would, outside the source and without its environment; return what it said."""
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    ran = subprocess.run(words, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)], folder)
    (made,) = folder.glob("edmd-*.whl")
    return made


@pytest.fixture(scope="module")
def edmd(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program of an environment that holds the wheel and what it asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    run([sys.executable, "-m", "venv", str(folder)], folder)
    binaries = folder / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [str(binaries / "python"), "-m", "pip", "install", "-q", "-c", str(ROOT / "constraints.txt")]
    run([*pip, str(wheel)], folder)
    return str(binaries / "edmd")


def test_the_wheel_holds_bundles_and_defaults(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {"daemon/config.toml", "training/systems/edm/recipe.toml"} <= held
    assert {f"{package}/py.typed" for package in FOLDERS} <= held
    for name in ("edm", "gauge"):
        manifest = tomllib.loads((ROOT / "models" / name / "model.toml").read_text(encoding="utf-8"))
        stated = [each["file"] for each in manifest.values() if isinstance(each, dict) and "file" in each]
        assert stated
        assert {f"models/{name}/{file}" for file in ("model.toml", *stated)} <= held
    assert not [name for name in held if name.startswith(("tests/", "docs/", "runs/"))]


def test_it_plays_from_any_folder(edmd: str, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    words = ["--seed", "7", "--bars", str(BARS), "--record", str(take), "-o", "parameters.tempo=300"]
    said = run([edmd, "play", *FREE_PORTS, *words], tmp_path)
    assert "edmd plays edm, seed 7" in said
    assert notes(take) > BARS * 4


def test_it_renders_from_any_folder(edmd: str, tmp_path: Path) -> None:
    song = tmp_path / "song.mid"
    run([edmd, "render", "--bars", str(BARS), "--seed", "7", "--out", str(song)], tmp_path)
    assert notes(song) > BARS * 4


def test_it_says_what_it_is_and_what_training_needs(edmd: str, tmp_path: Path) -> None:
    assert run([edmd, "--version"], tmp_path).startswith("edmd ")
    assert "edm" in run([edmd, "models", "list"], tmp_path)
    refused = subprocess.run(
        [edmd, "train", "edm", "--data", str(tmp_path), "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "its extra `train`" in refused.stderr


def notes(path: Path) -> int:
    return sum(message.type == "note_on" and message.velocity > 0 for message in mido.MidiFile(path))
