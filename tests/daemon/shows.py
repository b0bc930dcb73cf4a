"""Real daemons without a MIDI system that record, for trials of what becomes of their files."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mido
import psutil

from daemon.client import Client
from tests.benchmarks.stage import free_ports
from tests.imports import ROOT

MUSIC = {
    "parameters.tempo": "300",
    "parameters.director": "false",
    "parameters.energy": "1",
    "parameters.density": "1",
}


class Show:
    """A daemon that plays into its recordings folder, on `disk` if that is another place; `within` begins its command."""

    def __init__(
        self, folder: Path, *more: str, within: Sequence[str] = (), disk: Path | None = None
    ) -> None:
        disk = disk or folder
        control, telemetry = (f"tcp://127.0.0.1:{port}" for port in free_ports(2))
        options = {
            "control.bind": control,
            "telemetry.bind": telemetry,
            "play.model": str(folder / "tiny"),
            "recording.folder": str(disk / "takes"),
            "presets.folder": str(folder / "presets"),
            "midi.api": "jack",
            "gauge.enabled": "false",
            **MUSIC,
        }
        words = [
            *within,
            sys.executable,
            "-m",
            "daemon",
            "play",
            "-c",
            str(ROOT / "config.toml"),
            "--no-panel",
            "--seed",
            "3",
            *more,
        ]
        words += [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        more_environment = {"XDG_STATE_HOME": str(disk / "state")}
        self.process = subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **more_environment},
        )
        self.client = Client(control, timeout_seconds=20.0)

    def wait_for_music(self, ticks: int) -> None:
        """Wait until so many more ticks have begun."""
        first = self.client.state()["transport"]["tick"]
        until(lambda: self.client.state()["transport"]["tick"] >= first + ticks)

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


def ons(path: Path) -> list[int]:
    """Where the notes of a recording begin, in ticks of its file."""
    found, at = [], 0
    for message in mido.merge_tracks(mido.MidiFile(path).tracks):
        at += message.time
        if message.type == "note_on":
            found.append(at)
    return found


def until(true: Callable[[], Any], seconds: float = 30.0) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
