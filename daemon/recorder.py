"""Recording what is sent: a take grows while it is played, and is written beside the music, not in its way."""

import logging
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from exporters.midi import WriteError, check_writable, write_midi
from models.take import SentRow, Take, TakeBuilder

_log: Final = logging.getLogger(__name__)


class RecordError(Exception):
    """A recording cannot be started or stopped; the text says why."""


class Recorder:
    """At most one take at a time, written to a MIDI file when it is stopped."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path: Path | None = None
        self._take = TakeBuilder()
        self._writer: threading.Thread | None = None

    def path_for(self, name: str | None) -> Path:
        """Where a recording of that name goes, always inside the folder; RecordError for a name that leads out of it."""
        wanted = Path(name) if name else Path(time.strftime("edmd-%Y%m%d-%H%M%S"))
        if wanted.suffix.lower() not in (".mid", ".midi"):
            wanted = wanted.with_name(f"{wanted.name}.mid")
        target = (self._folder / wanted).resolve()
        if wanted.is_absolute() or not target.is_relative_to(self._folder.resolve()):
            raise RecordError(
                f"a recording's path stays inside the recordings folder, {self._folder}; got {name}"
            )
        return target

    def start(self, path: Path) -> None:
        """Begin a take; RecordError when one is running or the file could not be written."""
        if self._path is not None:
            raise RecordError(f"a recording to {self._path} is running; stop it first")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            check_writable(path)
        except (OSError, WriteError) as error:
            raise RecordError(f"cannot record to {path}: {error}") from error
        self._path, self._take = path, TakeBuilder()

    def add_rows(self, rows: Iterable[SentRow]) -> None:
        """Take in what was sent."""
        if self._path is not None:
            self._take.add_rows(rows)

    def add_tick(self, pulse: int, tempo: float, section: str) -> None:
        """Take in tempo and section."""
        if self._path is not None:
            self._take.add_tick(pulse, tempo, section)

    def stop(self) -> Path:
        """End the take and begin to write it; RecordError when none is running."""
        if self._path is None:
            raise RecordError("no recording is running; start one first")
        path, take = self._path, self._take.finish()
        self._path = None
        self.wait()
        self._writer = threading.Thread(target=_write, args=(take, path), name="edmd recorder")
        self._writer.start()
        return path

    def wait(self) -> None:
        """Return when nothing is being written any more."""
        if self._writer is not None:
            self._writer.join()
            self._writer = None

    def close(self) -> None:
        """Keep what has been recorded."""
        if self._path is not None:
            _log.info("recorded %s", self.stop())
        self.wait()

    def state(self) -> dict[str, Any]:
        """What is being recorded, and whether a file is still being written."""
        saving = self._writer is not None and self._writer.is_alive()
        return {"path": str(self._path) if self._path else None, "saving": saving}


def _write(take: Take, path: Path) -> None:
    try:
        write_midi(take, path)
    except WriteError as error:
        _log.error("%s: the recording is lost", error)
