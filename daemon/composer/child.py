"""The player as a child process: its pipe, and another one in its place when it dies."""

import contextlib
import multiprocessing
import select
import signal
import sys
from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final

from daemon.player.link import Message, PlayerSettings
from daemon.player.player import player_main

# A player silences within milliseconds; one that takes longer than this hangs.
_QUIT_SECONDS: Final = 1.0
_MOST_WAITING: Final = 1000


class PlayerChild:
    """Spawns a player; `receive` tells when it has gone."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._waiting: deque[Message] = deque()
        self.pipe: Connection[Any, Any] | None = None

    def start(self, settings: PlayerSettings) -> None:
        """Spawn a player."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=player_main, args=(theirs, settings), name="edmd player", daemon=True
        )
        with _keeping_ctrl_c_from_child():
            process.start()
        theirs.close()
        self.pipe, self._process = ours, process

    @property
    def pid(self) -> int | None:
        """The player's process id."""
        return self._process.pid if self._process else None

    def send(self, message: Message) -> None:
        """Send, in order, as soon as the player has room; it is never waited for."""
        self._waiting.append(message)
        self.flush()

    def flush(self) -> None:
        """Send what waits, unless the player has gone (`receive` will say so) or takes nothing in."""
        with contextlib.suppress(OSError):
            while self._waiting and self.pipe is not None and _has_room(self.pipe.fileno()):
                self.pipe.send(self._waiting.popleft())

    @property
    def is_jammed(self) -> bool:
        """Whether so much waits that the player must hang."""
        return len(self._waiting) > _MOST_WAITING

    def receive(self) -> Iterator[Message]:
        """The messages that wait; EOFError when the player has gone."""
        while self.pipe is not None:
            try:
                if not self.pipe.poll(0):
                    return
                message: Message = self.pipe.recv()
            except (OSError, EOFError):
                raise EOFError from None
            yield message

    def bury(self) -> None:
        """Clear away a player that has gone or hangs."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self.pipe is not None:
            self.pipe.close()
        self.pipe = self._process = None
        self._waiting.clear()

    def quit(self) -> tuple[list[Message], bool]:
        """Ask the player to silence everything and end, and wait for it; its last messages, and whether it did."""
        # A slow clock holds `quit` up until its next beat; `stop` silences at once.
        self.send(("transport", "stop"))
        self.send(("quit",))
        if self._process is not None:
            self._process.join(_QUIT_SECONDS)
        ended = self._process is not None and self._process.exitcode == 0
        last: list[Message] = []
        with contextlib.suppress(EOFError):
            last.extend(self.receive())
        self.bury()
        return last, ended


def _has_room(file_number: int) -> bool:
    # Windows cannot tell of its pipes; there a player that hangs is waited for.
    if sys.platform == "win32":
        return True
    poller = select.poll()  # `select` itself refuses numbers from 1024 on
    poller.register(file_number, select.POLLOUT)
    return bool(poller.poll(0))


@contextlib.contextmanager
def _keeping_ctrl_c_from_child() -> Iterator[None]:
    """A child inherits that SIGINT is blocked: Ctrl-C in the terminal is the composer's to decide, from the first moment."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
