"""Recording of sent messages: into a spool while the music plays; then a worker makes a MIDI file of it.

The disk's thread writes the spool. What was sent is in the system's hands before the player is told that it is recorded,
unless the disk takes longer than a few milliseconds. It comes to the disk itself at each phrase, where the folder is in
memory at each bar. While the disk refuses more, what comes waits in memory.
"""

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from daemon import spool
from daemon.composer.records.disk import NO_ANSWER, Disk, Fault
from daemon.composer.records.finishing import Finishing, opened
from daemon.composer.records.lately import Lately
from daemon.spool import Begun, Ended, Entry, Facts, Rows, Spool, StartedOver
from daemon.workers.prepare import RecordError, check, unused
from daemon.workers.runner import MOST_WAITING
from models.effects import ControlRow
from models.notes import BARS_PER_PHRASE, PULSES_PER_BAR, Voice
from models.take import Key, SentRow

_log: Final = logging.getLogger(__name__)


# What separates the names of daemon and deck.
_DECK: Final = "/"
# A request waits so long for the disk; the player holds music of two seconds.
_BEGIN_SECONDS: Final = 0.5
_START_SECONDS: Final = 2.0
_RETRY_SECONDS: Final = 1.0


class _Found(NamedTuple):
    """The running take of a dead composer of this daemon with its last entries, and the spools of others."""

    running: Spool | None
    entries: list[Entry]
    left: list[Path]


