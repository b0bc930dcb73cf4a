"""The checks of the panel's scripts find faults: oxlint those of style and imports, TypeScript those of types."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.imports import ROOT

FILE = "state/stream.js"
SCRIPTS = ROOT / "daemon" / "panel" / "static" / "js"
ON = 'import { on } from "./bus.js";'
TSC = ROOT / ".venv" / "node" / "node_modules" / ".bin" / "tsc"
OXLINT = Path(sys.executable).parent / "oxlint"


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A copy of the scripts, for a fault to be put in."""
    return shutil.copytree(SCRIPTS, tmp_path / "js")


def checked(*command: str | Path) -> tuple[int, str]:
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("", ""),
        ("const unused = 1;", "no-unused-vars"),
        ("export const same = (a, b) => a == b;", "eqeqeq"),
        ('import "../main.js";', "no-cycle"),
    ],
)
def test_the_linter_finds_faults(scripts: Path, fault: str, rule: str) -> None:
    if not OXLINT.exists():
        pytest.skip("oxlint is not in the environment: it is in the extra `dev`")
    with (scripts / FILE).open("a", encoding="utf-8") as file:
        file.write(f"{fault}\n")
    code, told = checked(OXLINT, "--config", scripts / "oxlint.json", scripts)
    assert (code == 0) is (fault == ""), told
    assert rule in told


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("", ""),
        (f'{ON} on("tock", () => {{}});', '"tock"'),
        (f'{ON} on("tick", ({{ bpm }}) => bpm);', "'bpm' does not exist"),
        ('tell("music", { lost: true });', "'lost' does not exist"),
        ('tell("presence");', "Expected 2 arguments"),
        ("within([[1, 2]], fetch('/'));", "'number' is not assignable to type '() => void'"),
        ("export const untyped = (value) => value;", "implicitly has an 'any' type"),
    ],
)
def test_the_type_checker_finds_faults(scripts: Path, fault: str, told: str) -> None:
    if not TSC.exists():
        pytest.skip("TypeScript is not in .venv: `make lint` fetches it where npm is found")
    with (scripts / FILE).open("a", encoding="utf-8") as file:
        file.write(f"{fault}\n")
    code, found = checked(TSC, "--project", scripts / "jsconfig.json")
    assert (code == 0) is (fault == ""), found
    assert told in found
    assert fault == "" or "stream.js" in found
