"""Ports that have just opened: a MIDI system may drop what is sent before it has carried the connection out."""

from collections.abc import Collection
from typing import Final

from daemon.player.outputs import Outputs

SETTLE_SECONDS: Final = 0.1
"""JACK connects between two of its buffers, the longest in use of which are 43 ms."""


class Newcomers:
    """Nothing is sent to them until they hear it, so that what they are told first is not lost."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs
        self._waiting: list[tuple[float, frozenset[str]]] = []

    def hold(self, ports: Collection[str], now: float) -> None:
        """Send nothing to these ports for a while."""
        self._outputs.hold(ports)
        self._waiting.append((now + SETTLE_SECONDS, frozenset(ports)))

    def settled(self, now: float) -> frozenset[str]:
        """Return ports that hear by now; what is sent to them arrives from here on."""
        if not self._waiting or self._waiting[0][0] > now:
            return frozenset()
        _, ports = self._waiting.pop(0)
        self._outputs.let_go(ports)
        return ports
