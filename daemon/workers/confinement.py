"""What a worker process takes from itself before it touches a stranger's file: time, memory, network, outliving its parent.

On Linux all of it holds. On macOS the limit of memory is accepted but not enforced, the network stays, and a worker
ends with its parent through the end of its standard input. Windows has neither limits nor alarm: there the parent's
own clock ends a worker.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading
from typing import Final

from daemon.workers.jobs import Bounds

_PR_SET_PDEATHSIG: Final = 1  # as linux/prctl.h and linux/sched.h have them
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_NICENESS: Final = 10


def confine(bounds: Bounds) -> None:
    """Bound this process; called before anything else is imported, while it has one thread."""
    if sys.platform == "win32":
        return
    os.nice(_NICENESS)  # the music comes first
    if sys.platform == "linux":
        _leave_network()
    _limit(bounds)
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C in the terminal is for the daemon, which ends its workers


def end_with_parent(parent: int) -> None:
    """Let this process end when its parent, the process `parent`, does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before
            os._exit(1)
    else:
        threading.Thread(target=_end_with_input, daemon=True).start()


def _leave_network() -> None:
    """Move into a network namespace without interfaces, where the system allows that; else the network stays."""
    # Root keeps its rights over files only outside a new user namespace, and needs none to leave the network.
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWUSER | _CLONE_NEWNET
    with contextlib.suppress(AttributeError):  # another C library
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
        (resource.RLIMIT_NOFILE, bounds.open_files, bounds.open_files),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _, hard = resource.getrlimit(kind)
        highest = last if hard == resource.RLIM_INFINITY else min(last, hard)
        with contextlib.suppress(ValueError, OSError):  # the system knows no such limit
            resource.setrlimit(kind, (min(most, highest), highest))


def _end_with_input() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)
