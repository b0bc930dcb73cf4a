"""What a service manager is told over $NOTIFY_SOCKET: ready, alive, stopping (the protocol of sd_notify)."""

import os
import socket
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Final

_SOCKET: Final = "NOTIFY_SOCKET"
_SECONDS: Final = "WATCHDOG_USEC"
_PROCESS: Final = "WATCHDOG_PID"
# The manager waits for WATCHDOG_USEC. Being told so many times in it, it also waits through the restart of a role.
_TIMES: Final = 4


class Notifier:
    """Sends messages to a service manager; without one it does nothing, and no message ever waits."""

    def __init__(self, address: str = "", watchdog_seconds: float = 0.0) -> None:
        # A name that begins with @ is in the abstract namespace of Linux.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._every_seconds = watchdog_seconds / _TIMES
        self._due = 0.0

    def ready(self, status: str) -> None:
        """Say that the music can play; `status` is a line for people."""
        self._send(f"READY=1\nSTATUS={status}")

    def alive(self, now: float) -> None:
        """Say that the set is alive, if that is due. `now` is monotonic."""
        if self._every_seconds and now >= self._due:
            self._due = now + self._every_seconds
            self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the daemon ends."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.sendto(text.encode(), self._address)


def notifier_of(environ: MutableMapping[str, str]) -> Notifier:
    """Return the notifier of this process. The variables are removed, so that no child process speaks for it."""
    address, microseconds, process = (environ.pop(name, "") for name in (_SOCKET, _SECONDS, _PROCESS))
    is_for_us = process in ("", str(os.getpid()))
    seconds = int(microseconds) / 1e6 if microseconds.isdigit() and is_for_us else 0.0
    return Notifier(address if address[:1] in ("/", "@") else "", seconds)
