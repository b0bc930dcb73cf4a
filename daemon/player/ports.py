"""The one place that talks to a MIDI driver: which systems work here, their ports, how to get one."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import rtmidi

from daemon.player.outputs import MELODY_PORT, PERCUSSION_PORT, Outputs, PortError
from models.notes import Voice

APIS: Final[Mapping[str, int]] = {
    "alsa": rtmidi.API_LINUX_ALSA,
    "jack": rtmidi.API_UNIX_JACK,
    "coremidi": rtmidi.API_MACOSX_CORE,
    "winmm": rtmidi.API_WINDOWS_MM,
}
"""MIDI systems by the names the configuration uses, in the order `auto` tries them."""

_LOOPMIDI: Final = (
    "Windows has no virtual MIDI ports: create one with loopMIDI (https://www.tobias-erichsen.de) "
    "and name it as `port` of [midi.lead], [midi.chords], [midi.bass] and [midi.drums]"
)
_MEND: Final[Mapping[str, str]] = {
    "alsa": "ALSA's sequencer is missing: run 'sudo modprobe snd-seq' (in a container, pass /dev/snd in)",
    "jack": "no JACK server runs: install jackd2 or pipewire-jack and start it "
    "(without hardware: 'jackd -d dummy')",
    "coremidi": "CoreMIDI does not answer: restart the machine's MIDI server ('killall MIDIServer')",
    "winmm": "Windows has no MIDI output: " + _LOOPMIDI,
}


class RtMidiPort:
    """A port of its own client; connected, closed and connected again without a new client.

    `sources` lists the names of the ports the system can hear, to learn under which one this port appeared.
    """

    def __init__(self, api: int, name: str, sources: Callable[[], list[str]] = list) -> None:
        self._name = name
        self._sources = sources
        with _told_as_port_error(f"MIDI port '{name}' cannot be created"):
            self._midi = rtmidi.MidiOut(api, name=name)

    def open_virtual(self) -> str:
        """Appear as a port of its own and return the full name it got."""
        before = set(self._sources())
        with _told_as_port_error(f"MIDI port '{self._name}' cannot be opened"):
            self._midi.open_virtual_port(self._name)
        new = [name for name in self._sources() if name not in before and self._name in name]
        return new[0] if new else self._name

    def open(self, target: str) -> None:
        """Connect to a port of the system by its full name."""
        with _told_as_port_error(f"MIDI port '{target}' cannot be opened"):
            names = self._midi.get_ports()
            if target not in names:
                raise PortError(f"MIDI port '{target}' has gone")
            self._midi.open_port(names.index(target), self._name)

    def send(self, message: bytes) -> None:
        """Hand a message to the driver."""
        try:
            self._midi.send_message(message)
        except rtmidi.RtMidiError as error:
            raise PortError(f"MIDI port '{self._name}' has gone: {error}") from error

    def close(self) -> None:
        """Disconnect, keep the client; a virtual port stays, for rtmidi ends it with its client only."""
        self._midi.close_port()

    def delete(self) -> None:
        """Close for good and leave the MIDI system; JACK waits long for a client that does not say so."""
        self._midi.close_port()
        self._midi.delete()


class RtMidiDriver:
    """One MIDI system, by its rtmidi number; PortError if it does not work here."""

    def __init__(self, api: int) -> None:
        self.has_virtual = api != rtmidi.API_WINDOWS_MM
        self._api = api
        self._sinks: rtmidi.MidiOut | None = None
        with _told_as_port_error("MIDI cannot be opened"):
            self._sources = rtmidi.MidiIn(api, name="edmd sources")

    def port(self, name: str) -> RtMidiPort:
        """Return a port that others will see under `name`."""
        return RtMidiPort(self._api, name, self._sources.get_ports)

    def names(self) -> tuple[str, ...]:
        """Return the full names of the system's ports that can be sent to; the first call opens a client."""
        if self._sinks is None:
            with _told_as_port_error("MIDI ports cannot be listed"):
                self._sinks = rtmidi.MidiOut(self._api, name="edmd sinks")
        return tuple(self._sinks.get_ports())

    def close(self) -> None:
        """Leave the MIDI system."""
        self._sources.delete()
        if self._sinks is not None:
            self._sinks.delete()


class PortLister:
    """One client for the life of the program that says which output ports the system has."""

    def __init__(self, api: str = "auto") -> None:
        self.api, self._driver, self.notice = find_driver(api)

    def names(self) -> tuple[str, ...]:
        """Return the full names of the ports that can be sent to; none without a MIDI system."""
        if self._driver is None:
            return ()
        try:
            return self._driver.names()
        except (rtmidi.RtMidiError, PortError):
            return ()

    def close(self) -> None:
        """Leave the MIDI system."""
        if self._driver is not None:
            self._driver.close()
            self._driver = None


@dataclass(frozen=True)
class Finding:
    """One MIDI system: whether it works here, the ports seen, and else how to mend it."""

    api: str
    works: bool
    ports: tuple[str, ...]
    mend: str


def examine() -> tuple[Finding, ...]:
    """Try every MIDI system this build knows, in the order `auto` does."""
    return tuple(_examine(api) for api in _compiled())


def find_driver(api: str) -> tuple[str, RtMidiDriver | None, str]:
    """Return the name of the MIDI system, its driver, and "" (or "", None and a sentence that mends).

    `api` is a key of `APIS`, or `auto` for the first that works here.
    """
    candidates = _compiled() if api == "auto" else (api,)
    for name in candidates:
        with contextlib.suppress(PortError), _quiet():
            return name, RtMidiDriver(_number(name)), ""
    mends = "; or ".join(_MEND[name] for name in candidates)
    return (
        "",
        None,
        f"No MIDI: {mends}" if mends else "No MIDI: this python-rtmidi was built without a driver",
    )


def open_outputs(
    api: str,
    routes: Mapping[Voice, str],
    virtual_names: tuple[str, str] = (MELODY_PORT, PERCUSSION_PORT),
) -> Outputs:
    """Open the two virtual ports and the routed ones that are present; never raises for what is missing."""
    _, driver, notice = find_driver(api)
    if driver is not None and not driver.has_virtual:
        notice = _LOOPMIDI
    with _quiet():
        return Outputs(driver, routes, notice, virtual_names)


def _examine(api: str) -> Finding:
    _, driver, _ = find_driver(api)
    if driver is None:
        return Finding(api, works=False, ports=(), mend=_MEND[api])
    names = driver.names()
    driver.close()
    return Finding(api, works=True, ports=names, mend="" if driver.has_virtual else _LOOPMIDI)


def _compiled() -> tuple[str, ...]:
    compiled = rtmidi.get_compiled_api()
    return tuple(name for name, number in APIS.items() if number in compiled)


def _number(api: str) -> int:
    if api not in _compiled():
        raise PortError(f"MIDI system '{api}' is not part of this build")
    return APIS[api]


@contextlib.contextmanager
def _told_as_port_error(what: str) -> Iterator[None]:
    try:
        yield
    except rtmidi.RtMidiError as error:
        raise PortError(f"{what}: {error}") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep drivers from starting servers and from writing to the terminal that they found none."""
    os.environ["JACK_NO_START_SERVER"] = "1"
    if sys.stderr is None:  # without a terminal, as a service or under pythonw
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(sink)
