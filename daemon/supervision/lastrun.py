"""The last run of `edmd play` with a configuration: its name, its model, and whether it ended in order."""

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from exporters.writing import replace_bytes

FILE_NAME: Final = "run.json"
LOCK_NAME: Final = "run.lock"
GOES_ON_SECONDS: Final = 600.0
_LARGEST_BYTES: Final = 4096
# The roles of a supervisor that was killed end within a second, and hold its lock until then.
_LOCK_SECONDS: Final = 2.5


class Run(NamedTuple):
    """A run: the name of the daemon, the words of its models, whether it ended in order, and how long ago it last wrote."""

    daemon: str
    models: tuple[str, ...]
    is_over: bool
    ago_seconds: float


class LastRun:
    """Remembers the run in a state folder, unless another daemon does so there, or the folder cannot be written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: int | None = None
        self._text: dict[str, object] = {}

    def lock(self) -> bool:
        """Lock the folder until this process ends. Return False if another daemon has it, or if it cannot be used."""
        end, pause = time.monotonic() + _LOCK_SECONDS, threading.Event()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(
                self._folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o600
            )
        except OSError:
            return False
        while not _locked(self._lock):
            if time.monotonic() > end:
                os.close(self._lock)
                self._lock = None
                return False
            pause.wait(0.05)
        return True

    def read(self) -> Run | None:
        """Return the last run, or None if there is none that can be read."""
        try:
            path = self._folder / FILE_NAME
            if not path.is_file() or path.stat().st_size > _LARGEST_BYTES:
                return None
            told = json.loads(path.read_bytes())
            newest = max(each.stat().st_mtime for each in self._folder.iterdir() if each.name != LOCK_NAME)
            models = tuple(map(str, told["models"]))
            return Run(str(told["daemon"]), models, bool(told["is_over"]), max(time.time() - newest, 0.0))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def begin(self, daemon: str, models: Sequence[str]) -> None:
        """Write that a run has begun."""
        self._text = {"daemon": daemon, "models": list(models), "is_over": False}
        self._write()

    def end(self) -> None:
        """Write that the run has ended in order."""
        self._text["is_over"] = True
        self._write()

    def _write(self) -> None:
        if self._lock is not None:
            with contextlib.suppress(OSError):  # a disk that is full: then the next run begins anew
                replace_bytes(self._folder / FILE_NAME, json.dumps(self._text).encode(), is_durable=True)


def _locked(number: int) -> bool:
    if sys.platform == "win32":
        return True
    import fcntl  # noqa: PLC0415 - Windows has none

    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def goes_on(run: Run | None, models: Sequence[str], *, is_wanted: bool) -> bool:
    """Whether a set goes on where the last run was: if that did not end in order within ten minutes, or if it is wanted.

    Another model begins anew.
    """
    if run is None or run.models != tuple(models):
        return False
    return is_wanted or (not run.is_over and run.ago_seconds <= GOES_ON_SECONDS)
