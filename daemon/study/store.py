"""The answers of a study in SQLite. An answer is on the disk before its listener is told so."""

import contextlib
import hashlib
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Self

FILE_NAME: Final = "answers.sqlite"
MOST_LISTENERS: Final = 2000
VERSION: Final = 1
# After this time without an answer, a listener has probably gone, and another one gets the same order of clips.
ABANDONED_SECONDS: Final = 2 * 3600
_BUSY_SECONDS: Final = 10.0
_SCHEMA: Final = """
CREATE TABLE study (id TEXT NOT NULL);
CREATE TABLE listeners (
    id INTEGER PRIMARY KEY,
    token_digest TEXT NOT NULL UNIQUE,
    number INTEGER NOT NULL,
    language TEXT NOT NULL,
    playing TEXT NOT NULL,
    listening TEXT NOT NULL,
    seen INTEGER
);
CREATE TABLE answers (
    listener INTEGER NOT NULL REFERENCES listeners ON DELETE CASCADE,
    screen INTEGER NOT NULL,
    complexity INTEGER NOT NULL CHECK (complexity BETWEEN 1 AND 7),
    creativity INTEGER NOT NULL CHECK (creativity BETWEEN 1 AND 7),
    emotion INTEGER NOT NULL CHECK (emotion BETWEEN 1 AND 7),
    enjoyment INTEGER NOT NULL CHECK (enjoyment BETWEEN 1 AND 7),
    heard_seconds REAL NOT NULL,
    PRIMARY KEY (listener, screen)
) WITHOUT ROWID;
CREATE TABLE codes (code TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class StoreError(Exception):
    """The file of answers cannot be used; the text says why."""


class FullError(Exception):
    """The study has as many listeners as it may have."""


class Listener(NamedTuple):
    """A listener: row, number in the design, answers given so far, and what was told of language and experience."""

    id: int
    number: int
    answered: int
    language: str
    playing: str
    listening: str


class Answer(NamedTuple):
    """The ratings of one screen, in the order of `SCALES`, and how long its clip was played."""

    screen: int
    ratings: tuple[int, ...]
    heard_seconds: float


class Store:
    """The answers of one study. Methods may be called by any thread. They raise StoreError if the disk fails."""

    def __init__(self, folder: Path, study_id: str) -> None:
        self._path, self._lock = folder / FILE_NAME, threading.Lock()
        with self._errors():
            self._connection = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare(study_id)
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def admit(self, language: str, playing: str, listening: str) -> str:
        """Add a listener and return the token that only the listener's browser keeps. Raises FullError."""
        token, now = secrets.token_urlsafe(18), int(time.time())
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
        with self._lock, self._errors():
            row = self._connection.execute(
                f"{_LISTENERS} WHERE token_digest = ?", (_digest(token),)
            ).fetchone()
        return row and Listener(*row)

    def keep(self, listener: Listener, answer: Answer, *, is_last: bool, code: str) -> None:
        """Store the next answer of a listener, and after the last one forget the time and store the code.

        The first answer to a screen stays: a page that sends it again has only missed the reply.
        """
        with self._changing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
                (listener.id, answer.screen, *answer.ratings, answer.heard_seconds),
            )
            seen = None if is_last else int(time.time())
            connection.execute("UPDATE listeners SET seen = ? WHERE id = ?", (seen, listener.id))
            if is_last:
                connection.execute("INSERT OR IGNORE INTO codes VALUES (?)", (code,))

    def listeners(self) -> list[Listener]:
        """Return all listeners."""
        with self._lock, self._errors():
            return [Listener(*row) for row in self._connection.execute(f"{_LISTENERS} ORDER BY id")]

    def answers(self) -> dict[int, list[Answer]]:
        """Return the answers of each listener's row, in the order of their screens."""
        found: dict[int, list[Answer]] = {}
        with self._lock, self._errors():
            rows = self._connection.execute("SELECT * FROM answers ORDER BY listener, screen").fetchall()
        for listener, screen, *ratings, heard in rows:
            found.setdefault(listener, []).append(Answer(screen, tuple(ratings), heard))
        return found

    def _prepare(self, study_id: str) -> None:
        """Create the tables of a new file, or check that this is the file of this study."""
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {setting}")
        with self._changing() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    connection.execute(statement)
                connection.execute("INSERT INTO study VALUES (?)", (study_id,))
                connection.execute(f"PRAGMA user_version = {VERSION}")
            elif version != VERSION:
                raise StoreError(f"{self._path} has version {version}, and this edmd reads version {VERSION}")
            elif connection.execute("SELECT id FROM study").fetchone() != (study_id,):
                raise StoreError(f"{self._path} has the answers of another study")

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """Run a transaction that other processes cannot come between. It is on the disk when the block has ended."""
        with self._lock, self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"cannot use {self._path}: {error}") from error


_LISTENERS: Final = (
    "SELECT id, number, (SELECT count(*) FROM answers WHERE listener = listeners.id), language, playing, listening"
    " FROM listeners"
)


def code_of(token: str) -> str:
    """Return the code that a listener gets at the end. Nobody who has only the file can tell whose it is."""
    return _digest(f"code {token}")[:10].upper()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _first_free(held: Sequence[int] | set[int]) -> int:
    number = 0
    while number in held:
        number += 1
    return number
