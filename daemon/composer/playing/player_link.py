"""The composer's end of the link to the player, which all decks share."""

import socket
from collections.abc import Callable

from msgspec.structs import replace

from daemon.link.channel import Channel
from daemon.link.player import DeckMessage, FromPlayer, ToPlayer
from models.notes import MAIN


class PlayerLink:
    """Sends the messages of decks, and calls `hear` with each message of the player, and `lost` when the player ends."""

    def __init__(self, hear: Callable[[FromPlayer], None], lost: Callable[[], None]) -> None:
        self._hear, self._lost = hear, lost
        self._channel: Channel[FromPlayer, ToPlayer] | None = None

    def attach(self, sock: socket.socket) -> None:
        """Use a new link to a player, after the messages of the previous one have been handled."""
        self.receive()
        self.close()
        self._channel = Channel(sock, FromPlayer, "composer")

    def fileno(self) -> int | None:
        """Return the file descriptor that a poller watches for the player's messages, or None without a player."""
        return None if self._channel is None else self._channel.fileno()

    def receive(self) -> None:
        """Handle all waiting messages of the player."""
        channel = self._channel
        if channel is None:
            return
        try:
            for message in channel.receive():
                self._hear(message)
        except EOFError:  # the supervisor will attach another player
            self.close()

    def send(self, message: ToPlayer) -> None:
        """Send a message; without a player it is dropped."""
        if self._channel is not None:
            self._channel.send(message)

    def sender(self, deck: str) -> Callable[[ToPlayer], None]:
        """Return a function that sends messages about a deck."""
        if deck == MAIN:
            return self.send

        def send(message: ToPlayer) -> None:
            self.send(replace(message, deck=deck) if isinstance(message, DeckMessage) else message)

        return send

    def close(self) -> None:
        """Close the link."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
            self._lost()
