"""A recording outlives every process of the daemon that makes it. Real daemons, without a MIDI system."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mido
import psutil
import pytest

from daemon import spool
from daemon.client import Client
from tests.benchmarks.stage import free_ports
from tests.training import tiny


class Show:
    """A daemon that plays into its recordings folder."""

    def __init__(self, folder: Path, *more: str) -> None:
        control, telemetry = (f"tcp://127.0.0.1:{port}" for port in free_ports(2))
        options = {
            "control.bind": control,
            "telemetry.bind": telemetry,
            "play.model": str(folder / "tiny"),
            "recording.folder": str(folder / "takes"),
            "presets.folder": str(folder / "presets"),
            "midi.api": "jack",
            "gauge.enabled": "false",
            "parameters.tempo": "300",
            "parameters.director": "false",
            "parameters.energy": "1",
            "parameters.density": "1",
        }
        words = [sys.executable, "-m", "daemon", "play", "--no-panel", "--seed", "3", *more]
        words += [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.client = Client(control, timeout_seconds=20.0)

    def wait_for_music(self, ticks: int) -> None:
        """Wait until so many more ticks have begun."""
        first = self.client.state()["transport"]["tick"]
        _until(lambda: self.client.state()["transport"]["tick"] >= first + ticks)

    def role(self, name: str) -> psutil.Process:
        """The process of a role."""
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if child.name() == f"edmd {name}")

    def kill_all(self) -> None:
        """Let the whole daemon die at once."""
        every = [*psutil.Process(self.process.pid).children(recursive=True), psutil.Process(self.process.pid)]
        for process in reversed(every):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(every, 5)

    def close(self) -> None:
        """End it."""
        self.client.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=30)


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Show]]:
    """Start daemons, which are ended with the test."""
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "edmd-nothing")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    tiny.write(tmp_path / "tiny")
    shows: list[Show] = []

    def begin(*more: str) -> Show:
        shows.append(Show(tmp_path, *more))
        return shows[-1]

    yield begin
    for each in shows:
        each.close()


def ons(path: Path) -> list[int]:
    """Where the notes of a recording begin, in ticks of its file."""
    found, at = [], 0
    for message in mido.merge_tracks(mido.MidiFile(path).tracks):
        at += message.time
        if message.type == "note_on":
            found.append(at)
    return found


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_recording_goes_on_when_its_composer_is_killed(show: Callable[..., Show], tmp_path: Path) -> None:
    daemon = show("--record", str(tmp_path / "set.mid"))
    daemon.wait_for_music(32)
    composer = daemon.role("composer")
    composer.kill()
    psutil.wait_procs([composer], 5)
    _until(lambda: daemon.client.state()["recording"]["path"] == str(tmp_path / "set.mid"))
    daemon.wait_for_music(32)
    told, _ = _ended(daemon)
    assert f"recorded {tmp_path / 'set.mid'}" in told
    assert max(ons(tmp_path / "set.mid")) > 48 * 120
    assert spool.left_in(tmp_path / "takes") == []
    assert [path.name for path in tmp_path.glob("*.mid")] == ["set.mid"]


def test_the_recordings_of_a_daemon_that_was_killed_are_finished_at_the_next_start(
    show: Callable[..., Show], tmp_path: Path
) -> None:
    dead = show("--record", str(tmp_path / "set.mid"))
    dead.wait_for_music(32)
    dead.kill_all()
    assert not (tmp_path / "set.mid").exists()
    (left,) = spool.left_in(tmp_path / "takes")
    sent = sum(line.startswith(b'["Rows"') for line in left.read_bytes().splitlines())
    next_one = show()
    _until((tmp_path / "set.mid").exists)
    _until(lambda: not next_one.client.state()["recording"]["saving"])
    assert sent > 8
    assert max(ons(tmp_path / "set.mid")) > 24 * 120
    assert spool.left_in(tmp_path / "takes") == []


def _ended(daemon: Show) -> tuple[str, str]:
    daemon.process.send_signal(signal.SIGTERM)
    return daemon.process.communicate(timeout=30)
