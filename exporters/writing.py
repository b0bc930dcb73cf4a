"""Files written whole or not at all."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


class ExportError(Exception):
    """The music cannot be exported so; the text says why."""


class WriteError(ExportError):
    """The file cannot be written; the text names it and says why."""


def check_writable(path: Path) -> None:
    """Raise WriteError before any work begins if `path` could not be written in the end."""
    folder = path.parent
    if not folder.is_dir():
        raise WriteError(f"cannot write {path}: there is no folder {folder}")
    if path.is_dir():
        raise WriteError(f"cannot write {path}: it is a folder")
    if path.exists() and not path.is_file():
        raise WriteError(f"cannot write {path}: it is no plain file")
    if path.exists() and not os.access(path, os.W_OK):
        raise WriteError(f"cannot write {path}: permission denied")
    try:  # nothing but trying tells what a disk allows
        _partial(path).touch()
        _partial(path).unlink()
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to, which takes its place in the end; WriteError when the disk refuses."""
    partial = _partial(path)
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _partial(path: Path) -> Path:
    """A name of this process alone: whoever else writes or tries the same path is not disturbed."""
    return path.with_name(f"{path.name}.{os.getpid()}.partial")
