"""Write files completely or not at all."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


class ExportError(Exception):
    """The music cannot be exported in this form; the text says why."""


class WriteError(ExportError):
    """The file cannot be written; the text names it and says why."""


class TakenError(WriteError):
    """A file with this name exists already."""


def check_writable(path: Path) -> None:
    """Raise WriteError, before any work begins, if `path` cannot be written."""
    try:
        obstacle = _obstacle(path)
        if not obstacle:  # only a trial shows what the disk allows
            trial = _partial(path)
            trial.touch()
            trial.unlink()
    except OSError as error:
        obstacle = error.strerror or str(error)
    if obstacle:
        raise WriteError(f"cannot write {path}: {obstacle}")


def _obstacle(path: Path) -> str:
    """Return the reason why `path` cannot be written, or "" if there is none."""
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if path.is_dir():
        return "it is a folder"
    if path.exists() and not path.is_file():
        return "it is not a regular file"
    if path.exists() and not os.access(path, os.W_OK):
        return "permission denied"
    return ""


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to, and rename it to `path` at the end. Raises WriteError if that fails."""
    try:
        with replacing(path) as partial:
            yield partial
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Do the same as `writing`, but raise the system's OSError if it fails."""
    partial = _partial(path)
    try:
        yield partial
        partial.replace(path)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def place_bytes(path: Path, content: bytes, *, is_durable: bool = False) -> None:
    """Write `content` to the new file `path`, completely or not at all; if `is_durable`, it is on the disk on return.

    Raises TakenError if the file exists, and WriteError if it cannot be written.
    """
    partial = _partial(path)
    try:
        _write(partial, content, is_durable=is_durable)
        _place(partial, path)
        if is_durable:
            _sync_folder(path.parent)
    except FileExistsError as error:
        raise TakenError(f"cannot write {path}: the file already exists") from error
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _place(partial: Path, path: Path) -> None:
    """Rename a file to `path`. Raises FileExistsError if `path` exists."""
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        raise
    except (
        OSError,
        NotImplementedError,
    ):  # no hard links: another process could create `path` after the check
        if path.exists():
            raise FileExistsError from None
        partial.replace(path)


def replace_bytes(path: Path, content: bytes, *, is_durable: bool = False, mode: int = 0o666) -> None:
    """Write `content` to `path`, completely or not at all. Raises OSError if that fails.

    If `is_durable`, it is on the disk on return, and a loss of power leaves the old file or the new one. `mode` is the
    rights of the file, less what the process keeps from others.
    """
    with replacing(path) as partial:
        _write(partial, content, is_durable=is_durable, mode=mode)
    if is_durable:
        _sync_folder(path.parent)


def _write(path: Path, content: bytes, *, is_durable: bool, mode: int = 0o666) -> None:
    """Write a new file with these rights, less what the process keeps from others."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, mode), "wb") as file:
        file.write(content)
        if is_durable:
            file.flush()
            os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk; Windows and some network file systems cannot."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _partial(path: Path) -> Path:
    """Return a name that no other process uses. It is short, so that it fits wherever `path` does."""
    return path.with_name(f".{secrets.token_hex(8)}.partial")
