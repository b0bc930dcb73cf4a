"""Input ports through python-rtmidi; importing this module fails if a system library is missing."""

from typing import Final

import rtmidi

from daemon.player.ports.outputs import PortError
from daemon.player.ports.rtmidi_driver import NUMBERS, RtMidiPort, as_port_error

# So many messages wait for the next look; the driver drops later ones.
_MOST_WAITING: Final = 2048


class RtMidiInput:
    """An input port with its own client, which it keeps when it is closed and opened again.

    It reads by looking, not by a callback: JACK would call back in its real-time thread, which then waits for Python.
    """

    def __init__(self, api: str, name: str) -> None:
        self._name = name
        with as_port_error(f"MIDI input '{name}' cannot be created"):
            self._midi = rtmidi.MidiIn(NUMBERS[api], name=name, queue_size_limit=_MOST_WAITING)
        # RtMidi's JACK driver loses the delta time of each message that it leaves out, so it leaves none out.
        self._midi.ignore_types(sysex=False, timing=False, active_sense=False)

    def open_virtual(self) -> None:
        """Create a virtual port."""
        with as_port_error(f"MIDI input '{self._name}' cannot be opened"):
            self._midi.open_virtual_port(self._name)

    def open(self, target: str) -> None:
        """Listen to the system's port with that full name."""
        with as_port_error(f"MIDI input '{target}' cannot be opened"):
            names = self._midi.get_ports()
            if target not in names:
                raise PortError(f"MIDI input '{target}' has gone")
            self._midi.open_port(names.index(target), self._name)

    def names(self) -> tuple[str, ...]:
        """Return the full names of the system's ports that send messages."""
        with as_port_error("MIDI inputs cannot be listed"):
            return tuple(self._midi.get_ports())

    def read(self) -> tuple[bytes, float] | None:
        """Return the next message and the seconds since the one before, or None if none waits."""
        waiting = self._midi.get_message()
        return None if waiting is None else (bytes(waiting[0]), waiting[1])

    def close(self) -> None:
        """Stop listening; the port may be opened again."""
        self._midi.close_port()

    def delete(self) -> None:
        """Close permanently and leave the MIDI system."""
        self._midi.close_port()
        self._midi.delete()


class RtMidiInputs:
    """The inputs of one MIDI system, by its name in the configuration, and the outputs that belong to them."""

    def __init__(self, api: str) -> None:
        self.has_virtual = api != "winmm"
        self._api = api

    def input(self, name: str) -> RtMidiInput:
        """Return an unopened input port. Raises PortError if the system does not work."""
        return RtMidiInput(self._api, name)

    def output(self, name: str) -> RtMidiPort:
        """Return an unopened output port. Raises PortError if the system does not work."""
        return RtMidiPort(self._api, name)
