"""The player as a child process: its pipe, and another one in its place when it dies."""

import contextlib
import logging
import multiprocessing
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final

from daemon.link import Message, PlayerSettings
from daemon.player import player_main
from daemon.timeline import Timeline

_log: Final = logging.getLogger(__name__)
# A player silences within milliseconds; one that takes longer than this hangs.
_QUIT_SECONDS: Final = 2.0


class PlayerChild:
    """Spawns a player; `receive` tells when it has gone."""

    def __init__(self, settings: PlayerSettings) -> None:
        self._settings = settings
        self._process: BaseProcess | None = None
        self.pipe: Connection[Any, Any] | None = None

    def start(self, timeline: Timeline | None = None, start_tick: int = 0, *, api: str) -> None:
        """Spawn a player; with a timeline it takes over, in phase, from one that died."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        settings = replace(self._settings, api=api, timeline=timeline, start_tick=start_tick)
        process = context.Process(
            target=player_main, args=(theirs, settings), name="edmd player", daemon=True
        )
        process.start()
        theirs.close()
        self.pipe, self._process = ours, process

    @property
    def pid(self) -> int | None:
        """The player's process id."""
        return self._process.pid if self._process else None

    def send(self, message: Message) -> None:
        """Send, unless the player has gone: `receive` will say so."""
        if self.pipe is not None:
            with contextlib.suppress(OSError):
                self.pipe.send(message)

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

    def quit(self) -> list[Message]:
        """Ask the player to silence everything and end, and wait for it; its last messages."""
        self.send(("quit",))
        if self._process is not None:
            self._process.join(_QUIT_SECONDS)
            if self._process.is_alive():
                _log.warning("the player did not end in %g s; it is killed", _QUIT_SECONDS)
        last: list[Message] = []
        with contextlib.suppress(EOFError):
            last.extend(self.receive())
        self.bury()
        return last
