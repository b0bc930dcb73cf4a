"""Raise the limit of open files, make freed memory return to the system, limit memory, and set the priority."""

import contextlib
import ctypes
import os
import sys
from pathlib import Path
from typing import Final

MUSIC_NICENESS: Final = -10
"""Of supervisor, composer and player, so that a busy machine composes in time and replaces a role in time."""

_MOST_FILES: Final = 65_536
_M_MMAP_THRESHOLD: Final = -3  # values from malloc.h
_M_ARENA_MAX: Final = -8
_LARGE_BYTES: Final = 256 * 1024


def allow_many_files() -> None:
    """Raise the soft limit of open files to the hard one, because clients may hold hundreds of connections."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Windows has no such module

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(OSError, ValueError):  # macOS allows less than its limit says
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def set_niceness(niceness: int) -> None:
    """Give this process another niceness, from -20 (first) to 19 (last). What the system refuses stays as it was."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, niceness)


def give_memory_back() -> None:
    """Make glibc return large blocks to the system as soon as they are freed.

    By default glibc soon keeps freed blocks of many megabytes for each thread, so that memory grows with each model.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # another C library
            libc = ctypes.CDLL(None)
            libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
            libc.mallopt(_M_ARENA_MAX, 1)


def limit_memory(more_bytes: int) -> None:
    """Let this process hold at most `more_bytes` more data than now; an allocation beyond that fails. Linux only.

    A child process inherits the limit, but may raise it again.
    """
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - Windows has no such module

    pages = int(Path("/proc/self/statm").read_text("ascii").split()[5])
    most = pages * resource.getpagesize() + more_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
