"""`edmd health` against running daemons."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.midi.playing import Edmd, playing
from tests.midi.test_play_errors import NO_MIDI
from tests.training import tiny


@pytest.fixture(scope="module")
def edmd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edmd]:
    bundle = tiny.write(tmp_path_factory.mktemp("models") / "tiny")
    with playing(bundle, "-o", "midi.api=jack", environ=NO_MIDI) as started:
        started.wait_for_ticks(16)
        yield started


def health(endpoint: str, *more: str) -> tuple[int, str]:
    """Return the exit code, and all that was said."""
    command = [sys.executable, "-m", "daemon", "health", "--endpoint", endpoint, *more]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in ran.stderr
    return ran.returncode, ran.stdout + ran.stderr


def address(edmd: Edmd) -> str:
    return str(edmd.client.state()["control"])


def test_a_daemon_that_plays_is_healthy(edmd: Edmd) -> None:
    code, said = health(address(edmd), "--without-midi")
    assert (code, said.count("\n")) == (0, 1), said
    assert said.startswith("healthy: playing")


def test_without_the_midi_that_it_needs_it_is_not(edmd: Edmd) -> None:
    code, said = health(address(edmd))
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith("not healthy: No MIDI")
    code, said = health(address(edmd), "--json")
    assert code == 1
    assert json.loads(said)["healthy"] is False


def test_a_stopped_daemon_is_healthy(edmd: Edmd) -> None:
    edmd.client.transport("stop")
    edmd.until(lambda: edmd.client.state()["transport"]["state"] == "stopped", "it stops")
    code, said = health(address(edmd), "--without-midi")
    assert (code, "stopped" in said) == (0, True), said
    edmd.client.transport("play")
    edmd.wait_for_ticks(8)


def test_with_its_composer_stopped_it_is_not_healthy_and_afterwards_it_is_again(edmd: Edmd) -> None:
    where, composer = address(edmd), edmd.role("composer")
    composer.suspend()
    code, said = health(where, "--without-midi")
    # By now the supervisor may have put another composer in its place, whose ticks were late.
    assert (code, said.count("\n")) == (1, 1), said
    assert said.startswith("not healthy: ")
    edmd.until(lambda: edmd.role("composer") != composer, "another composer comes")
    edmd.wait_for_ticks(32)
    edmd.until(lambda: health(where, "--without-midi")[0] == 0, "it is healthy again")


def test_a_deck_that_is_not_there_is_named(edmd: Edmd) -> None:
    code, said = health(address(edmd), "--without-midi", "--deck", "two")
    assert code == 1
    assert "two" in said


def test_without_a_daemon_it_says_so(tmp_path: Path) -> None:
    code, said = health(f"ipc://{tmp_path}/nobody")
    assert (code, said.count("\n")) == (1, 1)
    assert "no edmd answers" in said
