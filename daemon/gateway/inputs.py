"""The link to the input role, which owns the MIDI input ports."""

import socket
from typing import Any, Protocol

from daemon.link.channel import Channel
from daemon.link.inputs import FromInputToGateway, InputPorts, MidiIn, MidiOut


class Listener(Protocol):
    """Takes what arrives at input ports."""

    def midi(self, message: MidiIn) -> None:
        """Take messages of a port."""

    def ports(self, ports: dict[str, str]) -> None:
        """Take the states of the ports."""


class Inputs:
    """Passes on what the input role sends. While there is none, nothing arrives, and what is sent is dropped."""

    def __init__(self) -> None:
        self._input: Channel[FromInputToGateway, Any] | None = None

    def attach(self, sock: socket.socket) -> None:
        """Use the link to a new input role from now on."""
        self.close()
        self._input = Channel(sock, FromInputToGateway, "gateway")

    def fileno(self) -> int | None:
        """Return the number that a poller watches, None without an input role."""
        return None if self._input is None else self._input.fileno()

    def receive(self, listener: Listener) -> None:
        """Pass on what has arrived."""
        if self._input is None:
            return
        try:
            for message in self._input.receive():
                if isinstance(message, InputPorts):
                    listener.ports(message.ports)
                else:
                    listener.midi(message)
        except EOFError:
            self.close()
            listener.ports({})

    def send(self, message: MidiOut) -> None:
        """Send a message to a controller."""
        if self._input is not None:
            self._input.send(message)

    def close(self) -> None:
        """Close the link."""
        if self._input is not None:
            self._input.close()
            self._input = None
