"""Ports that have just opened: a MIDI system may drop messages until it has made the connection."""

from collections.abc import Collection
from typing import Final

from daemon.player.ports.outputs import Outputs

SETTLE_SECONDS: Final = 0.1
"""JACK makes connections between two of its buffers; the longest buffers in common use last 43 ms."""


class Newcomers:
    """Hold back messages to new ports until their connections work, so that the first messages are not lost."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs
        self._waiting: list[tuple[float, frozenset[str]]] = []

    def hold(self, ports: Collection[str], now: float) -> None:
        """Send nothing to these ports for `SETTLE_SECONDS`."""
        self._outputs.hold(ports)
        self._waiting.append((now + SETTLE_SECONDS, frozenset(ports)))

    def settled(self, now: float) -> frozenset[str]:
        """Return the ports of the earliest call of `hold` if their wait is over. Messages to them are sent from now on."""
        if not self._waiting or self._waiting[0][0] > now:
            return frozenset()
        _, ports = self._waiting.pop(0)
        self._outputs.let_go(ports)
        return ports
