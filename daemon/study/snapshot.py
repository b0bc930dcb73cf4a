"""Reading the answers without a trace: what lies beside a study is neither changed nor locked, be it served or not."""

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import Final

from daemon.study.rows import (
    FILE_NAME,
    Answer,
    Listener,
    StoreError,
    read_answers,
    read_listeners,
    read_version,
    told_errors,
)
from daemon.study.study import Study
from models.reading.files import read_plain
from models.reading.limits import RefusedError

_MOST_BYTES: Final = 2**29
_TRIES: Final = 20
_WAL_HEADER_BYTES: Final = 32


def read_stored(study: Study, folder: Path) -> tuple[list[Listener], dict[int, list[Answer]]]:
    """Return the listeners and the answers of each listener's row. Raises StoreError.

    SQLite itself writes beside a file that it reads, so a copy is read.
    """
    path = folder / FILE_NAME
    if not os.path.lexists(path):
        raise StoreError(f"{folder} has no answers yet; edmd study serve collects them")
    try:
        with tempfile.TemporaryDirectory() as place:
            return _read(_copied(path, Path(place)), study, path)
    except OSError as error:
        raise StoreError(f"cannot copy {path}: {error.strerror or error}") from error


def _read(copy: Path, study: Study, path: Path) -> tuple[list[Listener], dict[int, list[Answer]]]:
    with told_errors(path), contextlib.closing(sqlite3.connect(copy)) as connection:
        if not read_version(connection, study.id, path):
            raise StoreError(f"{path} has no answers yet")
        listeners, answers = read_listeners(connection), read_answers(connection)
    if strangers := answers.keys() - {each.id for each in listeners}:
        raise StoreError(
            f"cannot use {path}: a row was edited: listener {min(strangers)} has answers and no row"
        )
    if any(each.answered > study.clips + 1 for each in listeners):
        raise StoreError(f"cannot use {path}: a listener has more answers than the study has screens")
    return listeners, answers


def _copied(path: Path, folder: Path) -> Path:
    """Copy a database and its write-ahead log (WAL) as they are at one moment, and return the copy's path.

    While a log is not begun anew, it has every page that may be half written in the database, so it is copied after it.
    """
    log, copy = path.with_name(f"{path.name}-wal"), folder / path.name
    for _ in range(_TRIES):
        before = _changed(path), _log(log)[:_WAL_HEADER_BYTES]
        content, logged = _bytes(path), _log(log)
        if (_changed(path), logged[:_WAL_HEADER_BYTES]) == before:
            copy.write_bytes(content)
            folder.joinpath(log.name).write_bytes(logged)
            return copy
    raise StoreError(f"{path} changes all the time; try again")


def _changed(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _log(path: Path) -> bytes:
    return _bytes(path) if os.path.lexists(path) else b""


def _bytes(path: Path) -> bytes:
    try:
        return read_plain(path, _MOST_BYTES)
    except RefusedError as error:
        raise StoreError(f"{path} {error}") from None
