"""Ctrl-C: whatever it breaks off on its way through a command, the command ends as interrupted."""

import atexit
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

# A terminal that is closed sends the last of these, a supervisor that stops a service the second.
_ENDINGS: Final = ("SIGINT", "SIGTERM", "SIGHUP")


class _Noting:
    """A handler that notes the signal, and then interrupts what is done."""

    def __init__(self) -> None:
        self.before: dict[int, Any] = {}
        self.has_come = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.note()
        signal.default_int_handler(number, frame)

    def note(self) -> None:
        """Remember that a signal came, and let the handlers around this one know, whichever signal it was."""
        self.has_come = True
        for before in self.before.values():
            if isinstance(before, _Noting):
                before.note()


@contextlib.contextmanager
def interruptible(*names: str) -> Iterator[Callable[[], bool]]:
    """Let these signals raise KeyboardInterrupt inside; yields what says whether one came.

    A library that is being imported turns it into an error of its own, so that the exception alone does not tell.
    """
    noting = _Noting()
    is_ours = threading.current_thread() is threading.main_thread()  # no other may set handlers
    for number in (getattr(signal, name) for name in names if is_ours and hasattr(signal, name)):
        before = signal.getsignal(number)
        # Else it is ignored (`nohup`, a shell's `&`), or somebody else's.
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
    """Leave the block quietly when a signal ends it: for what runs until then."""
    is_interrupted: Callable[[], bool] = bool
    try:
        with interruptible(*_ENDINGS) as is_interrupted:
            yield
    except KeyboardInterrupt:
        return
    except Exception:
        if not is_interrupted():
            raise


@contextlib.contextmanager
def exit_code_kept() -> Iterator[None]:
    """Let the process end with the code it was given, also after Ctrl-C.

    An interrupt that was raised inside `exec`, with which libraries make classes as they are imported, is remembered by
    CPython, which then ends by the signal whatever the program decided.
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
