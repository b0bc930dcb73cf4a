"""Savepoints: files with the state of a deck at each bar and the journal since then, for the next composer.

A savepoint has a number, a file with the state, and a file to which the journal is appended. The last two savepoints
exist: if the last one is damaged, the other one is used.
"""

import contextlib
import errno
import hashlib
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import msgspec

from daemon.composer.models.scenes import Stand
from daemon.music.deck.deckstate import DeckState
from daemon.music.deck.gestures import Gesture
from daemon.music.deck.operations import Entry
from daemon.music.deck.savedstate import decoder, encoder
from exporters.writing import replace_bytes

FORMAT: Final = 3
_STATE: Final = "state-{}"
_JOURNAL: Final = "journal-{}"
_KEPT: Final = 2
_HASH_BYTES: Final = 32
_LENGTH_BYTES: Final = 4
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


_SAVED: Final = decoder(Saved)
_ENTRY: Final = decoder(Entry)


class Savepoints:
    """Savepoints in `folder`, which `lock` creates. A disk error is logged once and has no other effect."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self._journal: int | None = None
        self._lock: IO[bytes] | None = None
        self._is_ours = self._has_failed = False

    def lock(self) -> bool:
        """Lock the folder for this process; return False if another daemon has locked it.

        Without the lock nothing is written or loaded.
        """
        if self._is_ours:
            return True
        with self._forgiving():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = (self._folder / "lock").open("ab")
            if _is_free(self._lock.fileno()):
                self._is_ours = True
                return True
            self.close()
            _log.warning("another daemon with this configuration file keeps savepoints; this one keeps none")
        return False

    def save(self, saved: Saved, entries: Iterable[Entry]) -> None:
        """Write a savepoint, and a journal that begins with `entries`, which act from its tick on."""
        if not self._is_ours:
            return
        with self._forgiving():
            number = max([self._number, *_numbers(self._folder)]) + 1
            journal = self._folder / _JOURNAL.format(number)
            replace_bytes(journal, b"".join(_framed(encoder.encode(entry)) for entry in entries))
            content = encoder.encode(saved)
            replace_bytes(self._folder / _STATE.format(number), hashlib.sha256(content).digest() + content)
            self._end_journal()
            self._journal = os.open(journal, os.O_WRONLY | os.O_APPEND)
            self._number = number
            _remove_before(self._folder, number - _KEPT + 1)

    def note(self, entry: Entry) -> None:
        """Append a new or changed entry to the journal file; it then survives the death of this process."""
        if self._journal is not None:
            with self._forgiving():
                _append(self._journal, _framed(encoder.encode(entry)))

    def load(self, daemon: str) -> SavedDeck | None:
        """Return the last undamaged savepoint, or None if there is none or it belongs to another run of the daemon."""
        for number in sorted(_numbers(self._folder) if self._is_ours else (), reverse=True):
            try:
                saved = _read_state(self._folder / _STATE.format(number))
                entries = tuple(read_journal(self._folder / _JOURNAL.format(number)))
            except (OSError, ValueError, TypeError, msgspec.MsgspecError) as error:
                _log.warning("savepoint %d is damaged and set aside: %s", number, error)
                continue
            return SavedDeck(saved, entries) if saved.daemon == daemon else None
        return None

    def clear(self) -> None:
        """Remove all savepoints, because the daemon ends in order, and unlock the folder."""
        if self._is_ours:
            with self._forgiving():
                _remove_before(self._folder, max(_numbers(self._folder), default=0) + 1)
        self.close()

    def close(self) -> None:
        """Close the journal and unlock the folder; nothing is written after that."""
        self._end_journal()
        self._is_ours = False
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _end_journal(self) -> None:
        if self._journal is not None:
            os.close(self._journal)
            self._journal = None

    @contextlib.contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not self._has_failed:
                self._has_failed = True
                where = f"{self._folder}: {error.strerror or error}"
                _log.warning("no savepoint can be written, so a composer that dies begins anew: %s", where)


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


def _numbers(folder: Path) -> list[int]:
    names = (path.name.removeprefix(_STATE.format("")) for path in folder.glob(_STATE.format("*")))
    return [int(name) for name in names if name.isdecimal()]


def _remove_before(folder: Path, number: int) -> None:
    for old in _numbers(folder):
        if old < number:
            for pattern in (_STATE, _JOURNAL):
                (folder / pattern.format(old)).unlink(missing_ok=True)


def _framed(content: bytes) -> bytes:
    return len(content).to_bytes(_LENGTH_BYTES, "big") + content


def _append(file: int, record: bytes) -> None:
    """Write the whole record or nothing, because records after an incomplete one cannot be read."""
    size = os.fstat(file).st_size
    if os.write(file, record) < len(record):
        os.ftruncate(file, size)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _read_state(path: Path) -> Saved:
    content = path.read_bytes()
    digest, content = content[:_HASH_BYTES], content[_HASH_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        raise ValueError("its content is not what was written")
    plain: Any = msgspec.msgpack.decode(content)
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise ValueError("another version of edmd wrote it")
    saved: Saved = _SAVED.decode(content)
    return saved


def read_journal(path: Path) -> Iterator[Entry]:
    """Yield the entries, each in its last version; omit a last record that is incomplete."""
    content, start = path.read_bytes(), 0
    entries: dict[int, Entry] = {}
    while start + _LENGTH_BYTES <= len(content):
        body = start + _LENGTH_BYTES
        end = body + int.from_bytes(content[start:body], "big")
        if end > len(content):
            break
        entry: Entry = _ENTRY.decode(content[body:end])
        entries[entry.number] = entry
        start = end
    yield from entries.values()
