"""A surface: one way for clients to reach the daemon, such as ZeroMQ, OSC and MIDI."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol

from daemon.control.messages import ControlError, Op
from daemon.link.gateway import Inner

Outcome = Mapping[str, Any] | ControlError
"""The result of an operation, or why it was not carried out. Each surface puts it in its own words."""

Reply = Callable[[Outcome], None]


class Ask(Protocol):
    """The gateway, as surfaces see it."""

    def __call__(self, op: Op | Inner, surface: str, client: Hashable, reply: Reply, deck: str, /) -> None:
        """Carry `op` out on a deck for `client`; `reply` is called once, now or later."""


class Surface(Protocol):
    """Turns its messages into typed operations, and passes on what the daemon publishes. No call may block."""

    @property
    def readers(self) -> Sequence[Any]:
        """File numbers or ZeroMQ sockets; when one has something to read, `serve` is called."""

    def serve(self, ask: Ask) -> bool:
        """Read waiting messages, for a few milliseconds, and ask for what they mean. Return whether more may wait."""

    def turn(self, ask: Ask, now: float, /) -> float:
        """Do what is due, and return the seconds until more is due, infinity if nothing is. `now` is monotonic."""

    def publish(self, topic: str, body: Mapping[str, Any]) -> None:
        """Pass a telemetry message on to its subscribers, or drop it."""

    def close(self) -> None:
        """Stop; what was not sent is dropped."""
