"""Recording of sent messages: into a spool while the music plays; then a worker makes a MIDI file of it."""

import logging
import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from daemon import spool
from daemon.composer.records.lately import Lately
from daemon.control.messages import ControlError
from daemon.spool import Begun, Ended, Entry, Facts, Rows, Spool, StartedOver
from daemon.workers.jobs import Finished, finish_recording
from daemon.workers.prepare import RecordError, check, unused
from daemon.workers.runner import MOST_WAITING, Worker, Workers
from models.effects import ControlRow
from models.notes import Voice
from models.take import Key, SentRow

_log: Final = logging.getLogger(__name__)


# What separates the names of daemon and deck.
_DECK: Final = "/"


class _Writing(NamedTuple):
    """A spool that a worker turns into a MIDI file."""

    spool: Spool
    worker: Worker[Finished]
    was_left: bool


class Recorder:
    """Records at most one take at a time, to a MIDI file that a worker writes at the end, and never overwrites a file.

    `folder` is the recordings folder, `daemon` the name of this run of the daemon; `programs`, from 0, are written to the
    files. `kept` is the last file written, or None; `failure` is a sentence about the last take that could not be written
    at its path, or "".
    """

    def __init__(self, folder: Path, daemon: str = "", programs: Mapping[Voice, int] | None = None) -> None:
        self.failure = ""
        self.kept: Path | None = None
        self.folder = folder
        self._daemon = daemon or f"{os.getpid()}-{time.time_ns()}"
        self._programs = dict(programs or {})
        self._spool: Spool | None = None
        self._began_seconds = 0.0
        # The number of the last batch of rows, and the facts of the last tick.
        self._number: int | None = None
        self._facts: Facts | None = None
        self._lately = Lately()
        self._left: deque[Path] = deque()
        self._writing: list[_Writing] = []
        self._workers = Workers()

    def take_up(self, *more_folders: Path) -> None:
        """Continue the running recording of this daemon's dead composer; finish those of dead daemons.

        Their spools are in the recordings folder or in `more_folders`. The recorder of the main deck finishes them; the
        other decks of this daemon, whose names begin with its name, continue their own.
        """
        for path in (path for folder in (self.folder, *more_folders) for path in spool.left_in(folder)):
            found = _opened(path)
            if found is not None and self._spool is None and found.begun.daemon == self._daemon:
                entries = found.last_entries()
                if not any(isinstance(entry, Ended) for entry in entries):
                    self._go_on(found, entries)
                    continue
            if found is None:
                continue
            found.close()
            owner = found.begun.daemon
            is_ended_here = owner == self._daemon
            if is_ended_here or (_DECK not in self._daemon and owner.partition(_DECK)[0] != self._daemon):
                self._left.append(path)

    def start(self, path: Path) -> None:
        """Check the path and begin a take there; raises RecordError as `prepare.check` and `begin` do."""
        check(unused(path))
        self.begin(path)

    def begin(self, prepared: Path) -> Path:
        """Begin a take and return its path: the checked path `prepared`, or a numbered one if that file exists now.

        Raises RecordError if a take is running, or if too many are still being written.
        """
        if self._spool is not None:
            raise RecordError(f"a recording to {self._spool.begun.path} is running; stop it first")
        if len(self._writing) >= MOST_WAITING:
            raise RecordError("earlier recordings are still being written; try again in a moment")
        path = unused(prepared, {Path(each.spool.begun.path) for each in self._writing}.__contains__)
        begun = Begun(str(path.absolute()), self._daemon, time.time(), self._programs)
        self._go_on(self._new_spool(begun), [])
        return path

    def add_rows(
        self, rows: Iterable[SentRow], number: int | None = None, controls: Iterable[ControlRow] = ()
    ) -> None:
        """Add sent messages of notes and effects to the take, if one is running.

        Drop a batch whose `number` is not above the last one: a player repeats the batches that a dead composer
        may not have added. The numbers of a new player continue those of the previous one.
        """
        if number is not None and self._number is not None and number <= self._number:
            return
        self._number = self._number if number is None else number
        # The clicks of a count-in, before pulse 0, are not part of the music.
        sent = Rows(tuple(row for row in rows if row[0] >= 0), number, tuple(controls))
        self._lately.add(sent)
        self._append(sent)

    def add_tick(self, pulse: int, tempo: float, section: str, key: Key | None = None) -> None:
        """Add tempo, section and key at a pulse to the take, if one is running."""
        facts, before = Facts(pulse, tempo, section, key), self._facts
        self._facts = facts
        if before is None or pulse <= before.pulse or facts != Facts(pulse, *_values(before)):
            self._append(facts)
        self._lately.tell(facts)

    @property
    def last_number(self) -> int:
        """The number of the last batch of rows in the running take; 0 if there is none."""
        return self._number or 0

    def start_over(self) -> None:
        """Record in the take that pulses count from 0 again."""
        self._facts = None
        self._lately.start_over()
        self._append(StartedOver())

    def capture(self, prepared: Path, bars: int, end_bar: int) -> dict[str, Any]:
        """Write what was sent in the last bars before `end_bar` to a spool, for a worker; return where it is.

        Raises RecordError if nothing was played, or if the disk refuses it.
        """
        first = self._lately.first_bar()
        if first is None or first >= end_bar:
            raise RecordError("no whole bar has been played that could be captured")
        first = max(first, end_bar - bars)
        begun = Begun(str(prepared.absolute()), self._daemon, time.time(), self._programs)
        written = self._new_spool(begun)
        try:
            if not all([written.append(entry) for entry in self._lately.entries(first, end_bar)]):  # noqa: C419
                raise RecordError(f"the disk takes no capture to {prepared}; make room")
        finally:
            written.close()
        return {"spool": str(written.path), "path": begun.path, "bars": end_bar - first, "from_bar": first}

    def stop(self, end_pulse: int | None = None) -> Path:
        """End the take at `end_pulse` or its last message, start a worker that writes it, and return its path.

        Raises RecordError if no take is running.
        """
        if self._spool is None:
            raise RecordError("no recording is running; start one first")
        self._append(Ended(end_pulse))
        ended, self._spool = self._spool, None
        self._finish(ended, was_left=False)
        return Path(ended.begun.path)

    def turn(self) -> None:
        """Handle finished workers, and start one for a spool of a dead daemon."""
        self._workers.turn()
        for each in [each for each in self._writing if each.worker.done()]:
            self._writing.remove(each)
            self._settle(each)
        while self._left and not self._writing:
            found = _opened(self._left.popleft())
            if found is not None:
                self._finish(found, was_left=True)

    def wait(self, seconds: float = 60.0) -> bool:
        """Wait up to `seconds` until all recordings are written; return whether they are."""
        end = time.monotonic() + seconds
        while self.is_saving and time.monotonic() < end:
            if self._writing:
                self._workers.wait(self._writing[0].worker, end - time.monotonic())
            self.turn()
        return not self.is_saving

    def stop_if_running(self, end_pulse: int | None = None) -> None:
        """Stop the running take, if any, and start its worker; spools of dead daemons wait for the next start."""
        self._left.clear()
        if self._spool is not None:
            _log.info("recorded %s", self.stop(end_pulse))

    def close(self, end_pulse: int | None = None, seconds: float = 60.0) -> None:
        """Stop the running take, if any, and wait up to `seconds` until all takes are written.

        Workers that need longer are ended; the next start finishes their takes.
        """
        self.stop_if_running(end_pulse)
        self.wait(seconds)
        self._workers.close()
        self.turn()

    def state(self) -> dict[str, Any]:
        """Return the take's path, its seconds so far, and whether a file is still being written."""
        running = self._spool
        return {
            "path": None if running is None else running.begun.path,
            "seconds": None if running is None else round(time.monotonic() - self._began_seconds, 1),
            "saving": self.is_saving,
        }

    @property
    def is_busy(self) -> bool:
        """Whether a take is being recorded or written."""
        return self._spool is not None or self.is_saving

    @property
    def is_recording(self) -> bool:
        """Whether a take is running."""
        return self._spool is not None

    @property
    def is_saving(self) -> bool:
        """Whether a file is still being written."""
        return bool(self._writing or self._left)

    def _new_spool(self, begun: Begun) -> Spool:
        """Return a new spool in the recordings folder, or beside the recording if that folder is not writable."""
        try:
            return Spool.create(self.folder, begun)
        except OSError:
            pass
        try:
            return Spool.create(Path(begun.path).parent, begun)
        except OSError as error:
            raise RecordError(f"cannot record to {begun.path}: {error.strerror or error}") from error

    def _go_on(self, running: Spool, entries: list[Entry]) -> None:
        self._spool = running
        self._began_seconds = time.monotonic() - (time.time() - running.begun.seconds)
        numbers = [each.number for each in entries if isinstance(each, Rows) and each.number is not None]
        self._number = numbers[-1] if numbers else None
        facts = [
            each if isinstance(each, Facts) else None
            for each in entries
            if isinstance(each, Facts | StartedOver)
        ]
        self._facts = facts[-1] if facts else None

    def _append(self, entry: Entry) -> None:
        running = self._spool
        if running is None:
            return
        was_taken = not running.waiting
        if not running.append(entry) and was_taken:
            _log.warning("the disk takes no more of the recording to %s; make room", running.begun.path)

    def _finish(self, ended: Spool, *, was_left: bool) -> None:
        # The worker inherits the open file, and with it the lock. Windows cannot pass files, and cannot remove open ones.
        handed = () if sys.platform == "win32" else (ended.number,)
        if not handed:
            ended.close()
        number = handed[0] if handed else None
        job = finish_recording(ended.path, ended.begun.path, number, bytes(ended.waiting))
        self._writing.append(_Writing(ended, self._workers.run(job, handed), was_left))

    def _settle(self, done: _Writing) -> None:
        if sys.platform != "win32":
            done.spool.close()
        try:
            finished = done.worker.result()
        except ControlError as error:
            failure = f"{error.message}; it stays in {done.spool.path} and is finished at the next start"
        else:
            self.kept = Path(finished.path)
            failure = finished.failure
            if done.spool.is_cut:
                failure = f"the recording {finished.path} ends early: the disk took no more"
            if finished.path != done.spool.begun.path and not failure:
                _log.warning(
                    "another file was created at %s; the recording goes to %s",
                    done.spool.begun.path,
                    self.kept,
                )
            if done.was_left:
                _log.warning("the recording of a set that did not end well is finished: %s", finished.path)
        if failure:
            self.failure = failure
            _log.error(failure)


def _opened(path: Path) -> Spool | None:
    try:
        return Spool.open(path)
    except OSError as error:
        _log.warning("the recording in %s cannot be finished: %s", path, error.strerror or error)
        return None


def _values(facts: Facts) -> tuple[float, str, Key | None]:
    return facts.tempo, facts.section, facts.key
