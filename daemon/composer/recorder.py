"""Recording what is sent: a take grows while it is played, and is written beside the music, not in its way."""

import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from exporters.midi import write_midi, write_new_midi
from exporters.writing import TakenError, WriteError, check_writable
from models.take import Key, SentRow, Take, TakeBuilder

_log: Final = logging.getLogger(__name__)
_SUFFIXES: Final = (".mid", ".midi")
_MOST_UNWRITTEN: Final = 8


class RecordError(Exception):
    """A recording cannot be started or stopped; the text says why."""


class RecordPathError(RecordError):
    """A recording's name is not one that can be had."""


class Recorder:
    """At most one take at a time, written to a MIDI file when it is stopped; none is ever overwritten.

    `folder` is where recordings go; `kept` is the last file that was written, None before the first; `failure` is a
    sentence about the last file that could not be written, "" while all went well.
    """

    def __init__(self, folder: Path) -> None:
        self.failure = ""
        self.kept: Path | None = None
        self.folder = folder
        self._path: Path | None = None
        self._began_seconds = 0.0
        self._unwritten: set[Path] = set()
        self._take = TakeBuilder()
        self._writer: threading.Thread | None = None

    def path_for(self, name: str | None) -> Path:
        """Where a recording of that name goes: always inside the folder, numbered where another take lies.

        RecordPathError for a name that leads out.
        """
        if name is None:
            return self.unused(self.folder / time.strftime("edmd-%Y%m%d-%H%M%S.mid"))
        wanted = Path(name)
        is_named = wanted.name not in {"", ".."}
        if is_named and wanted.suffix.lower() not in _SUFFIXES:
            wanted = wanted.with_name(f"{wanted.name}.mid")
        folder = self.folder.resolve()
        try:
            target = (folder / wanted).resolve()
        except (OSError, RuntimeError):  # a loop of links
            target = Path()
        if not is_named or wanted.is_absolute() or not target.is_relative_to(folder):
            raise RecordPathError(
                f"a recording's path stays inside the recordings folder, {self.folder}; got {name}"
            )
        return self.unused(target)

    def unused(self, wanted: Path) -> Path:
        """Where nothing lies, nor a take is still to be written: `wanted`, else a path with a number."""

        def numbered(number: int) -> Path:
            return wanted.with_stem(f"{wanted.stem}-{number}")

        if not self._is_taken(wanted):
            return wanted
        return numbered(_first_after(lambda number: self._is_taken(numbered(number))))

    def prepare(self, name: str | None) -> Path:
        """Make sure that a recording of that name can be written, and return where; of any thread."""
        path = self.path_for(name)
        self.check(path)
        return path

    def check(self, path: Path) -> None:
        """RecordError when the file could not be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            check_writable(path)
        except OSError as error:
            raise RecordError(f"cannot record to {path}: {error.strerror or error}") from error
        except WriteError as error:
            raise RecordError(str(error)) from error

    def start(self, path: Path) -> None:
        """Begin a take to be written there; RecordError when it could not be, or `begin` refuses it."""
        self.check(path)
        self.begin(path)

    def begin(self, prepared: Path) -> Path:
        """Begin a take, and return where it goes: to a path that was checked, or beside it if that is taken by now.

        RecordError when one is running, or too many are being written.
        """
        if self._path is not None:
            raise RecordError(f"a recording to {self._path} is running; stop it first")
        if len(self._unwritten) >= _MOST_UNWRITTEN:
            raise RecordError("the recordings before it are still being written; try again in a moment")
        path = self.unused(prepared)
        self._path, self._began_seconds = path, time.monotonic()
        self._unwritten.add(path)
        self._take = TakeBuilder()
        return path

    def add_rows(self, rows: Iterable[SentRow]) -> None:
        """Take in what was sent."""
        if self._path is not None:
            self._take.add_rows(rows)

    def add_tick(self, pulse: int, tempo: float, section: str, key: Key | None = None) -> None:
        """Take in tempo, section and key."""
        if self._path is not None:
            self._take.add_tick(pulse, tempo, section, key)

    def start_over(self) -> None:
        """Pulses count from 0 again."""
        self._take.start_over()

    def stop(self, end_pulse: int | None = None) -> Path:
        """End the take, at `end_pulse` or with its last message, and begin to write it; RecordError when none is running."""
        if self._path is None:
            raise RecordError("no recording is running; start one first")
        path, self._path = self._path, None
        words = (self._take, end_pulse, path, self._writer)
        self._take = TakeBuilder()  # the writer's alone from here on
        self._writer = threading.Thread(target=self._write, args=words, name="edmd recorder")
        self._writer.start()
        return path

    def wait(self) -> None:
        """Return when nothing is being written any more."""
        if self._writer is not None:
            self._writer.join()

    def close(self, end_pulse: int | None = None) -> None:
        """Keep what has been recorded."""
        if self._path is not None:
            _log.info("recorded %s", self.stop(end_pulse))
        self.wait()

    def state(self) -> dict[str, Any]:
        """What is being recorded and for how long, and whether a file is still being written."""
        seconds = round(time.monotonic() - self._began_seconds, 1) if self._path else None
        return {
            "path": str(self._path) if self._path else None,
            "seconds": seconds,
            "saving": self._is_saving,
        }

    @property
    def is_busy(self) -> bool:
        """Whether a take is being recorded or written."""
        return self._path is not None or self._is_saving

    def _is_taken(self, path: Path) -> bool:
        return path in self._unwritten or _exists(path)

    @property
    def _is_saving(self) -> bool:
        return self._writer is not None and self._writer.is_alive()

    def _written(self, take: Take, wanted: Path) -> Path:
        """Write a take, under another number where a file has come to lie meanwhile; return where."""
        path = wanted
        while True:
            try:
                write_new_midi(take, path)
                return path
            except TakenError:
                path = self.unused(wanted)
                _log.warning("%s has come to be there meanwhile; the recording is %s", wanted, path)

    def _write(
        self, builder: TakeBuilder, end_pulse: int | None, path: Path, before: threading.Thread | None
    ) -> None:
        if before is not None:
            before.join()
        take = builder.finish(end_pulse)
        try:
            self.kept = self._written(take, path)
        except WriteError as error:
            self.failure = f"{error}; {_saved_elsewhere(take)}"
            _log.error(self.failure)
        self._unwritten.discard(path)


def _first_after(is_taken: Callable[[int], bool]) -> int:
    """A number from 2 on that is free, where the one before it is taken or 1; found in few steps among thousands."""
    low, high = 1, 2
    while is_taken(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_taken(middle) else (low, middle)
    return high


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long: `start` says so
        return False


def _saved_elsewhere(take: Take) -> str:
    """Keep a take that its own place refuses; what became of it, in words."""
    try:
        number, name = tempfile.mkstemp(prefix="edmd-", suffix=".mid")
        os.close(number)
        write_midi(take, Path(name))
    except (OSError, WriteError):
        return "the recording is lost"
    return f"the recording is in {name} instead"
