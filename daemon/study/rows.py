"""The rows of the file of answers: its tables, and reading them. A row that someone has edited is refused in words."""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from daemon.study.study import LEAST_RATING, MOST_HEARD_SECONDS, MOST_RATING

FILE_NAME: Final = "answers.sqlite"
VERSION: Final = 1
SCHEMA: Final = """
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
_LISTENERS: Final = (
    "SELECT id, number, (SELECT count(*) FROM answers WHERE listener = listeners.id), language, playing, listening,"
    " seen, (SELECT max(screen) FROM answers WHERE listener = listeners.id) FROM listeners"
)
_Rating = Annotated[int, msgspec.Meta(ge=LEAST_RATING, le=MOST_RATING)]
_Count = Annotated[int, msgspec.Meta(ge=0)]


class StoreError(Exception):
    """The file of answers cannot be used; the text says why."""


class Listener(NamedTuple):
    """A listener: row, number in the design, answers given so far, and what was told of language and experience.

    `seen` is when the present screen was shown, in seconds since 1970. It is None after the last screen.
    """

    id: int
    number: _Count
    answered: int
    language: str
    playing: str
    listening: str
    seen: float | None = None


class Answer(NamedTuple):
    """The ratings of one screen, in the order of `SCALES`, and how long its clip was played."""

    screen: _Count
    ratings: tuple[int, ...]
    heard_seconds: float


class _AnswerRow(NamedTuple):
    listener: int
    screen: _Count
    complexity: _Rating
    creativity: _Rating
    emotion: _Rating
    enjoyment: _Rating
    heard_seconds: Annotated[float, msgspec.Meta(ge=0, le=MOST_HEARD_SECONDS)]


@contextlib.contextmanager
def told_errors(path: Path) -> Iterator[None]:
    """Raise what SQLite says of a file, and rows that cannot be used, as StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"cannot use {path}: {error}") from error
    except msgspec.ValidationError as error:
        raise StoreError(f"cannot use {path}: a row was edited: {error}") from error


def read_version(connection: sqlite3.Connection, study_id: str, path: Path) -> int:
    """Return the version of the file, 0 if it is new. Raises StoreError if `path` is not the file of this study."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version not in (0, VERSION):
        raise StoreError(f"{path} has version {version}, and this edmd reads version {VERSION}")
    if version and connection.execute("SELECT id FROM study").fetchall() != [(study_id,)]:
        raise StoreError(f"{path} has the answers of another study")
    return version


def read_listener(connection: sqlite3.Connection, digest: str) -> Listener | None:
    """Return the listener whose token has this digest, or None."""
    row = connection.execute(f"{_LISTENERS} WHERE token_digest = ?", (digest,)).fetchone()
    return row and _listener(row)


def read_listeners(connection: sqlite3.Connection) -> list[Listener]:
    """Return all listeners."""
    return [_listener(row) for row in connection.execute(f"{_LISTENERS} ORDER BY id")]


def read_answers(connection: sqlite3.Connection) -> dict[int, list[Answer]]:
    """Return the answers of each listener's row, in the order of their screens."""
    rows: Iterable[Any] = connection.execute("SELECT * FROM answers ORDER BY listener, screen")
    found: dict[int, list[Answer]] = {}
    for listener, screen, *ratings, heard in (msgspec.convert(row, _AnswerRow) for row in rows):
        found.setdefault(listener, []).append(Answer(screen, tuple(ratings), heard))
    return found


def _listener(row: tuple[Any, ...]) -> Listener:
    *told, last = row
    listener = msgspec.convert(told, Listener)
    # Screens are answered one after the other, so the last one tells how many answers there are.
    if (-1 if last is None else last) != listener.answered - 1:
        raise msgspec.ValidationError(f"of the answers of listener {listener.id} some are missing")
    return listener
