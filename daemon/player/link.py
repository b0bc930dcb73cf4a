"""The interface of the player's link to the composer, and the settings of a player."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from daemon.link.player import ClockSource, FromPlayer, ToPlayer
from daemon.player.ports.outputs import find_port
from models.instruments import INSTRUMENTS, Instrument
from models.notes import CHANNELS, Voice


class NewComposer(Struct, frozen=True):
    """Another composer is attached, and waits to be told where the music is."""


class Link(Protocol):
    """The composer's end; what is for the input process goes there."""

    @property
    def waiting_bytes(self) -> int:
        """How many bytes the composer has not taken in yet."""

    def poll(self, timeout_seconds: float, /) -> bool:
        """Wait up to `timeout_seconds`; return whether there is a message, or the end, to receive."""

    def recv(self) -> ToPlayer | NewComposer:
        """Return the next message, after `poll` said that there is one. EOFError when the player is to end at once."""

    def send(self, message: FromPlayer, /) -> None:
        """Send a message as soon as its receiver takes it in, without waiting for that."""


@dataclass(frozen=True)
class TimeSettings:
    """What leads the time at the start, and how a foreign clock is followed.

    With `fallback` the internal clock leads while a foreign one is lost. Without `obeys_position` its song position is
    ignored while it runs. Everything is played `offset_ms` later than a foreign clock says. With `shares_start` start and
    stop are shared with the others in a Link session. Each voice is played so many ms of `delays` later than the others.
    """

    source: ClockSource = "internal"
    fallback: bool = True
    obeys_position: bool = True
    offset_ms: float = 0.0
    shares_start: bool = False
    delays: Mapping[Voice, float] = field(default_factory=dict)


@dataclass(frozen=True)
class PlayerSettings:
    """The settings with which a player starts, all plain values.

    `channels` are 1 to 16, `routes` port names ("" is the virtual port), `more` further places of a voice as (port,
    channel); channel 0 gives each note a channel of its own (MPE). `programs` are the voices whose synthesiser is told
    program, volume and pan of `instruments`, `effects` those whose filter is swept (risers and impacts follow the lead).
    `wiring` is the file that keeps the connections of the ports, None for none. `clock_ports` are parts of the names of
    the ports that get the MIDI clock, None for all. `tempo` is that of the MIDI clock until the composer says another.
    """

    api: str = "auto"
    virtual_names: tuple[str, str] = ("edmd melody", "edmd percussion")
    midi_clock: bool = True
    clock_ports: tuple[str, ...] | None = None
    channels: Mapping[Voice, int] = field(default_factory=lambda: CHANNELS)
    routes: Mapping[Voice, str] = field(default_factory=dict)
    more: Mapping[Voice, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    programs: tuple[Voice, ...] = ()
    effects: tuple[Voice, ...] = ()
    instruments: Mapping[Voice, Instrument] = field(default_factory=lambda: INSTRUMENTS)
    tempo: float = 128.0
    wiring: Path | None = None
    time: TimeSettings = field(default_factory=TimeSettings)

    def further_ports(self) -> tuple[str, ...]:
        """Return the names of the ports beside those of `routes`: in `more`, and those that get the clock alone."""
        more = tuple(dict.fromkeys(port for places in self.more.values() for port, _ in places if port))
        known = (*self.virtual_names, *filter(None, self.routes.values()), *more)
        return (*more, *(name for name in self.clock_ports or () if not find_port(known, name)))
