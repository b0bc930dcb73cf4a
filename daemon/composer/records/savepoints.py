"""Savepoints: the state of a deck at each bar and the journal since then, in files, for the next composer.

They are written by the disk's thread. An accepted operation is in the system's hands before it is answered or played,
unless the disk takes longer than a few milliseconds. What was written comes to the disk itself at each phrase, and at
each bar in which operations were accepted or whose folder is in memory; so a failure of power costs no more.
"""

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from daemon.composer.models.scenes import Stand
from daemon.composer.records.disk import NO_ANSWER, Disk, Fault
from daemon.composer.records.journalfile import begin, record_of
from daemon.composer.records.savefiles import SaveFiles
from daemon.music.deck.deckstate import DeckState
from daemon.music.deck.gestures import Gesture
from daemon.music.deck.operations import Entry
from daemon.music.deck.savedstate import decoder, encoder
from models.notes import BARS_PER_PHRASE, TICKS_PER_BAR

FORMAT: Final = 4
# A composer that starts waits so long; the player holds music of two seconds.
_LOAD_SECONDS: Final = 5.0
_END_SECONDS: Final = 1.0
# More operations than anybody asks for between two savepoints.
_MOST_WAITING: Final = 20_000
_MOST_BEFORE: Final = 1000
_log: Final = logging.getLogger(__name__)


class Saved(msgspec.Struct, frozen=True):
    """The data from which a new composer continues.

    `daemon` identifies the run of `edmd play`, `provider` runs the networks, `number` is that of the last operation.
    `done` and `undone` are the gestures that can be undone and redone, `reports_before` is the number of reports of
    earlier players, `stand` is what is remembered of scenes.
    """

    format: int
    daemon: str
    course: int
    provider: str
    number: int
    asked: str
    done: tuple[Gesture, ...]
    undone: tuple[Gesture, ...]
    reports_before: int
    state: DeckState
    stand: Stand = Stand()


class SavedDeck(NamedTuple):
    """A savepoint, and the entries of the journal since then, each in its last version."""

    saved: Saved
    entries: tuple[Entry, ...]


class _Save(NamedTuple):
    """A savepoint to be written, its bar, and what else makes it worth bringing to the disk at once when it changes."""

    state: bytes
    journal: bytes
    bar: int
    cause: tuple[object, ...]


_SAVED: Final = decoder(Saved)


class Savepoints:
    """Savepoints in `folder`, which `lock` creates. What the disk refuses is tried again, and has no other effect."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.fault = Fault(f"savepoints are written to {folder} again")
        self._folder, self._disk = folder, disk or Disk("savepoints")
        self._files = SaveFiles(folder, self._disk)
        self._is_ours = self._is_wanted = self._is_cut = False
        self._waiting: deque[_Save | bytes] = deque()
        self._guard = threading.Lock()
        self._synced: object = None
        self._sync_failure = ""

    def lock(self) -> bool:
        """Lock the folder for this process; return False if another daemon has locked it.

        Without the lock nothing is written or loaded.
        """
        if not self._is_ours:
            self._is_wanted = True
            with self._telling():
                self._disk.do(self._lock, _LOAD_SECONDS)
        return self._is_ours

    def save(self, saved: Saved, entries: Iterable[Entry]) -> None:
        """Write a savepoint, and a journal that begins with `entries`, which act from its tick on."""
        if not self._is_ours:
            return
        cause = (saved.course, saved.number, saved.asked)
        save = _Save(encoder.encode(saved), begin(entries), saved.state.tick // TICKS_PER_BAR, cause)
        with self._guard:
            if self.fault.text or len(self._waiting) >= _MOST_BEFORE:
                self._waiting.clear()  # a savepoint contains what was noted before it
            self._waiting.append(save)
            self._is_cut = False
        self._disk.submit(self._write)

    def note(self, entry: Entry) -> None:
        """Append a new or changed entry to the journal file; it then survives the death of this process."""
        if not self._is_ours or self._is_cut:
            return
        with self._guard:
            self._is_cut = len(self._waiting) >= _MOST_WAITING
            if not self._is_cut:
                self._waiting.append(record_of(entry))
        self._disk.submit(self._write)
        self._disk.settle()

    def turn(self) -> None:
        """Try again what the disk refused, now and then."""
        if self._disk.stuck:
            self._refused(NO_ANSWER)
        elif self._waiting:
            self._disk.submit(self._write)
        elif self._is_wanted and not self._is_ours and self.fault.text:
            self._disk.submit(self._lock_again)

    def load(self, daemon: str) -> SavedDeck | None:
        """Return the last undamaged savepoint, or None if there is none or it belongs to another run of the daemon."""
        found = None
        with self._telling():
            found = (
                self._disk.do(lambda: self._files.load(_decoded), _LOAD_SECONDS) if self._is_ours else None
            )
        return SavedDeck(*found) if found is not None and found[0].daemon == daemon else None

    def clear(self) -> None:
        """Remove all savepoints, because the daemon ends in order, and unlock the folder."""
        if self._is_ours:
            with self._guard:
                self._waiting.clear()
            with self._telling():
                self._disk.do(self._files.clear, _END_SECONDS)
        self.close()

    def close(self) -> None:
        """Write what waits, close the journal and unlock the folder; nothing is written after that."""
        self._is_ours = self._is_wanted = False
        with self._telling():
            self._disk.do(self._close, _END_SECONDS)

    # --- in the disk's thread ---

    def _lock(self) -> None:
        if not self._files.lock():
            self._is_wanted = False
            _log.warning("another daemon with this configuration file keeps savepoints; this one keeps none")
        elif self._is_wanted:
            self._is_ours = True
        else:  # this comes after `close`
            self._files.close()

    def _lock_again(self) -> None:
        with self._telling():
            self._lock()

    def _write(self) -> None:
        """Write what waits, in its order; what the disk refuses stays first."""
        while self._waiting:
            with self._guard:
                first = self._waiting[0] if self._waiting else b""
            try:
                self._put(first)
            except OSError as error:
                self._refused(error.strerror or str(error))
                return
            with self._guard:
                if self._waiting and self._waiting[0] is first:
                    self._waiting.popleft()
        self._recovered()

    def _put(self, item: _Save | bytes) -> None:
        if isinstance(item, bytes):
            self._files.append(item)
            return
        self._files.save(item.state, item.journal)
        bars = 1 if self._files.is_in_memory else BARS_PER_PHRASE
        moment = (item.bar // bars, *item.cause)
        if moment != self._synced:
            self._synced = moment
            self._files.sync(self._note_sync)

    def _note_sync(self, failure: OSError | None) -> None:
        self._sync_failure = "" if failure is None else failure.strerror or str(failure)
        if self._sync_failure:
            self._refused(self._sync_failure)
        else:
            self._recovered()

    def _close(self) -> None:
        self._write()
        self._files.close()

    def _recovered(self) -> None:
        if not self._waiting and not self._sync_failure:
            self.fault.ends()

    def _refused(self, cause: str) -> None:
        where = f"{self._folder}: {cause}"
        self.fault.begins(
            f"no savepoint can be written, so a composer that dies goes on from the last one or begins anew: {where}"
        )

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._refused(error.strerror or str(error))


def _decoded(content: bytes) -> Saved:
    """Return a state. Raises ValueError if another version of edmd wrote it."""
    plain: Any = msgspec.msgpack.decode(content)
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise ValueError("another version of edmd wrote it")
    saved: Saved = _SAVED.decode(content)
    return saved
