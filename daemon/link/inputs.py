"""The messages between the input role, the player and the gateway."""

from typing import Final

from msgspec import Struct

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


class MidiIn(Struct, frozen=True, tag=True):
    """Channel messages that arrived at a port, in order, each as (seconds of `time.perf_counter`, bytes).

    `port` is CONTROL_PORT, or a name of the configuration key `midi.inputs`.
    """

    port: str
    events: tuple[tuple[float, bytes], ...]


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
