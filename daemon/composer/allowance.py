"""What the system allows the process: as many open files as it may have, memory that goes back to the system."""

import contextlib
import ctypes
import sys
from typing import Final

_MOST_FILES: Final = 65_536
_M_MMAP_THRESHOLD: Final = -3  # as malloc.h has them
_M_ARENA_MAX: Final = -8
_LARGE_BYTES: Final = 256 * 1024


def allow_many_files() -> None:
    """Raise the soft limit of open files to the hard one: each connection is one, and strangers may hold hundreds."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Windows has no such module

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(OSError, ValueError):  # macOS allows less than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def give_memory_back() -> None:
    """Let large blocks go back to the system as soon as they are free, whatever was freed before.

    glibc by itself soon keeps blocks of many megabytes, for each thread apart: models that were loaded left holes.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # another C library
            libc = ctypes.CDLL(None)
            libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
            libc.mallopt(_M_ARENA_MAX, 1)
