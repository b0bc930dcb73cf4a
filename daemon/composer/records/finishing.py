"""Spools become MIDI files: those of takes that ended here, and those that dead daemons left. Workers do it."""

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from daemon.composer.records.disk import NO_ANSWER, Disk
from daemon.control.messages import ControlError
from daemon.spool import Spool
from daemon.workers.jobs import Finished, finish_recording
from daemon.workers.runner import Worker, Workers

_log: Final = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.005
_END_SECONDS: Final = 1.0
# What a disk refuses is tried again after this time, then after twice as long, and so on.
_AGAIN_SECONDS: Final = 60.0
_LONGEST_SECONDS: Final = 3600.0


@dataclass
class _Ended:
    """A spool to which nothing more is added. `written` is the writing of what waits, `worker` makes the file then."""

    spool: Spool
    was_left: bool
    written: Future[None] | None = None
    worker: Worker[Finished] | None = None


class Finishing:
    """Makes the files one after another. `kept` is the last file written, or None.

    `failure` is a sentence about the last take that could not be written at its path, or "".
    """

    def __init__(self, disk: Disk) -> None:
        self.failure = ""
        self.kept: Path | None = None
        self._disk = disk
        self._workers = Workers()
        self._ended: list[_Ended] = []
        self._left: deque[Path] = deque()
        self._opening: Future[Spool | None] | None = None
        # The spools that could not be finished, and when that is tried again.
        self._again: dict[Path, float] = {}
        self._pause = _AGAIN_SECONDS

    def add(self, ended: Spool, *, was_left: bool = False) -> None:
        """Finish a spool of this process."""
        self._ended.append(_Ended(ended, was_left, self._disk.submit(ended.write)))
        self._disk.settle()
        self.turn()

    def add_left(self, paths: Iterable[Path]) -> None:
        """Finish spools of dead daemons, after those of this process."""
        self._left.extend(paths)

    def forget_left(self) -> None:
        """Leave the spools of dead daemons to the next start."""
        self._left.clear()
        self._again.clear()

    @property
    def paths(self) -> set[Path]:
        """Where files will be."""
        return {Path(each.spool.begun.path) for each in self._ended}

    @property
    def is_busy(self) -> bool:
        """Whether a file is still being written."""
        return bool(self._ended or self._left or self._opening)

    def turn(self) -> None:
        """Start and end workers, and open a spool of a dead daemon."""
        self._workers.turn()
        for each in [*self._ended]:
            if each.worker is None:
                self._start(each)
            elif each.worker.done():
                self._ended.remove(each)
                self._settle(each, each.worker)
        self._open_left()

    def wait(self, seconds: float) -> bool:
        """Wait up to `seconds` until all files are written; return whether they are."""
        end = time.monotonic() + seconds
        while self.is_busy and time.monotonic() < end:
            worker = self._ended[0].worker if self._ended else None
            if worker is None:
                threading.Event().wait(_LOOK_SECONDS)
            else:
                self._workers.wait(worker, end - time.monotonic())
            self.turn()
        return not self.is_busy

    def close(self) -> None:
        """End all workers; the next start finishes their spools."""
        self._workers.close()
        self.turn()
        for each in self._ended:
            self._fail(each.spool.path, f"the recording {each.spool.begun.path} is not written: {NO_ANSWER}")
        self._ended.clear()
        self._disk.drain(_END_SECONDS)

    def _start(self, each: _Ended) -> None:
        """Start the worker of a spool, as soon as the disk's thread has let go of it."""
        if each.written is None:
            each.written = self._disk.submit(each.spool.write)
        if each.written is None or not each.written.done():
            return
        spool = each.spool
        # The worker inherits the open file, and with it the lock. Windows cannot pass files, and cannot remove open ones.
        handed = () if sys.platform == "win32" else (spool.number,)
        if not handed:
            spool.close()
        number = handed[0] if handed else None
        job = finish_recording(spool.path, spool.begun.path, number, bytes(spool.waiting))
        each.worker = self._workers.run(job, handed)

    def _settle(self, each: _Ended, worker: Worker[Finished]) -> None:
        spool = each.spool
        if sys.platform != "win32":
            self._disk.submit(spool.close)
        try:
            finished = worker.result()
        except ControlError as error:
            self._fail(spool.path, error.message, was_left=each.was_left)
            return
        self._pause = _AGAIN_SECONDS
        if each.was_left and finished.failure:
            _log.warning(finished.failure)
            return
        self.kept = Path(finished.path)
        self.failure = finished.failure
        if spool.is_cut:
            self.failure = f"the recording {finished.path} ends early: the disk took no more"
        if self.failure:
            _log.error(self.failure)
        elif finished.path != spool.begun.path:
            _log.warning(
                "another file was created at %s; the recording goes to %s", spool.begun.path, self.kept
            )
        if each.was_left:
            _log.warning("the recording of a set that did not end well is finished: %s", finished.path)

    def _fail(self, spool: Path, message: str, *, was_left: bool = False) -> None:
        failure = (
            f"{message}; it stays in {spool} and is finished when that can be done, or at the next start"
        )
        if was_left:  # no fault of this run
            _log.warning(failure)
        else:
            if failure != self.failure:
                _log.error(failure)
            self.failure = failure
        self._again[spool] = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_SECONDS)

    def _open_left(self) -> None:
        now = time.monotonic()
        for path in [path for path, at in self._again.items() if at <= now]:
            del self._again[path]
            self._left.append(path)
        if self._opening is not None and self._opening.done():
            found, self._opening = self._opening.result(), None
            if found is not None:
                self._ended.append(_Ended(found, was_left=True))
        elif self._opening is None and self._left and not self._ended:
            self._opening = self._disk.submit(partial(opened, self._left[0]))
            if self._opening is not None:
                self._left.popleft()


def opened(path: Path) -> Spool | None:
    """Return a spool that nobody else has, or None; log why it cannot be opened."""
    try:
        return Spool.open(path)
    except OSError as error:
        _log.warning("the recording in %s cannot be finished: %s", path, error.strerror or error)
        return None
