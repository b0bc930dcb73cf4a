"""What the player and composer, gateway and standby say to each other."""

from typing import Literal

from msgspec import Struct

from daemon.player.timeline import Timeline
from models.notes import Note, Voice
from models.take import SentRow

TransportAction = Literal["play", "continue", "stop", "panic"]


class TickNotes(Struct, frozen=True):
    """One composed tick: its notes, its tempo in BPM, and the voices whose older notes end where it begins.

    What a released voice holds ends at its first note of the tick, else at the tick's start.
    """

    tick: int
    notes: tuple[Note, ...]
    tempo: float
    release: tuple[Voice, ...] = ()


class Revise(Struct, frozen=True, tag=True):
    """All ticks of `course` from `from_tick` on, in place of those the player holds.

    The player takes it whole, if its last revision is `base` and `from_tick` has not begun, or refuses it whole.
    """

    course: int
    revision: int
    base: int
    from_tick: int
    ticks: tuple[TickNotes, ...]


class Transport(Struct, frozen=True, tag=True):
    """Start from tick 0 as `course`, go on, stop, or silence every note."""

    action: TransportAction
    course: int = 0


class TakeOver(Struct, frozen=True, tag=True):
    """Be what a player that has gone was: in phase on `timeline`, or stopped if that is None.

    The next tick is `start_tick` or the first later one that can still be played. `hanging` are the
    (channel, pitch) that the other player may have left sounding.
    """

    course: int
    start_tick: int
    timeline: Timeline | None
    hanging: tuple[tuple[int, int], ...] = ()


class Tempo(Struct, frozen=True, tag=True):
    """The tempo of the MIDI clock in BPM, while the player is stopped."""

    tempo: float


class Mute(Struct, frozen=True, tag=True):
    """End these voices' notes now and begin none of theirs before `until_tick`; later ticks come without them."""

    voices: tuple[Voice, ...]
    until_tick: int


class Silence(Struct, frozen=True, tag=True):
    """End (channel, pitch) that another player may have left sounding, save what this one sounds."""

    notes: tuple[tuple[int, int], ...]


class SendPrograms(Struct, frozen=True, tag=True):
    """Tell these ports program, volume and pan again."""

    ports: tuple[str, ...]


class PortNames(Struct, frozen=True, tag=True):
    """The MIDI ports that can be sent to now, by their full names."""

    names: tuple[str, ...]


class Received(Struct, frozen=True, tag=True):
    """Every `Sent` up to `number` was received and kept."""

    number: int


class Quit(Struct, frozen=True, tag=True):
    """Silence everything and end."""


class Attached(Struct, frozen=True, tag=True):
    """The player's first word on a link: where it is.

    `revision` is the last one it took, `next_tick` the first tick of `course` that has not begun, `first_missing`
    the first one that it does not hold. `sounding` are (channel, pitch).
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
    """The revision is what is played from now on."""

    revision: int


class Refused(Struct, frozen=True, tag=True):
    """The revision came too late, or does not build on the last one taken."""

    revision: int


class Began(Struct, frozen=True, tag=True):
    """A tick begins."""

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
    """A tick began that was not there."""

    tick: int


class Ports(Struct, frozen=True, tag=True):
    """The state of each port, in words, and the MIDI system in use, "" for none."""

    ports: dict[str, str]
    api: str


class Connections(Struct, frozen=True, tag=True):
    """What was connected to the player's ports: the full names of receivers by port."""

    receivers: dict[str, tuple[str, ...]]


ToPlayer = Revise | Transport | TakeOver | Tempo | Mute | Silence | SendPrograms | PortNames | Received | Quit
ToStandby = Ports | Connections
FromPlayer = Attached | Taken | Refused | Began | Moved | Sent | Underrun | Ports
