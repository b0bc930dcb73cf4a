"""SIGINT, SIGTERM and SIGHUP as events that a poller can wait for."""

import signal
import socket
from types import FrameType, TracebackType
from typing import Any, Final, Self

# SIGHUP comes when a terminal is closed; a recording must not be lost then. Windows has no SIGHUP.
ENDINGS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class Wakeup:
    """In its `with` block the signals set `signalled` and make `fileno()` readable, and do not interrupt."""

    def __init__(self) -> None:
        self.signalled = False
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._before: dict[int, Any] = {}
        self._fd_before = -1

    def fileno(self) -> int:
        """Return the file descriptor that a poller watches."""
        return self._reader.fileno()

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._note) for number in ENDINGS}
        self._fd_before = signal.set_wakeup_fd(self._writer.fileno())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(self._fd_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self.close()

    def close(self) -> None:
        """Close the sockets."""
        self._reader.close()
        self._writer.close()

    def _note(self, _: int, __: FrameType | None) -> None:
        self.signalled = True
