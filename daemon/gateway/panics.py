"""The shortest way of a panic: from the gateway to the player, whatever the composer does."""

import socket
import time
from typing import Any, Final

from daemon.gateway.coalescing import Coalescing
from daemon.link.channel import Channel
from daemon.link.player import MOST_DECKS, ToPlayer, Transport
from models.notes import MAIN

# Panics of one deck nearer to each other than this are one: each costs the player many messages.
_PANIC_SECONDS: Final = 0.05
# The most decks whose panics are known here at once, twice what a player plays, because clients may name any deck.
_MOST: Final = 2 * MOST_DECKS


class Panics:
    """Sends panics to the player. One that is asked for while there is no player waits for the next.

    Nothing notices that the player has gone: the next one silences everything before it plays.
    """

    def __init__(self) -> None:
        self._player: Channel[Any, ToPlayer] | None = None
        self._decks: dict[str, Coalescing] = {}

    def attach(self, sock: socket.socket) -> None:
        """Use the link to a new player from now on."""
        self.close()
        self._player = Channel(sock, Transport, "gateway")
        self.send_due()

    def ask(self, deck: str = MAIN) -> None:
        """Silence one deck, at once or together with the panics of this deck that follow shortly."""
        if deck not in self._decks:
            self._make_room()
            self._decks[deck] = Coalescing(_PANIC_SECONDS)
        self._decks[deck].ask()
        self.send_due()

    def send_due(self) -> None:
        """Send the panics that are due."""
        if self._player is None:
            return
        for deck, panic in self._decks.items():
            if panic.is_due(time.monotonic()):
                self._player.send(Transport("panic", deck=deck))

    def close(self) -> None:
        """Close the link."""
        if self._player is not None:
            self._player.close()

    def _make_room(self) -> None:
        """Forget the deck named first, but never the main deck: its panic was sent, or the next player makes it needless."""
        if len(self._decks) >= _MOST:
            del self._decks[next(deck for deck in self._decks if deck != MAIN)]
