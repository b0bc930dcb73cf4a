"""Work with the files of one place, in threads of its own: a disk that is slow, full or hangs holds nobody up."""

import contextlib
import errno
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final, TypeVar

_log: Final = logging.getLogger(__name__)
T = TypeVar("T")

NO_ANSWER: Final = "the disk does not answer"
# So long does a composer wait for a write that others rely on, such as that of an accepted operation.
_SETTLE_SECONDS: Final = 0.002
# After a wait that was too long there is none for this time.
_LATE_SECONDS: Final = 1.0
_STUCK_SECONDS: Final = 3.0
_DRAIN_SECONDS: Final = 0.002
_MOST_WAITING: Final = 256
# The same fault is not told more often.
_TOLD_SECONDS: Final = 60.0
_IN_MEMORY: Final = ("tmpfs", "ramfs", "zram")
_MOUNTS: Final = Path("/proc/self/mountinfo")


class Lane:
    """A thread that does one thing after another. It begins with the first."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._begun = self._ended = 0
        self._busy_since: float | None = None
        self._is_running = False
        self._late_until = 0.0

    def submit(self, work: Callable[[], T]) -> Future[T] | None:
        """Let the thread do `work`; return None, and do nothing, if too much waits."""
        if self._begun - self._ended >= _MOST_WAITING:
            return None
        future: Future[T] = Future()
        self._begun += 1
        self._work.put(lambda: self._do(work, future))
        if not self._is_running:
            self._is_running = True
            # An end of the process does not wait for it.
            threading.Thread(target=self._run, name=self._name, daemon=True).start()
        return future

    def settle(self) -> bool:
        """Wait a moment until everything is done that was submitted; return whether it is."""
        if self.is_idle:
            return True
        now = time.monotonic()
        if now < self._late_until:
            return False
        done = threading.Event()
        self._begun += 1
        self._work.put(lambda: self._pass(done))
        if done.wait(_SETTLE_SECONDS):
            return True
        self._late_until = now + _LATE_SECONDS
        return False

    @property
    def is_idle(self) -> bool:
        """Whether everything is done that was submitted."""
        return self._begun == self._ended

    @property
    def stuck(self) -> bool:
        """Whether one thing lasts so long that the disk seems to hang."""
        since = self._busy_since
        return since is not None and time.monotonic() - since > _STUCK_SECONDS

    def _run(self) -> None:
        while True:
            work = self._work.get()
            self._busy_since = time.monotonic()
            work()
            self._busy_since = None
            self._ended += 1

    @staticmethod
    def _pass(done: threading.Event) -> None:
        done.set()

    @staticmethod
    def _do(work: Callable[[], T], future: Future[T]) -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - the error belongs to who asked for it
            future.set_exception(error)
        else:
            future.set_result(result)


class Disk:
    """Two threads: one writes, one waits until what was written is on the disk."""

    def __init__(self, name: str) -> None:
        self._writing, self._syncing = Lane(f"{name} writes"), Lane(f"{name} syncs")
        self._in_memory: dict[int, bool] = {}
        self.submit, self.settle = self._writing.submit, self._writing.settle

    def do(self, work: Callable[[], T], seconds: float, undo: Callable[[T], object] | None = None) -> T:
        """Return the result of `work`, or raise its error; raise OSError if it is not there in time.

        `undo` gets a result that comes too late.
        """
        future = self._writing.submit(work)
        if future is None:
            raise OSError(errno.ETIMEDOUT, NO_ANSWER)
        with contextlib.suppress(TimeoutError):
            return future.result(seconds)
        if future.done():  # it was the work itself that timed out
            return future.result()
        if undo is not None:
            future.add_done_callback(lambda late: None if late.exception() else undo(late.result()))
        raise OSError(errno.ETIMEDOUT, NO_ANSWER)

    def sync(self, *numbers: int, then: Callable[[OSError | None], object]) -> None:
        """Bring open files to the disk; `then` gets what prevented it. The files may be closed meanwhile."""
        copies = [os.dup(number) for number in numbers]
        if self._syncing.submit(lambda: then(_synced(copies))) is None:
            for each in copies:
                os.close(each)

    def drain(self, seconds: float) -> bool:
        """Wait up to `seconds` until everything is done that was asked for; return whether it is."""
        end = time.monotonic() + seconds
        while not (self._writing.is_idle and self._syncing.is_idle) and time.monotonic() < end:
            threading.Event().wait(_DRAIN_SECONDS)
        return self._writing.is_idle and self._syncing.is_idle

    @property
    def stuck(self) -> bool:
        """Whether the disk seems to hang."""
        return self._writing.stuck or self._syncing.stuck

    def is_in_memory(self, number: int) -> bool:
        """Return whether an open file is kept in memory, where writing wears nothing out."""
        device = os.fstat(number).st_dev
        if device not in self._in_memory:
            self._in_memory[device] = _kind_of(device) in _IN_MEMORY
        return self._in_memory[device]


class Fault:
    """What prevents work with files, as a sentence; "" if nothing does. It is logged when it begins and ends."""

    def __init__(self, over: str) -> None:
        self.text = ""
        self._over = over
        self._told_at = -_TOLD_SECONDS
        self._is_told = False

    def begins(self, text: str) -> None:
        """Note what prevents the work now."""
        if not self.text and (now := time.monotonic()) - self._told_at >= _TOLD_SECONDS:
            self._told_at, self._is_told = now, True
            _log.warning("%s", text)
        self.text = text

    def ends(self) -> None:
        """Note that the work is done again."""
        if self.text and self._is_told:
            self._is_told = False
            _log.warning("%s", self._over)
        self.text = ""


def _synced(numbers: list[int]) -> OSError | None:
    """Bring files to the disk and close them; return what prevented it."""
    failure = None
    for each in numbers:
        try:
            os.fsync(each)
        except OSError as error:
            # Some systems bring no folders to the disk, and a pipe has none.
            failure = failure if error.errno in {errno.EINVAL, errno.EBADF} else error
        os.close(each)
    return failure


def _kind_of(device: int) -> str:
    """Return the kind of file system of a device, "" where that cannot be known."""
    wanted = f"{os.major(device)}:{os.minor(device)}" if hasattr(os, "major") else ""
    with contextlib.suppress(OSError, ValueError):
        for line in _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines():
            before, _, after = line.partition(" - ")
            if before.split()[2] == wanted:
                return after.split()[0]
    return ""
