"""The shortest way of a panic: from the gateway to the player, whatever the composer does."""

import socket
import time
from typing import Any, Final

from daemon.gateway.coalescing import Coalescing
from daemon.link.channel import Channel
from daemon.link.player import ToPlayer, Transport

# Panics nearer to each other than this are one: each costs the player hundreds of messages.
_PANIC_SECONDS: Final = 0.05


class Panics:
    """Sends panics to the player. One that is asked for while there is no player waits for the next.

    Nothing notices that the player has gone: the next one silences everything before it plays.
    """

    def __init__(self) -> None:
        self._player: Channel[Any, ToPlayer] | None = None
        self._coalescing = Coalescing(_PANIC_SECONDS)

    def attach(self, sock: socket.socket) -> None:
        """Use the link to a new player from now on."""
        self.close()
        self._player = Channel(sock, Transport, "gateway")
        self.send_due()

    def ask(self) -> None:
        """Send a panic, at once or together with those that follow shortly."""
        self._coalescing.ask()
        self.send_due()

    def send_due(self) -> None:
        """Send the panic that is due, if one is."""
        if self._player is not None and self._coalescing.is_due(time.monotonic()):
            self._player.send(Transport("panic"))

    def close(self) -> None:
        """Close the link."""
        if self._player is not None:
            self._player.close()
