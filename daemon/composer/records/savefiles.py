"""The files of savepoints in one folder. All of it may wait for the disk, so it runs in the disk's thread.

A savepoint has a number, a file with the state, and a file to which its journal is appended. The last two exist, and the
last two that are known to be on the disk: a failure of power can take the others.
"""

import errno
import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from daemon.composer.records.disk import Disk
from daemon.composer.records.journalfile import DamagedError, read_journal, whole
from daemon.music.deck.operations import Entry
from exporters.writing import replace_bytes
from models.reading.files import read_bytes
from models.reading.limits import RefusedError

_STATE: Final = "state-{}"
_JOURNAL: Final = "journal-{}"
_ASIDE: Final = "set-aside-{}"
_LOCK: Final = "lock"
_KEPT: Final = 2
_HASH_BYTES: Final = 32
_MOST_BYTES: Final = 256 * 2**20
_NO_WAIT: Final = sum(getattr(os, flag, 0) for flag in ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY", "O_CLOEXEC"))
_log: Final = logging.getLogger(__name__)


class SaveFiles:
    """The files in `folder`, which `lock` creates. Every method raises OSError if the disk refuses it."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder, self._disk = folder, disk
        self._number = 0
        self._journal: int | None = None
        self._lock: int | None = None
        self._safe: list[int] = []

    def lock(self) -> bool:
        """Lock the folder for this process; return whether no other one has."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | _NO_WAIT, 0o600)
        if not _is_free(lock):
            os.close(lock)
            return False
        self._lock = lock
        self._safe = sorted(self._numbers())[-_KEPT:]
        for left in self._folder.glob(".*.partial"):  # of a process that was killed
            left.unlink(missing_ok=True)
        return True

    @property
    def is_in_memory(self) -> bool:
        """Whether the folder is kept in memory."""
        return self._lock is not None and self._disk.is_in_memory(self._lock)

    def save(self, state: bytes, journal: bytes) -> None:
        """Write a savepoint; what is appended from now on belongs to it."""
        number = max([self._number, *self._numbers(_STATE), *self._numbers(_JOURNAL)]) + 1
        path = self._folder / _JOURNAL.format(number)
        replace_bytes(path, journal)
        opened = os.open(path, os.O_WRONLY | os.O_APPEND | _NO_WAIT)
        try:
            replace_bytes(self._folder / _STATE.format(number), hashlib.sha256(state).digest() + state)
        except OSError:
            os.close(opened)
            path.unlink(missing_ok=True)
            raise
        self._end_journal()
        self._journal, self._number = opened, number
        self._remove_old()

    def append(self, record: bytes) -> None:
        """Append the whole record to the journal or nothing, because records after an incomplete one cannot be read."""
        if self._journal is None:
            return
        size = os.fstat(self._journal).st_size
        if os.write(self._journal, record) < len(record):
            os.ftruncate(self._journal, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def sync(self, then: Callable[[OSError | None], object]) -> None:
        """Bring the last savepoint to the disk; `then` gets what prevented it."""
        number, journal = self._number, self._journal
        if journal is None:
            return
        state = os.open(self._folder / _STATE.format(number), os.O_RDONLY | _NO_WAIT)
        folder = os.open(self._folder, os.O_RDONLY) if os.name != "nt" else os.dup(state)

        def note(failure: OSError | None) -> None:
            if failure is None:
                self._safe = [*self._safe, number][-_KEPT:]
            then(failure)

        try:
            self._disk.sync(state, journal, folder, then=note)
        finally:
            os.close(state)
            os.close(folder)

    def load(self, decode: Callable[[bytes], Any]) -> tuple[Any, tuple[Entry, ...]] | None:
        """Return the last undamaged savepoint and its journal, to which may be appended; None if there is none."""
        for number in sorted(self._numbers(), reverse=True):
            journal = self._folder / _JOURNAL.format(number)
            try:
                saved = decode(_content(self._folder / _STATE.format(number)))
                entries = tuple(read_journal(journal))
            except (ValueError, TypeError, RefusedError, msgspec.MsgspecError) as error:
                _log.warning("savepoint %d cannot be used and is set aside: %s", number, error)
                self._set_aside(number)
                continue
            self._number = number
            self._go_on_with(journal)
            return saved, entries
        return None

    def clear(self) -> None:
        """Remove all savepoints."""
        self._end_journal()
        for pattern in (_STATE, _JOURNAL):
            for number in self._numbers(pattern):
                (self._folder / pattern.format(number)).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the journal, and unlock the folder."""
        self._end_journal()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _go_on_with(self, journal: Path) -> None:
        """Open the journal of the savepoint that was loaded, without an incomplete record at its end."""
        try:
            opened = os.open(journal, os.O_WRONLY | os.O_APPEND | _NO_WAIT)
        except OSError:  # it can be read but not written; the next savepoint tells
            return
        content = journal.read_bytes()
        if (length := whole(content)) < len(content):
            _log.warning("the last entry of %s was not written completely and is left out", journal)
            os.ftruncate(opened, length)
        self._end_journal()
        self._journal = opened

    def _set_aside(self, number: int) -> None:
        for pattern, kind in ((_STATE, "state"), (_JOURNAL, "journal")):
            try:
                (self._folder / pattern.format(number)).replace(self._folder / _ASIDE.format(kind))
            except OSError:  # it is gone, or the disk is read-only
                continue

    def _remove_old(self) -> None:
        states = self._numbers()
        kept = {*sorted(states)[-_KEPT:], *self._safe}
        for pattern in (_STATE, _JOURNAL):
            for number in self._numbers(pattern):
                if number not in kept:
                    (self._folder / pattern.format(number)).unlink(missing_ok=True)

    def _numbers(self, pattern: str = _STATE) -> list[int]:
        return [*_numbers(self._folder, pattern)]

    def _end_journal(self) -> None:
        if self._journal is not None:
            os.close(self._journal)
            self._journal = None


def _numbers(folder: Path, pattern: str) -> Iterator[int]:
    beginning = pattern.format("")
    for path in folder.glob(pattern.format("*")):
        if (name := path.name.removeprefix(beginning)).isdecimal():
            yield int(name)


def _content(path: Path) -> bytes:
    """Return the content of a state. Raises RefusedError or DamagedError."""
    content = read_bytes(path, _MOST_BYTES)
    digest, content = content[:_HASH_BYTES], content[_HASH_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        raise DamagedError("its content is not what was written")
    return content


def _is_free(file_number: int) -> bool:
    """Lock a file; return False if another process has locked it. Return True on systems without such locks."""
    try:
        import fcntl  # noqa: PLC0415 - Windows has no such module
    except ImportError:
        return True
    try:
        fcntl.flock(file_number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
