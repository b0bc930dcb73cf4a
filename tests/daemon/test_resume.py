"""A set whose daemon was killed as a whole goes on where it was; one that ended in order begins anew."""

import os
import signal
import time
from pathlib import Path

import pytest

from daemon.supervision.lastrun import GOES_ON_SECONDS, LastRun, Run, goes_on
from models.notes import PULSES_PER_BEAT
from tests.daemon.playback import rendered
from tests.midi.playing import Edmd, playing
from tests.training import tiny

TEMPO = 128.0


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


def killed(edmd: Edmd) -> None:
    """Kill the supervisor; the roles end by themselves."""
    edmd.process.kill()
    edmd.process.wait(20)


def test_a_set_that_was_killed_goes_on_with_the_notes_it_would_have_had(bundle: Path, tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    with playing(bundle, "--seed", "11", environ=environ) as edmd:
        edmd.wait_for_ticks(40)
        killed(edmd)
        last = edmd.of("tick")[-1]["tick"]
    with playing(bundle, environ=environ) as edmd:
        assert "seed 11" in edmd.greeting
        edmd.wait_for_ticks(60)
        state = edmd.client.state()
        ticks = [each["tick"] for each in edmd.of("tick")]
        played = {
            (round(each["beat"] * PULSES_PER_BEAT), each["channel"], each["pitch"], each["velocity"])
            for each in edmd.of("note")
            if each["type"] == "on"
        }
        assert edmd.end() == 0
    assert state["seed"] == 11
    assert last - 40 < ticks[0] <= last + 20
    assert len(played) > 20
    assert played <= {each[:4] for each in rendered(bundle, 11, ticks[-1] // 16 + 2, {}, tempo=TEMPO)}


@pytest.mark.parametrize("words", [("--fresh",), ("--seed", "3")])
def test_it_begins_anew_if_that_is_wanted(bundle: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    with playing(bundle, "--seed", "11", environ=environ) as edmd:
        edmd.wait_for_ticks(40)
        killed(edmd)
    with playing(bundle, *words, environ=environ) as edmd:
        edmd.wait_for_ticks(2)
        assert edmd.of("tick")[0]["tick"] < 20
        assert edmd.client.state()["seed"] != 11


def test_after_an_orderly_end_it_begins_anew_unless_it_is_to_go_on(bundle: Path, tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    with playing(bundle, "--seed", "11", environ=environ) as edmd:
        edmd.wait_for_ticks(40)
        assert edmd.end() == 0
    with playing(bundle, "--resume", environ=environ) as edmd:
        edmd.wait_for_ticks(2)
        assert edmd.of("tick")[0]["tick"] >= 16
        assert edmd.client.state()["seed"] == 11
        assert edmd.end(signal.SIGINT) == 0
    with playing(bundle, environ=environ) as edmd:
        edmd.wait_for_ticks(2)
        assert edmd.of("tick")[0]["tick"] < 20


def test_when_a_set_goes_on() -> None:
    models = ("edm", "", "")
    run = Run("1-2", models, is_over=False, ago_seconds=30.0)
    assert goes_on(run, models, is_wanted=False)
    assert not goes_on(run._replace(is_over=True), models, is_wanted=False)
    assert goes_on(run._replace(is_over=True), models, is_wanted=True)
    assert not goes_on(run._replace(ago_seconds=GOES_ON_SECONDS + 1), models, is_wanted=False)
    assert not goes_on(run, ("folk", "", ""), is_wanted=True)
    assert not goes_on(None, models, is_wanted=True)


def test_a_second_daemon_of_the_folder_remembers_nothing(tmp_path: Path) -> None:
    first, second = LastRun(tmp_path / "state"), LastRun(tmp_path / "state")
    assert first.lock()
    first.begin("first", ("edm",))
    assert not second.lock()
    second.begin("second", ("edm",))
    second.end()
    found = first.read()
    assert found is not None
    assert (found.daemon, found.is_over) == ("first", False)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"daemon": 1}', b"\xff" * 9000])
def test_what_cannot_be_read_begins_anew(content: bytes, tmp_path: Path) -> None:
    last = LastRun(tmp_path)
    assert last.lock()
    (tmp_path / "run.json").write_bytes(content)
    assert last.read() is None
    last.begin("next", ())
    os.utime(tmp_path / "run.json", (time.time() - 100, time.time() - 100))
    found = last.read()
    assert found is not None
    assert 90 < found.ago_seconds < 200
