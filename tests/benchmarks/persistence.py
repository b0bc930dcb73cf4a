"""`python -m tests.benchmarks.persistence`: the composer is killed again and again while it plays, is changed and records.

The notes of the recording are compared with those of a deck that has the settled journal from the beginning.
"""

import contextlib
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from daemon.client import Client
from daemon.composer.assembly import start
from daemon.composer.offline.offline import perform
from daemon.composer.records.journalfile import read_journal
from daemon.config import load_config, state_folder
from daemon.music.deck.operations import Entry
from exporters.midi import write_midi
from models.notes import PULSES_PER_BAR
from tests.benchmarks.figure import Figure, table_of
from tests.benchmarks.stage import JACK_OPTIONS, SEED, BenchError, daemon, jack_server
from tests.daemon.playback import Pressed, take_of
from tests.imports import ROOT

_CHANGES: Final[dict[str, tuple[Any, ...]]] = {
    "transpose": (-5, 0, 3, 7),
    "melody.temperature": (0.6, 1.0, 1.4),
    "swing": (0.0, 0.3),
    "energy": (0.5, 0.8, 1.0),
    "lead.octave": (-1, 0, 1),
    "tempo": (120.0, 128.0, 134.0),
}
_POLL_SECONDS: Final = 0.1
_GRACE_SECONDS: Final = 4.0


class Journal(threading.Thread):
    """Reads the journal of a daemon while it is written; `entries` are the last forms of all its entries."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.entries: dict[int, Entry] = {}
        self._folder, self._ended = folder, threading.Event()

    def run(self) -> None:
        """Read until `end`."""
        while not self._ended.wait(_POLL_SECONDS):
            self._read()

    def end(self) -> None:
        """Read a last time."""
        self._ended.set()
        self.join()
        self._read()

    def _read(self) -> None:
        for path in sorted(self._folder.glob("journal-*"), key=lambda each: int(each.name.split("-")[1])):
            with contextlib.suppress(OSError, ValueError):
                self.entries |= {entry.number: entry for entry in read_journal(path)}


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep `count` processes busy."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(process.kill)
        yield


def offline(entries: dict[int, Entry], bars: int, folder: Path) -> list[Pressed]:
    """Return the notes of a deck that has the journal from the beginning."""
    config = load_config(ROOT / "config.toml")
    deck = start(config, SEED).deck(config.parameters)
    for entry in sorted(entries.values(), key=lambda each: each.number):
        deck.accept(entry.operation, entry.tick)
    write_midi(perform(deck, bars), folder / "offline.mid")
    return take_of(folder / "offline.mid")


def play(
    kills: int, folder: Path, seconds_between: tuple[float, float]
) -> tuple[dict[int, Entry], dict[str, Any]]:
    """Play while the composer is killed; return the journal and the health at the end."""
    record = folder / "take.mid"
    with (
        daemon(words=("--record", str(record))) as playing,
        Client(playing.control, timeout_seconds=10.0) as client,
    ):
        client.ping()
        journal = Journal(state_folder(ROOT / "config.toml"))
        journal.start()
        next_kill = time.monotonic() + _GRACE_SECONDS
        while kills:
            time.sleep(1.0)
            name = random.choice([*_CHANGES])
            client.set({name: random.choice(_CHANGES[name])})
            if time.monotonic() > next_kill:
                time.sleep(random.random() * 0.5)
                playing.role("composer").kill()
                kills -= 1
                next_kill = time.monotonic() + random.uniform(*seconds_between)
        time.sleep(_GRACE_SECONDS)
        health = client.state()["health"]
        journal.end()
    return journal.entries, health


def compared(
    name: str, kills: int, busy_processes: int, seconds_between: tuple[float, float]
) -> list[Figure]:
    """Return how the notes of a played take differ from those of its journal."""
    with tempfile.TemporaryDirectory() as text, busy(busy_processes):
        folder = Path(text)
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        entries, health = play(kills, folder, seconds_between)
        deadline = time.monotonic() + 60
        while not (folder / "take.mid").exists():
            if time.monotonic() > deadline:
                raise BenchError("the recording was not written")
            time.sleep(0.1)
        played = take_of(folder / "take.mid")
        end = played[-1][0] - PULSES_PER_BAR
        expected = offline(entries, end // PULSES_PER_BAR + 3, folder)
        here = {each for each in played if each[0] < end}
        there = {each for each in expected if each[0] < end}
        if lost := sorted(here ^ there):
            click.echo(f"the first difference is at pulse {lost[0][0]}")
    note = f"{kills} kills, {len(entries)} changes, {len(there)} notes"
    return [
        Figure(f"{name}: notes missing", len(there - here), "", 0, note=note),
        Figure(f"{name}: notes that the journal does not have", len(here - there), "", 0),
        Figure(f"{name}: ticks missing", health["underruns"], "", 0),
        Figure(f"{name}: lateness, max of the last minute", health["lateness_us"]["max"] or 0, "us"),
    ]


@click.command()
@click.option("--kills", default=50, show_default=True, help="How often the composer is killed.")
@click.option(
    "--busy", "busy_processes", default=(0, 8), multiple=True, help="How many processes are busy beside it."
)
@click.option("--jack", default=JACK_OPTIONS, show_default=True, help="Options of the JACK server.")
def main(kills: int, busy_processes: tuple[int, ...], jack: str) -> None:
    """Kill the composer and print how the music differs from its journal; exit 1 when it does."""
    figures: list[Figure] = []
    try:
        with jack_server(jack):
            for count in busy_processes:
                name = f"composer killed beside {count} busy processes" if count else "composer killed"
                figures += compared(name, kills, count, (1.5, 3.0))
    except BenchError as error:
        raise click.ClickException(str(error)) from None
    Console(width=160, highlight=False).print(table_of(figures))
    raise SystemExit(int(any(figure.met is False for figure in figures)))


if __name__ == "__main__":
    main()
