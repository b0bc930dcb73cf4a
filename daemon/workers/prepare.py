"""The job `prepare`: find the path of a recording, and check that it can be written."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from daemon.control.messages import Code, ControlError
from daemon.workers.jobs import Prepared, PrepareRecording
from exporters.writing import WriteError, check_writable

SUFFIXES: Final = (".mid", ".midi")


class RecordError(ControlError):
    """A recording cannot be started or stopped; the text says why."""

    def __init__(self, message: str, code: Code = "unavailable", param: str | None = None) -> None:
        super().__init__(code, message, param)


def work(task: PrepareRecording) -> Prepared:
    """Return the path of a recording of this name. Raises RecordError if it cannot be written."""
    path = path_for(task.name, Path(task.folder))
    check(unused(path))
    return Prepared(str(path))


def path_for(name: str | None, folder: Path) -> Path:
    """Return the path for a recording of that name, inside `folder`.

    Without a name, the name is the present time. Raises RecordError if the name leads out of the folder.
    """
    if name is None:
        return folder / time.strftime("edmd-%Y%m%d-%H%M%S.mid")
    wanted = Path(name)
    is_named = wanted.name not in {"", ".."}
    if is_named and wanted.suffix.lower() not in SUFFIXES:
        wanted = wanted.with_name(f"{wanted.name}.mid")
    root = folder.resolve()
    try:
        target = (root / wanted).resolve()
    except (OSError, RuntimeError):  # links that form a loop
        target = Path()
    if not is_named or wanted.is_absolute() or not target.is_relative_to(root):
        told = f"a recording's path must lie inside the recordings folder, {folder}; got {name}"
        raise RecordError(told, "bad_request", "path")
    return target


def check(path: Path) -> None:
    """Raise RecordError if the file cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        check_writable(path)
    except OSError as error:
        raise RecordError(f"cannot record to {path}: {error.strerror or error}") from error
    except WriteError as error:
        raise RecordError(str(error)) from error


def unused(wanted: Path, reserved: Callable[[Path], bool] = lambda _: False) -> Path:
    """Return `wanted`, or a numbered path if a file is there or the path is `reserved`."""

    def numbered(number: int) -> Path:
        return wanted.with_stem(f"{wanted.stem}-{number}")

    def is_taken(path: Path) -> bool:
        return reserved(path) or _exists(path)

    if not is_taken(wanted):
        return wanted
    return numbered(first_after(lambda number: is_taken(numbered(number))))


def first_after(is_taken: Callable[[int], bool]) -> int:
    """Return a free number from 2 on. The number before it is taken, or is 1. Bisection needs few steps."""
    low, high = 1, 2
    while is_taken(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_taken(middle) else (low, middle)
    return high


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # the name is too long; `check` reports it
        return False
