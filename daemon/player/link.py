"""What the composer and the player talk through, and what a player is started with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from models.notes import CHANNELS, Voice

Message = tuple[Any, ...]
"""A kind and its plain values; the kinds are those `Player` hears and sends."""


class Link(Protocol):
    """The composer's end of the talk; a `multiprocessing` connection is one."""

    def poll(self, timeout: float, /) -> bool:
        """Wait up to `timeout` seconds; return whether there is a message, or the end, to receive."""

    def recv(self) -> Message:
        """Return the next message; EOFError or OSError when the composer is gone."""

    def send(self, message: Message, /) -> None:
        """Send a message; OSError when the composer is gone."""


@dataclass(frozen=True)
class PlayerSettings:
    """What a player is started with, all plain values.

    `channels` are 1 to 16, `routes` port names ("" is the virtual port), `programs` the voices whose synthesiser
    is told program, volume and pan. With `timeline` and `start_tick` it
    takes over from a player that was killed: in phase, at the next tick it can still make, without FA.
    """

    api: str = "auto"
    virtual_names: tuple[str, str] = ("edmd melody", "edmd percussion")
    midi_clock: bool = True
    channels: Mapping[Voice, int] = field(default_factory=lambda: CHANNELS)
    routes: Mapping[Voice, str] = field(default_factory=dict)
    programs: tuple[Voice, ...] = ()
    compose_ahead: int = 1
    tempo: float = 128.0
    timeline: tuple[int, float, float] | None = None
    start_tick: int = 0
