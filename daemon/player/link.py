"""The interface of the player's link to the composer, and the settings of a player."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from models.notes import CHANNELS, Voice

Message = tuple[Any, ...]
"""A kind and its plain values. `Player` defines the kinds."""


class Link(Protocol):
    """The player's link to the composer, for example a `multiprocessing` connection."""

    def poll(self, timeout: float, /) -> bool:
        """Wait up to `timeout` seconds. Return whether there is a message, or the end of the link, to receive."""

    def recv(self) -> Message:
        """Return the next message. Raises EOFError or OSError if the composer has ended."""

    def send(self, message: Message, /) -> None:
        """Send a message. Raises OSError if the composer has ended."""


@dataclass(frozen=True)
class PlayerSettings:
    """The settings with which a player starts, all plain values.

    `channels` are 1 to 16. `routes` are port names ("" is the virtual port). `programs` are the voices for which program,
    volume and pan are sent. With `timeline` and `start_tick` the player replaces one that was killed: it continues in
    phase, at the next tick that it can play in time, and sends no start message (FA).
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
