"""Record the messages sent: a take grows while the music plays, and a thread writes it to a file when it ends."""

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
    """A recording's name is not allowed."""


class Recorder:
    """Records at most one take at a time, writes it to a MIDI file when it is stopped, and never overwrites a file.

    `folder` is the recordings folder; `kept` is the last file written, None before the first; `failure` is a sentence
    about the last file that could not be written, "" if there was none.
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
        """Return the path for a recording of that name: inside the folder, and numbered if the path is taken.

        Without a name, the name is the present time. Raises RecordPathError if the name leads out of the folder.
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
        except (OSError, RuntimeError):  # links that form a loop
            target = Path()
        if not is_named or wanted.is_absolute() or not target.is_relative_to(folder):
            raise RecordPathError(
                f"a recording's path must lie inside the recordings folder, {self.folder}; got {name}"
            )
        return self.unused(target)

    def unused(self, wanted: Path) -> Path:
        """Return `wanted`, or a numbered path if a file is there or a take waits to be written there."""

        def numbered(number: int) -> Path:
            return wanted.with_stem(f"{wanted.stem}-{number}")

        if not self._is_taken(wanted):
            return wanted
        return numbered(_first_after(lambda number: self._is_taken(numbered(number))))

    def prepare(self, name: str | None) -> Path:
        """Check that a recording of that name can be written, and return its path; safe in any thread."""
        path = self.path_for(name)
        self.check(path)
        return path

    def check(self, path: Path) -> None:
        """Raise RecordError if the file cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            check_writable(path)
        except OSError as error:
            raise RecordError(f"cannot record to {path}: {error.strerror or error}") from error
        except WriteError as error:
            raise RecordError(str(error)) from error

    def start(self, path: Path) -> None:
        """Check the path and begin a take there; raises RecordError as `check` and `begin` do."""
        self.check(path)
        self.begin(path)

    def begin(self, prepared: Path) -> Path:
        """Begin a take and return its path: the checked path `prepared`, or a numbered one if that is taken by now.

        Raises RecordError if a take is running, or if too many are still being written.
        """
        if self._path is not None:
            raise RecordError(f"a recording to {self._path} is running; stop it first")
        if len(self._unwritten) >= _MOST_UNWRITTEN:
            raise RecordError("earlier recordings are still being written; try again in a moment")
        path = self.unused(prepared)
        self._path, self._began_seconds = path, time.monotonic()
        self._unwritten.add(path)
        self._take = TakeBuilder()
        return path

    def add_rows(self, rows: Iterable[SentRow]) -> None:
        """Add sent messages to the take, if one is running."""
        if self._path is not None:
            self._take.add_rows(rows)

    def add_tick(self, pulse: int, tempo: float, section: str, key: Key | None = None) -> None:
        """Add tempo, section and key at a pulse to the take, if one is running."""
        if self._path is not None:
            self._take.add_tick(pulse, tempo, section, key)

    def start_over(self) -> None:
        """Tell the take that pulses count from 0 again."""
        self._take.start_over()

    def stop(self, end_pulse: int | None = None) -> Path:
        """End the take at `end_pulse` or its last message, start to write it, and return its path.

        Raises RecordError if no take is running.
        """
        if self._path is None:
            raise RecordError("no recording is running; start one first")
        path, self._path = self._path, None
        arguments = (self._take, end_pulse, path, self._writer)
        self._take = TakeBuilder()  # the old take now belongs to the writer
        self._writer = threading.Thread(target=self._write, args=arguments, name="edmd recorder")
        self._writer.start()
        return path

    def wait(self) -> None:
        """Wait until all recordings are written."""
        if self._writer is not None:
            self._writer.join()

    def close(self, end_pulse: int | None = None) -> None:
        """Stop the running take, if any, and wait until all recordings are written."""
        if self._path is not None:
            _log.info("recorded %s", self.stop(end_pulse))
        self.wait()

    def state(self) -> dict[str, Any]:
        """Return the take's path, its seconds so far, and whether a file is still being written."""
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
        """Write a take and return its path, with a number if another file has taken the path meanwhile."""
        path = wanted
        while True:
            try:
                write_new_midi(take, path)
                return path
            except TakenError:
                path = self.unused(wanted)
                _log.warning("another file was created at %s; the recording goes to %s", wanted, path)

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
    """Return a free number from 2 on; the number before it is taken, or 1. Bisection keeps the steps few."""
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
    except OSError:  # the name is too long; `check` reports it
        return False


def _saved_elsewhere(take: Take) -> str:
    """Save a take in the temporary folder, and return a clause that says where it is."""
    try:
        number, name = tempfile.mkstemp(prefix="edmd-", suffix=".mid")
        os.close(number)
        write_midi(take, Path(name))
    except (OSError, WriteError):
        return "the recording is lost"
    return f"the recording is in {name} instead"
