"""The messages between the player and composer, gateway and standby."""

from typing import Literal

from msgspec import Struct

from daemon.player.timeline import Timeline
from models.notes import Note, Voice
from models.take import SentRow

TransportAction = Literal["play", "continue", "stop", "panic"]


class TickNotes(Struct, frozen=True):
    """One composed tick: its notes, its tempo in BPM, and the voices in `release`.

    The earlier notes of a released voice end at its first note of the tick, or else at the tick's start.
    """

    tick: int
    notes: tuple[Note, ...]
    tempo: float
    release: tuple[Voice, ...] = ()


class Revise(Struct, frozen=True, tag=True):
    """All ticks of `course` from `from_tick` on. They replace those that the player holds.

    The player takes all of it if `base` is the last revision taken and `from_tick` has not begun; else it refuses all.
    """

    course: int
    revision: int
    base: int
    from_tick: int
    ticks: tuple[TickNotes, ...]


class Transport(Struct, frozen=True, tag=True):
    """Play `course` from tick 0, continue, stop, or silence every note."""

    action: TransportAction
    course: int = 0


class TakeOver(Struct, frozen=True, tag=True):
    """Continue for a player that has died: in phase on `timeline`, or stopped if `timeline` is None.

    The next tick is `start_tick` or the first later one that can still be played. `hanging` are the
    (channel, pitch) notes that the dead player may have left sounding.
    """

    course: int
    start_tick: int
    timeline: Timeline | None
    hanging: tuple[tuple[int, int], ...] = ()


class Tempo(Struct, frozen=True, tag=True):
    """The tempo of the MIDI clock in BPM, while the player is stopped."""

    tempo: float


class Mute(Struct, frozen=True, tag=True):
    """End these voices' notes now, and start no note of them before `until_tick`."""

    voices: tuple[Voice, ...]
    until_tick: int


class Silence(Struct, frozen=True, tag=True):
    """End the (channel, pitch) notes that another player may have left sounding, but none of this player's."""

    notes: tuple[tuple[int, int], ...]


class SendPrograms(Struct, frozen=True, tag=True):
    """Send program, volume and pan to these ports again."""

    ports: tuple[str, ...]


class PortNames(Struct, frozen=True, tag=True):
    """The full names of the MIDI ports that exist now."""

    names: tuple[str, ...]


class Received(Struct, frozen=True, tag=True):
    """The composer has stored every `Sent` up to `number`."""

    number: int


class Quit(Struct, frozen=True, tag=True):
    """Silence all notes and end."""


class Attached(Struct, frozen=True, tag=True):
    """The player's first message on a link: its position and state.

    `revision` is the last revision taken, `next_tick` the first tick of `course` that has not begun, `first_missing`
    the first tick that the player does not hold. `sounding` are (channel, pitch) notes.
    """

    course: int
    revision: int
    next_tick: int
    first_missing: int
    is_playing: bool
    timeline: Timeline
    sounding: tuple[tuple[int, int], ...]
    ports: dict[str, str]
    api: str


class Taken(Struct, frozen=True, tag=True):
    """The player took the revision."""

    revision: int


class Refused(Struct, frozen=True, tag=True):
    """The player refused the revision: it came too late, or does not build on the last one taken."""

    revision: int


class Began(Struct, frozen=True, tag=True):
    """A tick began."""

    course: int
    tick: int
    timeline: Timeline


class Moved(Struct, frozen=True, tag=True):
    """The player began to play at `tick`, or stopped before it."""

    course: int
    state: Literal["playing", "stopped"]
    tick: int


class Sent(Struct, frozen=True, tag=True):
    """Note messages that were sent, and how late MIDI clocks were, in µs; `number` counts these reports."""

    number: int
    rows: tuple[SentRow, ...]
    late_us: tuple[int, ...]


class Underrun(Struct, frozen=True, tag=True):
    """A tick began that the player does not hold."""

    tick: int


class Ports(Struct, frozen=True, tag=True):
    """The state of each port, in words, and the MIDI system in use ("" for none)."""

    ports: dict[str, str]
    api: str


class Connections(Struct, frozen=True, tag=True):
    """The full names of the receivers that were connected to each port of the player."""

    receivers: dict[str, tuple[str, ...]]


ToPlayer = Revise | Transport | TakeOver | Tempo | Mute | Silence | SendPrograms | PortNames | Received | Quit
ToStandby = Ports | Connections
FromPlayer = Attached | Taken | Refused | Began | Moved | Sent | Underrun | Ports
