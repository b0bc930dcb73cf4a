"""Run jobs in worker processes, for a loop that watches file descriptors. No threads. Only `wait` and `result_of` block."""

import contextlib
import logging
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec

from daemon.control.messages import ControlError
from daemon.interpreter import module_words
from daemon.workers.jobs import LENGTH_BYTES, Broken, Done, Job, Refused, outcome_type

_log: Final = logging.getLogger(__name__)
MOST_WAITING: Final = 8
"""The largest number of unfinished jobs of one name. Further requests are refused."""

_READ_BYTES: Final = 64 * 1024
_REAP_SECONDS: Final = 0.05
_LAST_REAP_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.05
# Windows can neither watch a pipe nor read one without waiting, so there the result goes through a file.
_WATCHES_PIPES: Final = sys.platform != "win32"
# One thread is enough, and a process with several threads cannot leave the network.
_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

R = TypeVar("R")


class Worker(Generic[R]):
    """One job: it waits, runs in its own process, or is done. The process inherits the file descriptors `handed`."""

    def __init__(self, job: Job[R], handed: Sequence[int] = ()) -> None:
        self._job, self._handed = job, handed
        self._process: subprocess.Popen[bytes] | None = None
        self._killed: subprocess.Popen[bytes] | None = None
        self._unsent = memoryview(b"")
        self._output = bytearray()
        self._file = None if _WATCHES_PIPES else tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end
        self._end_seconds = 0.0
        self._outcome: Done[R] | ControlError | None = None

    def fileno(self) -> int | None:
        """Return the file descriptor that a poller watches for reading, or None if there is no process."""
        process = self._process
        return process.stdout.fileno() if process is not None and process.stdout is not None else None

    def done(self) -> bool:
        """Return whether `result` may be called."""
        return self._outcome is not None

    def result(self) -> R:
        """Return the result. Raises ControlError if the job was refused, exceeded a limit or failed."""
        assert self._outcome is not None  # noqa: S101 - the caller asked `done`
        if isinstance(self._outcome, ControlError):
            raise self._outcome
        return self._outcome.result

    def kill(self) -> None:
        """End the process, if there is one. `result` then raises ControlError."""
        self._finish(self._failed("edmd is ending"))

    def advance(self) -> bool:
        """Start the process, or read its output. Return whether the job is done."""
        if self._outcome is None and self._process is None:
            self._start()
        if self._outcome is None:
            self._send()
            self._receive()
        return self._outcome is not None

    def reap(self, seconds: float = 0.0) -> bool:
        """Wait up to `seconds` for the killed process, if there is one. Return whether none is left."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self._killed is not None:
                self._killed.wait(seconds)
            self._killed = None
        return self._killed is None

    def _start(self) -> None:
        words = [*module_words("daemon.workers"), self._job.name, str(os.getpid())]
        task = msgspec.msgpack.encode(self._job.task)
        self._unsent = memoryview(len(task).to_bytes(LENGTH_BYTES, "big") + task)
        try:
            self._process = process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if _WATCHES_PIPES else self._file,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
                pass_fds=self._handed,
                env={**os.environ, **_ENVIRONMENT},
            )
        except OSError as error:
            self._outcome = ControlError(
                "unavailable", f"a worker cannot be started: {error.strerror or error}"
            )
            return
        if process.stdin is not None and process.stdout is not None:
            os.set_blocking(process.stdin.fileno(), False)
            os.set_blocking(process.stdout.fileno(), False)
        self._end_seconds = time.monotonic() + self._job.bounds.seconds

    def _send(self) -> None:
        assert self._process is not None and self._process.stdin is not None  # noqa: S101, PT018
        # A broken pipe also ends the output, which `_receive` notices.
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            while self._unsent:
                self._unsent = self._unsent[os.write(self._process.stdin.fileno(), self._unsent) :]

    def _receive(self) -> None:
        number = self.fileno() if self._file is None else self._written_file()
        if number is None:
            if time.monotonic() > self._end_seconds:
                self._finish(self._late())
            return
        with contextlib.suppress(BlockingIOError):
            while data := os.read(number, _READ_BYTES):
                self._output += data
                if len(self._output) > self._job.bounds.output_bytes:
                    self._finish(self._failed(f"{self._job.bounds.doing} fails"))
                    return
            self._finish(None)
            return
        if time.monotonic() > self._end_seconds:
            self._finish(self._late())

    def _written_file(self) -> int | None:
        """Return the file of the result, at its beginning, when the process has ended."""
        if self._file is None or self._process is None or self._process.poll() is None:
            return None
        self._file.seek(0)
        return self._file.fileno()

    def _finish(self, outcome: ControlError | None) -> None:
        """End the process. Without `outcome`, the output of the process gives the outcome."""
        process, self._process = self._process, None
        code = None
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            self._killed = process
            self.reap(_REAP_SECONDS)  # a process that hangs in the system, or on a busy one, ends later
            code = process.returncode
        self._outcome = self._outcome or outcome or self._said(code)
        if self._file is not None:
            self._file.close()

    def _said(self, code: int | None) -> Done[R] | ControlError:
        try:
            said: Any = msgspec.msgpack.decode(self._output, type=outcome_type(self._job))
        except msgspec.MsgspecError:
            return self._broken_off(code)
        match said:
            case Refused(code=refusal, message=message, param=param):
                return ControlError(refusal, message, param)
            case Broken(traceback=None):
                mebibytes = self._job.bounds.memory_bytes >> 20
                return self._failed(f"{self._job.bounds.doing} needs more than {mebibytes} MiB of memory")
            case Broken(traceback=traceback):
                _log.error("a worker failed at %s:\n%s", self._job.name, traceback)
                return self._failed(f"{self._job.bounds.doing} fails inside edmd; the log of edmd shows why")
        return said  # type: ignore[no-any-return]

    def _broken_off(self, code: int | None) -> ControlError:
        bounds = self._job.bounds
        ended_by = signal.Signals(-code).name if code is not None and code < 0 else ""
        if ended_by == "SIGALRM":
            return self._late()
        if ended_by == "SIGXCPU":
            return self._failed(
                f"{bounds.doing} needs more than {bounds.cpu_seconds} seconds of the processor"
            )
        return self._failed(f"{bounds.doing} fails")

    def _late(self) -> ControlError:
        return self._failed(f"{self._job.bounds.doing} takes more than {self._job.bounds.seconds:g} seconds")

    def _failed(self, cause: str) -> ControlError:
        return ControlError("unavailable", f"{self._job.failure}: {cause}", self._job.param)


class Workers:
    """Runs jobs: those of one name one after another, so that they keep their order; those of other names in parallel."""

    def __init__(self) -> None:
        self._lanes: dict[str, deque[Worker[Any]]] = {}
        self._unreaped: list[Worker[Any]] = []

    def run(self, job: Job[R], handed: Sequence[int] = ()) -> Worker[R]:
        """Begin a job, or let it wait for its turn. Raises ControlError if too many wait."""
        lane = self._lanes.setdefault(job.name, deque())
        if len(lane) >= MOST_WAITING:
            raise ControlError(
                "unavailable", f"{job.failure}: {MOST_WAITING} such requests wait; try again in a moment"
            )
        worker = Worker(job, handed)
        lane.append(worker)
        self.turn()
        return worker

    def turn(self) -> None:
        """Read output and begin waiting jobs. Call this each time a file descriptor is ready, and now and then."""
        for lane in self._lanes.values():
            while lane and lane[0].advance():
                self._unreaped.append(lane.popleft())
        self._unreaped = [worker for worker in self._unreaped if not worker.reap()]

    def filenos(self) -> list[int]:
        """Return the file descriptors that a poller watches for reading."""
        numbers = (worker.fileno() for lane in self._lanes.values() for worker in lane)
        return [number for number in numbers if number is not None]

    def wait(self, worker: Worker[R], seconds: float) -> bool:
        """Block until a job is done, at most for `seconds`. Return whether it is done."""
        end = time.monotonic() + seconds
        while not worker.done() and time.monotonic() < end:
            _watch(self.filenos())
            self.turn()
        return worker.done()

    def close(self) -> None:
        """End all jobs."""
        for lane in self._lanes.values():
            while lane:
                lane[0].kill()
                self._unreaped.append(lane.popleft())
        end = time.monotonic() + _LAST_REAP_SECONDS
        self._unreaped = [
            worker for worker in self._unreaped if not worker.reap(max(end - time.monotonic(), 0.0))
        ]


def _watch(numbers: Sequence[int]) -> None:
    """Wait a moment, less if one of the files can be read."""
    if not numbers:
        threading.Event().wait(_LOOK_SECONDS)
        return
    poller = select.poll()  # `select` itself refuses numbers from 1024 on
    for number in numbers:
        poller.register(number, select.POLLIN)
    poller.poll(_LOOK_SECONDS * 1e3)


def result_of(job: Job[R]) -> R:
    """Block until a worker has done a job, and return its result. Raises ControlError as `Worker.result` does."""
    workers = Workers()
    try:
        worker = workers.run(job)
        while not workers.wait(worker, job.bounds.seconds):
            pass  # the worker's own time limit ends it
        return worker.result()
    finally:
        workers.close()
