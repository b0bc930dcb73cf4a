"""Start the process of a role: by fork where that is safe, else by spawn. It never outlives the supervisor."""

import importlib
import logging
import multiprocessing
import os
import signal
import socket
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from typing import Any, Final, NoReturn, Protocol

from daemon.link.channel import socket_pair
from daemon.link.role import Links, RoleFailedError, SupervisorGoneError
from daemon.link.supervision import Failed, Role
from daemon.processes import die_with_supervisor, name_process
from daemon.reporting.logs import inherit_logs, log_fatal_error
from daemon.supervision.wakeup import ENDINGS

CAN_FORK: Final = sys.platform == "linux"
"""macOS and Windows have libraries that do not survive a fork, or no fork at all."""


class Process(Protocol):
    """A started process, with the interface of `subprocess.Popen`."""

    pid: int

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal, or None while the process runs."""

    def kill(self) -> None:
        """Kill the process."""

    def wait(self) -> int | None:
        """Wait for the end of the process and return its exit code."""


class _Launched:
    """Adapts a process of `multiprocessing` to `Process`."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        self.pid = process.pid or 0

    def poll(self) -> int | None:
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode


def launch(
    role: Role,
    module: str,
    settings: Any,
    *,
    forks: bool = CAN_FORK,
    leave: Callable[[], None] = lambda: None,
) -> tuple[Process, socket.socket]:
    """Start `run(links, settings)` of `module` in a process; return it and the supervisor's end of their link.

    A forked process calls `leave` first, which closes what belongs to the supervisor. Raises OSError when the system
    refuses another process.
    """
    ours, theirs = socket_pair()
    leaving = (leave, ours.close) if forks else ()
    context = multiprocessing.get_context("fork") if forks else multiprocessing.get_context("spawn")
    words = (role, module, settings, theirs, leaving)
    process: BaseProcess = context.Process(target=_serve, args=words, name=f"edmd {role}", daemon=True)
    try:
        with _endings_blocked(), warnings.catch_warnings():
            # CPython warns about threads. Libraries start them during import, but none of them works yet.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return _Launched(process), ours


@contextmanager
def _endings_blocked() -> Iterator[None]:
    """Block the signals that end a daemon, so that a new process gets none before it ignores them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(
    role: Role,
    module: str,
    settings: Any,
    sock: socket.socket,
    leaving: Sequence[Callable[[], None]],
) -> NoReturn:
    """Do the work of a role in this process, and end it."""
    code = 1
    try:
        for leave in leaving:
            leave()
        # A terminal or a service manager signals all processes at once, but the supervisor must end them in order.
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        if hasattr(signal, "SIGKILL"):
            die_with_supervisor(signal.SIGKILL)
        name_process(role)
        inherit_logs(role)
        supervisor = multiprocessing.parent_process()
        # If the parent is another process, the supervisor ended before the kernel could watch it.
        if sys.platform == "win32" or (supervisor is not None and supervisor.pid == os.getppid()):
            code = _run(module, settings, Links(sock, role))
    except BaseException:  # noqa: BLE001 - a forked process must not go on with the supervisor's work
        log_fatal_error()
    finally:
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _run(module: str, settings: Any, links: Links) -> int:
    try:
        importlib.import_module(module).run(links, settings)
    except SupervisorGoneError:
        return 0
    except RoleFailedError as error:
        links.send(Failed(str(error)))
        return 1
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0
