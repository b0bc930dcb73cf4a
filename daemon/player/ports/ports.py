"""Find the MIDI systems that work on this machine and their ports, and say what to do if none works."""

import contextlib
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from shutil import which
from typing import TYPE_CHECKING, Final, TypeVar

from daemon.player.ports.outputs import MELODY_PORT, PERCUSSION_PORT, Listing, Outputs, PortError
from models.notes import Voice

if TYPE_CHECKING:
    from daemon.player.ports.rtmidi_driver import RtMidiDriver

Opened = TypeVar("Opened")

APIS: Final = ("alsa", "jack", "coremidi", "winmm")
"""MIDI systems by their names in the configuration, in the order in which `auto` tries them."""

_LOOPMIDI: Final = (
    "Windows has no virtual MIDI ports: create one with loopMIDI (https://www.tobias-erichsen.de) "
    "and name it as `port` of [midi.lead], [midi.chords], [midi.bass] and [midi.drums]"
)
_JACK: Final = "start it (without hardware: 'jackd -d dummy -p 256')"
_MEND: Final[Mapping[str, str]] = {
    "alsa": "ALSA's sequencer is missing: run 'sudo modprobe snd-seq' (in a container, pass /dev/snd in)",
    "jack": f"no JACK server runs: {_JACK if which('jackd') else f'install jackd2 or pipewire-jack and {_JACK}'}",
    "coremidi": "CoreMIDI does not answer: restart the machine's MIDI server ('killall MIDIServer')",
    "winmm": "Windows has no MIDI output: " + _LOOPMIDI,
}


class PortLister:
    """Lists the system's output ports, with one MIDI client for the whole life of the program."""

    def __init__(self, api: str = "auto") -> None:
        self.api, self._driver, self.notice = find_driver(api)

    def names(self) -> tuple[str, ...]:
        """Return the full names of the ports that accept messages; none without a MIDI system."""
        if self._driver is None:
            return ()
        try:
            return self._driver.names()
        except PortError:
            return ()

    def close(self) -> None:
        """Leave the MIDI system."""
        if self._driver is not None:
            self._driver.close()
            self._driver = None


@dataclass(frozen=True)
class Finding:
    """One MIDI system: whether it works here, its ports, and how to mend it if it does not work."""

    api: str
    works: bool
    ports: tuple[str, ...]
    mend: str


def examine() -> tuple[Finding, ...]:
    """Try every MIDI system of this build, in the order of `APIS`; raises PortError if the binding cannot be loaded."""
    return tuple(_examine(api) for api in _compiled())


def find_driver(api: str, listing: Listing | None = None) -> "tuple[str, RtMidiDriver | None, str]":
    """Return the MIDI system's name, its driver and ""; if none works, return "", None and how to mend it.

    `api` is a name in `APIS`, or `auto` for the first system that works here; with a `listing` of it, it works.
    """
    return first_working(api, lambda name: _driver(name, listing))


def first_working(api: str, opens: Callable[[str], Opened]) -> tuple[str, Opened | None, str]:
    """Return the first MIDI system that `opens` can open, what it returned, and ""; else "", None and how to mend it.

    `api` is a name in `APIS`, or `auto` for all of this build. `opens` raises PortError if the system does not work.
    """
    try:
        compiled = _compiled()
    except PortError as error:
        return "", None, f"No MIDI: {error}"
    candidates = compiled if api == "auto" else (api,)
    for name in candidates:
        with contextlib.suppress(PortError), _quiet():
            if name not in compiled:
                raise PortError(f"MIDI system '{name}' is not part of this build")
            return name, opens(name), ""
    mends = "; or ".join(_MEND[name] for name in candidates)
    return "", None, f"No MIDI: {mends or 'this python-rtmidi was built without a driver'}"


def open_outputs(
    api: str,
    routes: Mapping[Voice, str],
    virtual_names: tuple[str, str] = (MELODY_PORT, PERCUSSION_PORT),
    listing: Listing | None = None,
    more: Collection[str] = (),
) -> Outputs:
    """Open the virtual ports and the routed ports that are present; missing ports raise no error."""
    found, driver, notice = find_driver(api, listing)
    if driver is not None and not driver.has_virtual:
        notice = _LOOPMIDI
    with _quiet():
        return Outputs(driver, routes, notice, virtual_names, found, more=more)


def _examine(api: str) -> Finding:
    _, driver, _ = find_driver(api)
    if driver is None:
        return Finding(api, works=False, ports=(), mend=_MEND[api])
    names = driver.names()
    driver.close()
    return Finding(api, works=True, ports=names, mend="" if driver.has_virtual else _LOOPMIDI)


def _compiled() -> tuple[str, ...]:
    try:
        from daemon.player.ports.rtmidi_driver import compiled
    except ImportError as error:
        raise PortError(f"the MIDI driver cannot be loaded ({error}): {_mend_of(error)}") from error
    known = compiled()
    return tuple(name for name in APIS if name in known)


def _mend_of(error: ImportError) -> str:
    """Return how to make the binding loadable; on Linux it needs ALSA's library, even for JACK."""
    return "apt install libasound2" if "asound" in str(error) else "reinstall python-rtmidi"


def _driver(api: str, listing: Listing | None) -> "RtMidiDriver":
    from daemon.player.ports.rtmidi_driver import RtMidiDriver

    return RtMidiDriver(api, listing)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Prevent drivers from starting servers, and from writing to the terminal that no server runs."""
    os.environ["JACK_NO_START_SERVER"] = "1"
    if sys.stderr is None:  # without a terminal, as a service or under pythonw
        yield
        return
    sys.stderr.flush()
    with contextlib.ExitStack() as stack:
        terminal = os.dup(2)
        stack.callback(os.close, terminal)
        sink = os.open(os.devnull, os.O_WRONLY)
        stack.callback(os.close, sink)
        stack.callback(os.dup2, terminal, 2)
        os.dup2(sink, 2)
        yield
