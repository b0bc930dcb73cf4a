"""Files written whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


class ExportError(Exception):
    """The music cannot be exported so; the text says why."""


class WriteError(ExportError):
    """The file cannot be written; the text names it and says why."""


class TakenError(WriteError):
    """Another file has come to lie there."""


def check_writable(path: Path) -> None:
    """Raise WriteError before any work begins if `path` could not be written in the end."""
    try:
        hindrance = _hindrance(path)
        if not hindrance:  # nothing but trying tells what a disk allows
            trial = _partial(path)
            trial.touch()
            trial.unlink()
    except OSError as error:
        hindrance = error.strerror or str(error)
    if hindrance:
        raise WriteError(f"cannot write {path}: {hindrance}")


def _hindrance(path: Path) -> str:
    """What stands in the way of a file at `path`, "" if nothing does."""
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if path.is_dir():
        return "it is a folder"
    if path.exists() and not path.is_file():
        return "it is no plain file"
    if path.exists() and not os.access(path, os.W_OK):
        return "permission denied"
    return ""


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to, which takes its place in the end; WriteError when the disk refuses."""
    try:
        with replacing(path) as partial:
            yield partial
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """The same, with the system's own OSError when the disk refuses."""
    partial = _partial(path)
    try:
        yield partial
        partial.replace(path)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def place_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path`, whole or not at all; TakenError where a file lies, WriteError when the disk refuses."""
    partial = _partial(path)
    try:
        partial.write_bytes(content)
        _place(partial, path)
    except FileExistsError as error:
        raise TakenError(f"cannot write {path}: there is a file already") from error
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _place(partial: Path, path: Path) -> None:
    """Give a file its name; FileExistsError where there is one."""
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # a disk without links: others have a moment between the two
        if path.exists():
            raise FileExistsError from None
        partial.replace(path)


def replace_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path`, whole or not at all; OSError when the disk refuses."""
    with replacing(path) as partial:
        partial.write_bytes(content)


def _partial(path: Path) -> Path:
    """A name that no other writer uses, in this process or another one; short, so that it fits where `path` does."""
    return path.with_name(f".{secrets.token_hex(8)}.partial")
