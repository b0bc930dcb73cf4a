"""What the process of a role tells the kernel about itself."""

import ctypes
import sys
from contextlib import suppress
from typing import Final

from daemon.link.supervision import Role

_PR_SET_PDEATHSIG: Final = 1  # these numbers are from linux/prctl.h
_PR_SET_NAME: Final = 15


def name_process(role: Role) -> None:
    """Let `ps` and `top` show the role; Linux only."""
    _prctl(_PR_SET_NAME, f"edmd {role}".encode())


def die_with_supervisor(number: int) -> None:
    """Let the kernel send signal `number` when the supervisor ends. Linux only; elsewhere only the link shows this end."""
    _prctl(_PR_SET_PDEATHSIG, number)


def _prctl(option: int, value: int | bytes) -> None:
    if sys.platform == "linux":
        with suppress(AttributeError, OSError):  # a C library without prctl
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
