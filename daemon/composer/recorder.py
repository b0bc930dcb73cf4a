"""Record the messages sent: a take grows while the music plays, and a thread writes it to a file when it ends."""

import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from daemon.workers.prepare import RecordError, check, unused
from exporters.midi import write_midi, write_new_midi
from exporters.writing import TakenError, WriteError
from models.take import Key, SentRow, Take, TakeBuilder

_log: Final = logging.getLogger(__name__)
_MOST_UNWRITTEN: Final = 8


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

    def start(self, path: Path) -> None:
        """Check the path and begin a take there; raises RecordError as `prepare.check` and `begin` do."""
        check(unused(path))
        self.begin(path)

    def begin(self, prepared: Path) -> Path:
        """Begin a take and return its path: the checked path `prepared`, or a numbered one if that is taken by now.

        Raises RecordError if a take is running, or if too many are still being written.
        """
        if self._path is not None:
            raise RecordError(f"a recording to {self._path} is running; stop it first")
        if len(self._unwritten) >= _MOST_UNWRITTEN:
            raise RecordError("earlier recordings are still being written; try again in a moment")
        path = unused(prepared, self._unwritten.__contains__)
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

    def wait(self, timeout_seconds: float | None = None) -> None:
        """Wait until all recordings are written, or for `timeout_seconds`."""
        if self._writer is not None:
            self._writer.join(timeout_seconds)

    def stop_if_running(self, end_pulse: int | None = None) -> None:
        """Stop the running take, if any, and begin to write it."""
        if self._path is not None:
            _log.info("recorded %s", self.stop(end_pulse))

    def close(self, end_pulse: int | None = None) -> None:
        """Stop the running take, if any, and wait until all recordings are written."""
        self.stop_if_running(end_pulse)
        self.wait()

    def state(self) -> dict[str, Any]:
        """Return the take's path, its seconds so far, and whether a file is still being written."""
        seconds = round(time.monotonic() - self._began_seconds, 1) if self._path else None
        return {
            "path": str(self._path) if self._path else None,
            "seconds": seconds,
            "saving": self.is_saving,
        }

    @property
    def is_busy(self) -> bool:
        """Whether a take is being recorded or written."""
        return self._path is not None or self.is_saving

    @property
    def is_saving(self) -> bool:
        """Whether a file is still being written."""
        return self._writer is not None and self._writer.is_alive()

    def _written(self, take: Take, wanted: Path) -> Path:
        """Write a take and return its path, with a number if another file has taken the path meanwhile."""
        path = wanted
        while True:
            try:
                write_new_midi(take, path)
                return path
            except TakenError:
                path = unused(wanted, self._unwritten.__contains__)
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


def _saved_elsewhere(take: Take) -> str:
    """Save a take in the temporary folder, and return a clause that says where it is."""
    try:
        number, name = tempfile.mkstemp(prefix="edmd-", suffix=".mid")
        os.close(number)
        write_midi(take, Path(name))
    except (OSError, WriteError):
        return "the recording is lost"
    return f"the recording is in {name} instead"
