"""A song on its way, and the process that works on it."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

_MOST_SECONDS: Final = 900.0
_ENDING_SECONDS: Final = 10.0  # on its leash a process ends sooner


@dataclass
class Job:
    """A song or an export on its way, or one that failed.

    `state` is waiting, working, failed, or gone when nobody wants it any more; `code` is how its process ended.
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
        """What the page shows."""
        shown = {"id": self.song, "title": self.title, "kind": self.kind, "state": self.state}
        return {**shown, "progress": self.progress, "error": self.error, "made": self.made}

    def begin(self) -> bool:
        """Take it up; False when nobody wants it any more."""
        with self._lock:
            if self.state == "waiting":
                self.state = "working"
            return self.state == "working"

    def fail(self, error: str) -> None:
        """Say that it was not done, and why."""
        with self._lock:
            if self.state != "gone":
                self.state, self.error = "failed", error

    def drop(self) -> None:
        """Nobody wants it any more: end what works on it."""
        with self._lock:
            self.state = "gone"
        self._end()

    def lines(self, command: Sequence[str], words: str = "", *, with_errors: bool = False) -> Iterator[str]:
        """Run a worker that is on its leash, give it `words`, and yield what it says, line by line.

        It ends with this process, when the job is dropped, and in time: TimeoutError. OSError when it cannot be run.
        """
        with self._lock:
            if self.state == "gone":
                return
            self._process = _started(command, with_errors)
        clock = threading.Timer(_MOST_SECONDS, self._be_late)
        clock.daemon = True
        clock.start()
        with self._process as process:
            try:
                yield from _conversation(process, words)
            finally:
                clock.cancel()
                _let_go(process)
        self.code = process.returncode
        if self._is_late:
            raise TimeoutError(f"it was not done in {_MOST_SECONDS / 60:g} minutes")

    def _be_late(self) -> None:
        self._is_late = True
        self._end()

    def _end(self) -> None:
        process = self._process
        if process is not None:
            _let_go(process)
            insist = threading.Timer(_ENDING_SECONDS, process.kill)
            insist.daemon = True
            insist.start()


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
    with contextlib.suppress(OSError, ValueError):  # it ended, or was let go, before it read: its code tells
        process.stdin.write(f"{words}\n")
        process.stdin.flush()
    yield from process.stdout


def _let_go(process: "subprocess.Popen[str]") -> None:
    """End its standard input, and so the process, if it has not ended before."""
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
