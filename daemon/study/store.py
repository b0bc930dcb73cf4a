"""The answers of a study in SQLite. An answer is on the disk before its listener is told so.

Reading has a connection of its own, so pages are served while another process holds the file for writing.
"""

import contextlib
import hashlib
import secrets
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Self

from daemon.study.rows import (
    FILE_NAME,
    SCHEMA,
    VERSION,
    Answer,
    Listener,
    StoreError,
    read_answers,
    read_listener,
    read_listeners,
    read_version,
    told_errors,
)

MOST_LISTENERS: Final = 2000
# After this time without an answer, a listener has probably gone, and another one gets the same order of clips.
ABANDONED_SECONDS: Final = 2 * 3600
_WRITE_SECONDS: Final = 2.0
_READ_SECONDS: Final = 1.0
# More threads than these do not wait for the disk, so that some are left to serve pages.
MOST_WRITING: Final = 12
_BESIDE: Final = ("", "-wal", "-shm")


class GoneError(StoreError):
    """The file of answers is no longer the one that was opened."""


class FullError(Exception):
    """The study has as many listeners as it may have."""


class Store:
    """The answers of one study. Methods may be called by any thread. They raise StoreError if the disk fails."""

    def __init__(self, folder: Path, study_id: str) -> None:
        self._path = folder / FILE_NAME
        self._write_lock, self._read_lock = threading.Lock(), threading.Lock()
        self._writing = threading.Semaphore(MOST_WRITING)
        self._files: Mapping[Path, tuple[int, int]] = {}
        _check_kind(self._path)
        with contextlib.ExitStack() as opened, told_errors(self._path):
            self._connection = opened.enter_context(contextlib.closing(self._open(_WRITE_SECONDS)))
            self._prepare(study_id)
            self._reader = opened.enter_context(contextlib.closing(self._open(_READ_SECONDS)))
            self._reader.execute("PRAGMA query_only = ON")
            self._files = _identities(self._path)
            opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._connection.close()

    def admit(self, language: str, playing: str, listening: str) -> str:
        """Add a listener and return the token that only the listener's browser keeps. Raises FullError."""
        token, now = secrets.token_urlsafe(18), time.time()
        with self._changing() as connection:
            gone = now - ABANDONED_SECONDS
            connection.execute(
                "DELETE FROM listeners WHERE seen < ? AND id NOT IN (SELECT listener FROM answers)", (gone,)
            )
            held = connection.execute(
                "SELECT number, seen IS NULL OR seen >= ? FROM listeners", (gone,)
            ).fetchall()
            if len(held) >= MOST_LISTENERS:
                raise FullError
            number = _first_free({number for number, is_held in held if is_held})
            connection.execute(
                "INSERT INTO listeners (token_digest, number, language, playing, listening, seen)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (_digest(token), number, language, playing, listening, now),
            )
        return token

    def listener(self, token: str) -> Listener | None:
        """Return the listener with this token, or None."""
        with self._looking() as connection:
            return read_listener(connection, _digest(token))

    def keep(self, listener: Listener, answer: Answer, *, is_last: bool, code: str) -> None:
        """Store the next answer of a listener, and after the last one forget the time and store the code.

        The first answer to a screen stays: a page that sends it again has only missed the reply.
        """
        with self._changing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
                (listener.id, answer.screen, *answer.ratings, answer.heard_seconds),
            )
            seen = None if is_last else time.time()
            connection.execute("UPDATE listeners SET seen = ? WHERE id = ?", (seen, listener.id))
            if is_last:
                connection.execute("INSERT OR IGNORE INTO codes VALUES (?)", (code,))

    def listeners(self) -> list[Listener]:
        """Return all listeners."""
        with self._looking() as connection:
            return read_listeners(connection)

    def answers(self) -> dict[int, list[Answer]]:
        """Return the answers of each listener's row, in the order of their screens."""
        with self._looking() as connection:
            return read_answers(connection)

    def _open(self, seconds: float) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=seconds, isolation_level=None, check_same_thread=False)

    def _prepare(self, study_id: str) -> None:
        """Create the tables of a new file, or check that this is the file of this study."""
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {setting}")
        with self._changing() as connection:
            if read_version(connection, study_id, self._path) == 0:
                for statement in filter(str.strip, SCHEMA.split(";")):
                    connection.execute(statement)
                connection.execute("INSERT INTO study VALUES (?)", (study_id,))
                connection.execute(f"PRAGMA user_version = {VERSION}")

    @contextlib.contextmanager
    def _looking(self) -> Iterator[sqlite3.Connection]:
        """Give the connection that reads. It sees all that is on the disk."""
        with self._read_lock, told_errors(self._path):
            self._check_place()
            yield self._reader

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """Run a transaction that other processes cannot come between. It is on the disk when the block has ended."""
        with self._turn(), told_errors(self._path):
            self._check_place()
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
            self._check_place()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for the turn to write, for a short time. Raises StoreError if it does not come."""
        if not self._writing.acquire(blocking=False):
            raise StoreError(f"{self._path} is busy: too many answers wait to be stored")
        try:
            if not self._write_lock.acquire(timeout=_WRITE_SECONDS):
                raise StoreError(f"{self._path} is busy: other answers are being stored")
            try:
                yield
            finally:
                self._write_lock.release()
        finally:
            self._writing.release()

    def _check_place(self) -> None:
        """Raise GoneError if the path leads to another file than the open one: SQLite would write where nobody looks."""
        if any(_identity(path) != known for path, known in self._files.items()):
            raise GoneError(
                f"{self._path} was deleted or replaced while the study was served: put it back as it was, or start "
                "edmd study serve again"
            )


def code_of(token: str) -> str:
    """Return the code that a listener gets at the end. Nobody who has only the file can tell whose it is."""
    return _digest(f"code {token}")[:10].upper()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _first_free(held: set[int]) -> int:
    number = 0
    while number in held:
        number += 1
    return number


def _check_kind(path: Path) -> None:
    """Raise StoreError if there is something other than a regular file; SQLite might wait for it."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise StoreError(f"cannot use {path}: it is not a regular file")
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"cannot use {path}: {error.strerror or error}") from None


def _identities(path: Path) -> dict[Path, tuple[int, int]]:
    """Return which files the open database has: its own, its write-ahead log and the log's index."""
    paths = [path.with_name(path.name + end) for end in _BESIDE]
    return {each: found for each in paths if (found := _identity(each))}


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
