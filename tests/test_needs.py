"""What tests need: missing things are skips that say how to get them, and failures where they were promised."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.imports import ROOT

TESTS = ROOT / "tests"
BARE = [sys.executable, "-m", "pytest", "-p", "tests.bare", "-rs", "-q"]
ABSENT = {
    "tests/midi/test_ports_on_jack.py": "apt install libjack-jackd2-0",
    "tests/panel/browser/test_access.py": "apt install chromium",
    "tests/study/browser/test_whole.py": "apt install chromium",
}


@pytest.fixture(autouse=True)
def no_promises(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("MIDI", "AUDIO", "BROWSER"):
        monkeypatch.delenv(f"EDMD_REQUIRE_{kind}", raising=False)


@pytest.mark.parametrize("error", [ImportError("no"), OSError("no such library"), AttributeError("symbol")])
def test_whatever_a_binding_raises_is_a_skip_that_says_what_to_install(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: str) -> None:
        raise error

    monkeypatch.setattr("importlib.import_module", fails)
    with pytest.raises(pytest.skip.Exception, match=r"the library jack is missing.*apt install libjack"):
        needs.library("jack")


def test_a_missing_program_is_a_skip_and_a_present_one_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", {"google-chrome": "/usr/bin/chrome"}.get)
    assert needs.program("chromium") == "/usr/bin/chrome"
    with pytest.raises(pytest.skip.Exception, match=r"jackd is missing: apt install jackd2"):
        needs.program("jackd")


def test_what_was_promised_and_is_missing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setenv("EDMD_REQUIRE_MIDI", "1")
    with pytest.raises(RuntimeError, match="EDMD_REQUIRE_MIDI is set, and the program jackd is missing"):
        needs.program("jackd")
    with pytest.raises(pytest.skip.Exception, match="apt install chromium"):
        needs.program("chromium")


@pytest.mark.parametrize(("path", "said"), ABSENT.items())
def test_a_bare_machine_skips_and_is_told_what_to_install(path: str, said: str) -> None:
    ended = subprocess.run([*BARE, path], check=False, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert said in ended.stdout
    assert "error" not in ended.stdout.lower()
    assert ended.returncode in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def test_only_the_helper_looks_for_what_may_be_missing() -> None:
    files = [path for path in sorted(TESTS.rglob("*.py")) if "benchmarks" not in path.parts]
    found = [
        f"{path.relative_to(ROOT)}: {what}"
        for path in files
        if path.name not in ("needs.py", "bare.py", "test_needs.py")
        for what in _unasked(path)
    ]
    assert found == []


def _unasked(path: Path) -> Iterator[str]:
    """Libraries that a file imports though nobody asked the helper for them, and other ways to look for things."""
    text = path.read_text(encoding="utf-8")
    asked = text + "".join(
        conftest.read_text(encoding="utf-8")
        for folder in path.parents
        if folder.is_relative_to(TESTS) and (conftest := folder / "conftest.py").is_file()
    )
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=str(module)):
                modules = [module]
            case ast.Attribute(attr="importorskip"):
                yield "importorskip"
                continue
            case ast.Attribute(attr="which"):
                yield "which"
                continue
            case _:
                continue
        for library in needs.LIBRARIES:
            base = library.partition(".")[0]
            if (
                any(each.partition(".")[0] == base for each in modules)
                and f'needs.library("{library}")' not in asked
            ):
                yield library
