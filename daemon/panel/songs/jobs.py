"""A song or export in the making, and the process that works on it."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

_MOST_SECONDS: Final = 900.0
_ENDING_SECONDS: Final = 10.0  # normally a process ends sooner, because it watches its standard input


@dataclass
class Job:
    """A song or an export that is in the making or has failed.

    `state` is "waiting", "working", "failed", or "gone" after `drop`. `code` is the exit code of its process.
    """

    song: str
    title: str
    kind: str
    task: Mapping[str, Any]
    state: str = "waiting"
    progress: float = 0.0
    error: str = ""
    code: int | None = None
    made: float = field(default_factory=time.time)
    _process: "subprocess.Popen[str] | None" = None
    _is_late: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def told(self) -> dict[str, Any]:
        """Return what the page shows."""
        shown = {"id": self.song, "title": self.title, "kind": self.kind, "state": self.state}
        return {**shown, "progress": self.progress, "error": self.error, "made": self.made}

    def begin(self) -> bool:
        """Begin to work on the job. Return False if it was dropped."""
        with self._lock:
            if self.state == "waiting":
                self.state = "working"
            return self.state == "working"

    def fail(self, error: str) -> None:
        """Note that the job failed, and why."""
        with self._lock:
            if self.state != "gone":
                self.state, self.error = "failed", error

    def drop(self) -> None:
        """Give the job up, and end its process."""
        with self._lock:
            self.state = "gone"
        self._end()

    def lines(self, command: Sequence[str], words: str = "", *, with_errors: bool = False) -> Iterator[str]:
        """Run a worker that uses `parent_watch`, write `words` to its input, and yield the lines of its output.

        The worker ends with this process, when the job is dropped, or after the time limit. Raises TimeoutError at
        the time limit, and OSError if the worker cannot be started.
        """
        with self._lock:
            if self.state == "gone":
                return
            self._process = _started(command, with_errors)
        timer = threading.Timer(_MOST_SECONDS, self._time_out)
        timer.daemon = True
        timer.start()
        with self._process as process:
            try:
                yield from _conversation(process, words)
            finally:
                timer.cancel()
                _close_input(process)
        self.code = process.returncode
        if self._is_late:
            raise TimeoutError(f"it was not finished within {_MOST_SECONDS / 60:g} minutes")

    def _time_out(self) -> None:
        self._is_late = True
        self._end()

    def _end(self) -> None:
        process = self._process
        if process is not None:
            _close_input(process)
            timer = threading.Timer(_ENDING_SECONDS, process.kill)
            timer.daemon = True
            timer.start()


def _started(command: Sequence[str], with_errors: bool) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own interpreter and modules
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if with_errors else None,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def _conversation(process: "subprocess.Popen[str]", words: str) -> Iterator[str]:
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
    with contextlib.suppress(OSError, ValueError):  # it ended before it read; its exit code says why
        process.stdin.write(f"{words}\n")
        process.stdin.flush()
    yield from process.stdout


def _close_input(process: "subprocess.Popen[str]") -> None:
    """Close the process's standard input, which ends the process."""
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
