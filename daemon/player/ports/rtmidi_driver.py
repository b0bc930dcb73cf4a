"""The system's MIDI through python-rtmidi; importing this module fails if a system library is missing."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import rtmidi

from daemon.player.ports.outputs import Listing, PortError, own_name

NUMBERS: Final[Mapping[str, int]] = {
    "alsa": rtmidi.API_LINUX_ALSA,
    "jack": rtmidi.API_UNIX_JACK,
    "coremidi": rtmidi.API_MACOSX_CORE,
    "winmm": rtmidi.API_WINDOWS_MM,
}
"""The MIDI systems of `ports.APIS`, as python-rtmidi numbers them."""


def compiled() -> frozenset[str]:
    """Return the MIDI systems that this build of python-rtmidi supports."""
    numbers = rtmidi.get_compiled_api()
    return frozenset(name for name, number in NUMBERS.items() if number in numbers)


class RtMidiPort:
    """A port with its own client. The port keeps the client when it is closed and opened again.

    `sources` lists the system's source ports; `open_virtual` finds the full name of its new port in this list.
    """

    def __init__(self, api: str, name: str, sources: Callable[[], Sequence[str]] = tuple) -> None:
        self._name = name
        self._sources = sources
        with as_port_error(f"MIDI port '{name}' cannot be created"):
            self._midi = rtmidi.MidiOut(NUMBERS[api], name=name)

    def open_virtual(self) -> str:
        """Create a virtual port and return the full name it got."""
        before = set(self._sources())
        with as_port_error(f"MIDI port '{self._name}' cannot be opened"):
            self._midi.open_virtual_port(self._name)
        new = [name for name in self._sources() if name not in before and self._name in name]
        return new[0] if new else self._name

    def open(self, target: str) -> None:
        """Connect to the system's port with that full name."""
        with as_port_error(f"MIDI port '{target}' cannot be opened"):
            names = self._midi.get_ports()
            if target not in names:
                raise PortError(f"MIDI port '{target}' has gone")
            self._midi.open_port(names.index(target), self._name)

    def names(self) -> tuple[str, ...]:
        """Return the full names of the system's ports that accept messages."""
        with as_port_error("MIDI ports cannot be listed"):
            return tuple(self._midi.get_ports())

    def send(self, message: bytes) -> None:
        """Hand a message to the driver."""
        try:
            self._midi.send_message(message)
        except rtmidi.RtMidiError as error:
            raise PortError(f"MIDI port '{self._name}' has gone: {error}") from error

    def close(self) -> None:
        """Disconnect but keep the client; a virtual port stays, because rtmidi closes it only with its client."""
        self._midi.close_port()

    def delete(self) -> None:
        """Close permanently and leave the MIDI system; JACK waits long for a client that ends without leaving."""
        self._midi.close_port()
        self._midi.delete()


class RtMidiDriver:
    """One MIDI system, by its name in the configuration; raises PortError if it does not work here.

    With a `listing` the driver has no client of its own. A JACK server that waits for its clients stands still for a
    while for each client of a process that was killed.
    """

    def __init__(self, api: str, listing: Listing | None = None) -> None:
        self.has_virtual = api != "winmm"
        self._api, self._listing = api, listing
        self._sinks: rtmidi.MidiOut | None = None
        self._sources: rtmidi.MidiIn | None = None
        if listing is not None:
            self._list_sources: Callable[[], Sequence[str]] = listing.sources
            return
        with as_port_error("MIDI cannot be opened"):
            self._sources = rtmidi.MidiIn(NUMBERS[api], name="edmd sources")
        self._list_sources = self._sources.get_ports

    def port(self, name: str) -> RtMidiPort:
        """Return a port that other programs see as `name`, with our beginning."""
        return RtMidiPort(self._api, own_name(name), self._list_sources)

    def names(self) -> tuple[str, ...]:
        """Return the full names of the system's ports that accept messages; the first call may open a client."""
        if self._listing is not None:
            return self._listing.names()
        if self._sinks is None:
            with as_port_error("MIDI ports cannot be listed"):
                self._sinks = rtmidi.MidiOut(NUMBERS[self._api], name="edmd sinks")
        with as_port_error("MIDI ports cannot be listed"):
            return tuple(self._sinks.get_ports())

    def close(self) -> None:
        """Leave the MIDI system."""
        for client in (self._sources, self._sinks):
            if client is not None:
                client.delete()


@contextlib.contextmanager
def as_port_error(what: str) -> Iterator[None]:
    """Turn python-rtmidi's error into a PortError that begins with `what`."""
    try:
        yield
    except rtmidi.RtMidiError as error:
        raise PortError(f"{what}: {error}") from error
