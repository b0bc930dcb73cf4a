"""The gateway's link to the input role: channel messages for the MIDI surface, and messages back to controllers."""

import socket
from collections.abc import Callable, Mapping
from typing import Final

from daemon.link.channel import Channel
from daemon.link.inputs import FromInputToGateway, InputPorts, MidiIn, MidiOut

# A role that does not read is not waited for.
_MOST_WAITING_BYTES: Final = 64 * 1024


class Inputs:
    """The link may be replaced at any time; without one, messages to controllers are dropped."""

    def __init__(self) -> None:
        self._channel: Channel[FromInputToGateway, MidiOut] | None = None

    def attach(self, sock: socket.socket) -> None:
        """Use the link to a new input role from now on."""
        self.close()
        self._channel = Channel(sock, FromInputToGateway, "gateway")

    def fileno(self) -> int | None:
        """Return the number that a poller watches for messages, None without an input role."""
        return None if self._channel is None else self._channel.fileno()

    def receive(self, midi: Callable[[MidiIn], None], ports: Callable[[Mapping[str, str]], None]) -> None:
        """Call `midi` with what has arrived at a port, and `ports` with the state of each port when it has changed."""
        if self._channel is None:
            return
        try:
            for message in self._channel.receive():
                if isinstance(message, InputPorts):
                    ports(message.ports)
                else:
                    midi(message)
        except EOFError:
            self.close()

    def send(self, message: MidiOut) -> None:
        """Send a message to a controller; it is dropped if it cannot be sent now."""
        if self._channel is not None and self._channel.waiting_bytes < _MOST_WAITING_BYTES:
            self._channel.send(message)

    def close(self) -> None:
        """Close the link."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
