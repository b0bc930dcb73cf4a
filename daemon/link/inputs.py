"""The messages between the input role, the player and the gateway."""

from typing import Final

from msgspec import Struct

from daemon.link.timeline import Timeline

CONTROL_PORT: Final = "edmd control"
"""The name of the virtual input port, and of the virtual output port for lights and motor faders."""

CLOCK: Final = 0xF8
START: Final = 0xFA
CONTINUE: Final = 0xFB
STOP: Final = 0xFC
SONG_POSITION: Final = 0xF2


class ClockIn(Struct, frozen=True, tag=True):
    """Messages of a foreign clock that arrived at a port, in order, each as (seconds, status, position).

    Seconds are those of `time.perf_counter`. `position` is in sixteenths, and 0 unless the status is SONG_POSITION.
    """

    port: str
    events: tuple[tuple[float, int, int], ...]


class JoinSession(Struct, frozen=True, tag=True):
    """Join the Ableton Link session, without a change for others. If there is none, one begins on `timeline`.

    Pulse 0 of `timeline` is the beginning of a bar. With `syncs_start` start and stop are shared with the others.
    """

    timeline: Timeline
    syncs_start: bool = False


class LeaveSession(Struct, frozen=True, tag=True):
    """Leave the Ableton Link session."""


class ChangeSession(Struct, frozen=True, tag=True, omit_defaults=True):
    """Change the tempo (in BPM) of the Ableton Link session, or start or stop it at `seconds` of `time.perf_counter`."""

    tempo: float | None = None
    is_playing: bool | None = None
    seconds: float = 0.0


class SessionState(Struct, frozen=True, tag=True):
    """The Ableton Link session at `seconds` of `time.perf_counter`; `timeline` has a bar at each multiple of four beats.

    `peers` is the number of others. `is_playing` is None if start and stop are not shared; it has been so since
    `since_seconds`, which may be in the future.
    """

    seconds: float
    timeline: Timeline
    peers: int
    is_playing: bool | None = None
    since_seconds: float = 0.0


class NewInput(Struct, frozen=True, tag=True):
    """Another input process is attached to the player, and has joined no Ableton Link session yet."""


class MidiIn(Struct, frozen=True, tag=True, omit_defaults=True):
    """Channel messages that arrived at a port, in order, each as (seconds of `time.perf_counter`, bytes).

    `port` is CONTROL_PORT, or a name of the configuration key `midi.inputs`. With `has_lost` messages were dropped
    before these: too many came at once. Ends of notes may be among them.
    """

    port: str
    events: tuple[tuple[float, bytes], ...]
    has_lost: bool = False


class InputPorts(Struct, frozen=True, tag=True):
    """The state of each input port, in words: "open", "open to NAME" or "absent"."""

    ports: dict[str, str]


class MidiOut(Struct, frozen=True, tag=True):
    """Send a message to the controller at a port, for its lights and motor faders. `port` is as in MidiIn.

    It is dropped if the port has no output side.
    """

    port: str
    message: bytes


FromInputToGateway = MidiIn | InputPorts
FromPlayerToInput = JoinSession | LeaveSession | ChangeSession