class Recorder:
    """Records at most one take at a time, to a MIDI file that a worker writes at the end, and never overwrites a file.

    `folder` is the recordings folder, `daemon` the name of this run of the daemon; `programs`, from 0, are written to the
    files. `fault` is what keeps the running take from the disk.
    """

    def __init__(
        self,
        folder: Path,
        daemon: str = "",
        programs: Mapping[Voice, int] | None = None,
        disk: Disk | None = None,
    ) -> None:
        self.folder = folder
        self.fault = Fault(f"recordings are written to {folder} again")
        self._daemon = daemon or f"{os.getpid()}-{time.time_ns()}"
        self._programs = dict(programs or {})
        self._disk = disk or Disk("recordings")
        self._spool: Spool | None = None
        self._began_seconds = self._next_try = 0.0
        # The number of the last batch of rows, and the facts of the last tick.
        self._number: int | None = None
        self._facts: Facts | None = None
        self._sync_failure = ""
        self._lately = Lately()
        self._finishing = Finishing(self._disk)

    @property
    def kept(self) -> Path | None:
        """The last file written, or None."""
        return self._finishing.kept

    @property
    def failure(self) -> str:
        """A sentence about the last take that could not be written at its path, or ""."""
        return self._finishing.failure

    def take_up(self, *more_folders: Path) -> None:
        """Continue the running recording of this daemon's dead composer; finish those of dead daemons.

        Their spools are in the recordings folder or in `more_folders`. The recorder of the main deck finishes them; the
        other decks of this daemon, whose names begin with its name, continue their own.
        """
        folders = (self.folder, *more_folders)
        try:
            found = self._disk.do(lambda: self._find(folders), _START_SECONDS, _let_go)
        except OSError as error:
            _log.warning("what was recorded in %s is not taken up: %s", self.folder, error.strerror or error)
            return
        if found.running is not None:
            self._go_on(found.running, found.entries)
        self._finishing.add_left(found.left)

    def _find(self, folders: Iterable[Path]) -> _Found:
        running, entries, left = None, [], []
        for path in (path for folder in folders for path in spool.left_in(folder)):
            found = opened(path)
            if found is None:
                continue
            if running is None and found.begun.daemon == self._daemon:
                last = found.last_entries()
                if not any(isinstance(entry, Ended) for entry in last):
                    running, entries = found, last
                    continue
            found.close()
            owner = found.begun.daemon
            is_ended_here = owner == self._daemon
            if is_ended_here or (_DECK not in self._daemon and owner.partition(_DECK)[0] != self._daemon):
                left.append(path)
        return _Found(running, entries, left)

    def start(self, path: Path) -> None:
        """Check the path and begin a take there; raises RecordError as `prepare.check` and `begin` do."""
        try:
            self._disk.do(lambda: check(unused(path)), _START_SECONDS)
        except OSError as error:
            raise RecordError(f"cannot record to {path}: {error.strerror or error}") from error
        self.begin(path)

    def begin(self, prepared: Path) -> Path:
        """Begin a take and return its path: the checked path `prepared`, or a numbered one if that file exists now.

        Raises RecordError if a take is running, or if too many are still being written.
        """
        if self._spool is not None:
            raise RecordError(f"a recording to {self._spool.begun.path} is running; stop it first")
        reserved = self._finishing.paths
        if len(reserved) >= MOST_WAITING:
            raise RecordError("earlier recordings are still being written; try again in a moment")

        def begun() -> Spool:
            path = unused(prepared, reserved.__contains__)
            return self._new_spool(Begun(str(path.absolute()), self._daemon, time.time(), self._programs))

        running = self._created(prepared, begun)
        self._go_on(running, [])
        return Path(running.begun.path)

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
        if self._spool is not None:
            self._disk.settle()

    def add_tick(self, pulse: int, tempo: float, section: str, key: Key | None = None) -> None:
        """Add tempo, section and key at a pulse to the take, if one is running."""
        facts, before = Facts(pulse, tempo, section, key), self._facts
        self._facts = facts
        if before is None or pulse <= before.pulse or facts != Facts(pulse, *_values(before)):
            self._append(facts)
        self._lately.tell(facts)
        if self._spool is not None and pulse % PULSES_PER_BAR == 0:
            self._disk.submit(partial(self._sync, self._spool, pulse // PULSES_PER_BAR))

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
        entries = self._lately.entries(first, end_bar)

        def written() -> Spool:
            whole = self._new_spool(begun)
            for entry in entries:
                whole.append(entry)
            whole.write()
            whole.close()
            if whole.waiting or whole.is_cut:
                whole.path.unlink(missing_ok=True)
                raise RecordError(f"the disk takes no capture to {prepared}; make room")
            return whole

        path = self._created(prepared, written).path
        return {"spool": str(path), "path": begun.path, "bars": end_bar - first, "from_bar": first}

    def stop(self, end_pulse: int | None = None) -> Path:
        """End the take at `end_pulse` or its last message, start a worker that writes it, and return its path.

        Raises RecordError if no take is running.
        """
        if self._spool is None:
            raise RecordError("no recording is running; start one first")
        self._append(Ended(end_pulse))
        ended, self._spool = self._spool, None
        self._finishing.add(ended)
        return Path(ended.begun.path)

    def turn(self) -> None:
        """Handle finished workers, start one for a spool of a dead daemon, and try again what the disk refused."""
        self._finishing.turn()
        running = self._spool
        if running is None:
            self.fault.text = ""
            return
        if running.waiting and (now := time.monotonic()) >= self._next_try:
            self._next_try = now + _RETRY_SECONDS
            self._disk.submit(running.write)
        if cause := NO_ANSWER if self._disk.stuck else running.refusal or self._sync_failure:
            self.fault.begins(
                f"the disk takes no more of the recording to {running.begun.path}: {cause}; what comes waits in memory"
            )
        elif not running.waiting:
            self.fault.ends()
            if running.is_cut:  # the rest is another take
                try:
                    self.begin(self.stop())
                except RecordError as error:
                    _log.warning("%s", error.message)

    def wait(self, seconds: float = 60.0) -> bool:
        """Wait up to `seconds` until all recordings are written; return whether they are."""
        return self._finishing.wait(seconds)

    def stop_if_running(self, end_pulse: int | None = None) -> None:
        """Stop the running take, if any, and start its worker; spools of dead daemons wait for the next start."""
        self._finishing.forget_left()
        if self._spool is not None:
            _log.info("recorded %s", self.stop(end_pulse))

    def close(self, end_pulse: int | None = None, seconds: float = 60.0) -> None:
        """Stop the running take, if any, and wait up to `seconds` until all takes are written.

        Workers that need longer are ended; the next start finishes their takes.
        """
        self.stop_if_running(end_pulse)
        self.wait(seconds)
        self._finishing.close()

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
        return self._finishing.is_busy

    def _created(self, prepared: Path, work: Callable[[], Spool]) -> Spool:
        """Return the spool that `work` makes in the disk's thread. Raises RecordError, and removes one that comes late."""
        try:
            return self._disk.do(work, _BEGIN_SECONDS, _remove)
        except OSError as error:
            raise RecordError(f"cannot record to {prepared}: {error.strerror or error}") from error

    def _new_spool(self, begun: Begun) -> Spool:
        """Return a new spool in the recordings folder, or beside the recording if that folder is not writable."""
        try:
            return Spool.create(self.folder, begun)
        except OSError:
            return Spool.create(Path(begun.path).parent, begun)

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
        if self._spool is not None:
            self._spool.append(entry)
            self._disk.submit(self._spool.write)

    def _sync(self, running: Spool, bar: int) -> None:
        """In the disk's thread: bring the spool to the disk when it is time."""
        if bar % BARS_PER_PHRASE == 0 or self._disk.is_in_memory(running.number):
            self._disk.sync(running.number, then=self._note_sync)

    def _note_sync(self, failure: OSError | None) -> None:
        self._sync_failure = "" if failure is None else failure.strerror or str(failure)


def _let_go(found: _Found) -> None:
    """Unlock what was found too late."""
    if found.running is not None:
        found.running.close()


def _remove(late: Spool) -> None:
    """Remove a spool that was made too late."""
    with contextlib.suppress(OSError):
        late.close()
    late.path.unlink(missing_ok=True)


def _values(facts: Facts) -> tuple[float, str, Key | None]:
    return facts.tempo, facts.section, facts.key
