"""A MIDI test that would skip fails where MIDI is promised."""

from pathlib import Path

import pytest

from tests.conftest import REQUIRE_MIDI

pytest_plugins = ["pytester"]

SKIPPING = """
import pytest

@pytest.mark.midi
def test_of_midi():
    pytest.skip("no server")

def test_of_something_else():
    pytest.skip("no reason")
"""
WITHOUT_JACK = "import pytest\npytest.importorskip('no_such_library', reason='no JACK')\n"


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini("[pytest]\nmarkers = midi: real\n")
    pytester.makeconftest((Path(__file__).parent / "conftest.py").read_text(encoding="utf-8"))
    return pytester


def test_a_promise_turns_skips_of_midi_tests_into_failures(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REQUIRE_MIDI, "1")
    suite.makepyfile(SKIPPING)
    result = suite.runpytest()
    result.assert_outcomes(failed=1, skipped=1)
    result.stdout.fnmatch_lines([f"*{REQUIRE_MIDI} is set, and this was skipped: *no server*"])


def test_without_a_promise_they_skip(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REQUIRE_MIDI, raising=False)
    suite.makepyfile(SKIPPING)
    suite.runpytest().assert_outcomes(skipped=2)


@pytest.mark.parametrize("where", ["conftest.py", "test_it.py"])
def test_a_folder_that_cannot_load_jack_fails_too(
    where: str, suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REQUIRE_MIDI, "1")
    folder = suite.mkdir("midi")
    (folder / where).write_text(WITHOUT_JACK, encoding="utf-8")
    (folder / "test_it.py").touch()
    assert suite.runpytest().ret not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
