"""The limits of a worker, set before it reads an untrusted file: time, memory, no network, no life after its parent's.

Linux enforces all of them. macOS accepts the memory limit but does not enforce it, and the network stays available; a
worker ends there when its standard input ends, that is, with its parent. Windows has neither limits nor an alarm: there
the parent ends a worker that takes too long.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading
from typing import Final

from daemon.allowance import set_niceness
from daemon.workers.jobs import Bounds

_PR_SET_PDEATHSIG: Final = 1  # these numbers are from linux/prctl.h and linux/sched.h
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000


def confine(bounds: Bounds) -> None:
    """Limit this process. Call this before other modules are imported, while the process has one thread."""
    if sys.platform == "win32":
        return
    set_niceness(bounds.niceness)
    if sys.platform == "linux":
        _leave_network()
    _limit(bounds)
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C in the terminal is for the daemon, which ends its workers


def end_with_parent(parent: int) -> None:
    """Make this process end when its parent ends. `parent` is the parent's process id."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent has ended already
            os._exit(1)
    else:
        threading.Thread(target=_end_with_input, daemon=True).start()


def _leave_network() -> None:
    """Move into a network namespace without interfaces, if the system allows that; else the network stays available."""
    # Root needs no new user namespace for this, and would lose its rights over files in one.
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWUSER | _CLONE_NEWNET
    with contextlib.suppress(AttributeError):  # a C library without unshare
        ctypes.CDLL(None).unshare(flags)


def _limit(bounds: Bounds) -> None:
    import resource  # noqa: PLC0415 - Windows has no such module

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, bounds.seconds)
    for kind, most, last in (
        (
            resource.RLIMIT_CPU,
            bounds.cpu_seconds,
            bounds.cpu_seconds + 1,
        ),  # SIGXCPU comes first, then SIGKILL
        (resource.RLIMIT_AS, bounds.memory_bytes, bounds.memory_bytes),
        # The gateway has a limit of its own, which is too low for a worker.
        (resource.RLIMIT_DATA, bounds.memory_bytes, bounds.memory_bytes),
        (resource.RLIMIT_NOFILE, bounds.open_files, bounds.open_files),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _, hard = resource.getrlimit(kind)
        highest = last if hard == resource.RLIM_INFINITY else min(last, hard)
        with contextlib.suppress(ValueError, OSError):  # the system does not have this limit
            resource.setrlimit(kind, (min(most, highest), highest))


def _end_with_input() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)
