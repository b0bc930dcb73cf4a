"""Ctrl-C and signals: a command that they end counts as interrupted, whatever error they cause on the way."""

import atexit
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

# Ctrl-C sends SIGINT, a service manager SIGTERM, a closed terminal SIGHUP.
_ENDING_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP")


class _Noting:
    """A signal handler that notes the signal and then raises KeyboardInterrupt."""

    def __init__(self) -> None:
        self.before: dict[int, Any] = {}
        self.has_come = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.note()
        signal.default_int_handler(number, frame)

    def note(self) -> None:
        """Remember that a signal came, here and in the handlers that this one replaced."""
        self.has_come = True
        for before in self.before.values():
            if isinstance(before, _Noting):
                before.note()


@contextlib.contextmanager
def interruptible(*names: str) -> Iterator[Callable[[], bool]]:
    """Let these signals raise KeyboardInterrupt in the block. Yield a function that returns whether one came.

    The function is needed because a library that is being imported can turn KeyboardInterrupt into another error.
    """
    noting = _Noting()
    is_main = threading.current_thread() is threading.main_thread()  # other threads cannot set handlers
    for number in (getattr(signal, name) for name in names if is_main and hasattr(signal, name)):
        before = signal.getsignal(number)
        # Do not replace an ignored signal (`nohup`, a shell's `&`) or somebody else's handler.
        if before in (signal.SIG_DFL, signal.default_int_handler) or isinstance(before, _Noting):
            noting.before[number] = signal.signal(number, noting)
    try:
        yield lambda: noting.has_come
    finally:
        for number, before in noting.before.items():
            if signal.getsignal(number) is noting:
                signal.signal(number, before)


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Leave the block without an error if a signal ends it. For commands that normally end by a signal."""
    is_interrupted: Callable[[], bool] = bool
    try:
        with interruptible(*_ENDING_SIGNALS) as is_interrupted:
            yield
    except KeyboardInterrupt:
        return
    except Exception:
        if not is_interrupted():
            raise


@contextlib.contextmanager
def exit_code_kept() -> Iterator[None]:
    """Let the process end with its own exit code even after Ctrl-C.

    CPython remembers an interrupt that is raised inside `exec` (libraries use it during import to make classes). At the
    exit it then ends by the signal, whatever code the program gave. `os._exit` avoids that.
    """
    with interruptible("SIGINT") as is_interrupted:
        try:
            yield
        except SystemExit as end:
            if not is_interrupted() or not isinstance(end.code, int):
                raise
            with contextlib.suppress(Exception):
                atexit._run_exitfuncs()
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()
            os._exit(end.code)
