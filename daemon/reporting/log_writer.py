"""Write log lines in a separate thread, to standard error or to a rotated file.

Each process writes its own lines. A line is one `write` to a file that is open for appending, so lines of several
processes never mix, and the lines of a killed process are kept. No process depends on another one: if one process wrote
the file for all, the lines of all would be lost when it died or did not read its pipe. A thread writes, because a pipe
that nobody reads, a stopped terminal or a slow disk blocks the writer, and must not block the music.
"""

import contextlib
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Final, Protocol

_MOST_WAITING: Final = 1000
# How long the end of a process waits for lines that are not written yet.
_CLOSE_SECONDS: Final = 0.5
_LOST: Final = "%d log records are lost: they could not be written in time"
_UNREADABLE: Final = "a log record cannot be formatted: %r"


class Sink(Protocol):
    """Where lines go."""

    def write(self, line: bytes, /) -> None:
        """Write a line, however long that takes. OSError when it cannot be written."""

    def close(self) -> None:
        """Close what is open."""


class LineHandler(logging.Handler):
    """A logging handler that never waits: a thread passes the lines to `sink`, which may wait.

    If too many lines wait, further ones are dropped, and a later line gives their number. The thread starts with the
    first record. It does not run in a forked child, which must make its own handler.
    """

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self.process = os.getpid()
        self._sink = sink
        self._is_closed = False
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        # These counters only grow. `emit` changes the first and the thread changes the others, so none needs a lock.
        self._dropped = self._unwritten = self._told = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the record's line to the thread."""
        try:
            line = self._line(record)
        except Exception:  # noqa: BLE001 - the arguments do not fit the message, or the __str__ of one raises any error
            line = self._line(_record(logging.ERROR, _UNREADABLE, record.msg))
        if self._lines.qsize() >= _MOST_WAITING:
            self._dropped += 1
            return
        self._lines.put(line)
        if self._thread is None:
            self._start()

    def close(self) -> None:
        """Wait at most `_CLOSE_SECONDS` until the waiting lines are written. May be called again."""
        if self._is_closed:
            return
        self._is_closed = True
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._lines.put(None)
            thread.join(_CLOSE_SECONDS)
        if thread is None or not thread.is_alive():
            self._sink.close()
        super().close()

    def _start(self) -> None:
        thread = threading.Thread(target=self._run_beside, name="edmd log", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter is ending, so it starts no more threads
            self._lines.put(None)
            self._run()
        else:
            self._thread = thread

    def _run_beside(self) -> None:
        if hasattr(signal, "pthread_sigmask"):  # signals must interrupt the main thread, not this one
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self._run()

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._sink.write(line)
                if self._lines.empty():
                    self._tell_what_is_lost()
            except OSError:  # a full disk, a terminal or a reader that has gone
                self._unwritten += 1

    def _tell_what_is_lost(self) -> None:
        lost = self._dropped + self._unwritten - self._told
        if lost:
            self._sink.write(self._line(_record(logging.WARNING, _LOST, lost)))
            self._told += lost

    def _line(self, record: logging.LogRecord) -> bytes:
        return self.format(record).encode("utf-8", "backslashreplace")


class StandardError:
    """Writes to the present standard error, even after file descriptor 2 is redirected."""

    def __init__(self) -> None:
        self._number = os.dup(2)

    def write(self, line: bytes) -> None:
        """Write the whole line."""
        while line:
            line = line[os.write(self._number, line) :]

    def close(self) -> None:
        """Close the file descriptor."""
        os.close(self._number)


class RotatedFile:
    """A file that several processes append to. If it is full, it is renamed FILE.1, FILE.1 is renamed FILE.2, up to `kept`.

    Raises OSError if it cannot be opened.
    """

    def __init__(self, path: Path, largest_bytes: int, kept: int) -> None:
        self._path, self._largest_bytes, self._kept = path, largest_bytes, kept
        self._number = self._open()

    def write(self, line: bytes) -> None:
        """Append a line. Raises OSError if it cannot be written."""
        if not self._is_current():
            os.close(self._number)
            self._number = self._open()
        written = os.write(self._number, line)
        if written < len(line):
            raise OSError(f"only a part of a line was written to {self._path}")
        if os.fstat(self._number).st_size >= self._largest_bytes:
            self._rotate()

    def close(self) -> None:
        """Close the file."""
        os.close(self._number)

    def _open(self) -> int:
        with contextlib.suppress(FileExistsError):
            self._path.parent.mkdir(parents=True)
        if self._path.exists() and not self._path.is_file():
            raise OSError("it is not a regular file")
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        # O_NONBLOCK: do not wait if the path has just become a named pipe.
        return os.open(self._path, flags | getattr(os, "O_NONBLOCK", 0), 0o640)

    def _is_current(self) -> bool:
        """Whether the path still leads to the open file; another process may have rotated it."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._number))
        except FileNotFoundError:
            return False

    def _rotate(self) -> None:
        """Rename the file and the older ones, unless another process is doing so.

        The open file is locked without waiting, so a process that is stopped or killed while it rotates blocks no other
        process. A line that another process writes meanwhile goes to FILE.1.
        """
        # Windows cannot rename a file that another process has open, so the file grows until only one process has it open.
        with contextlib.suppress(OSError):
            if sys.platform != "win32":
                import fcntl  # noqa: PLC0415 - Windows has none

                fcntl.flock(self._number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self._is_current():
                names = [self._path, *(Path(f"{self._path}.{age}") for age in range(1, self._kept + 1))]
                free = next((age for age, name in enumerate(names) if not name.exists()), self._kept)
                for age in range(free, 0, -1):
                    names[age - 1].replace(names[age])


def _record(level: int, message: str, argument: object) -> logging.LogRecord:
    return logging.LogRecord(__name__, level, __file__, 0, message, (argument,), None)
