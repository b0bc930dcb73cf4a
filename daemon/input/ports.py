"""The input ports: one virtual, and those that the configuration names; these may vanish and return at any time."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from daemon.input.messages import Allowance
from daemon.input.stamps import Stamps
from daemon.link.inputs import CONTROL_PORT
from daemon.player.ports.outputs import Port, PortError, find_port, foreign, own_name

# The most messages of a port in one look, so that a flood at one port does not hold up the others.
_MOST_A_LOOK: Final = 256
_log: Final = logging.getLogger(__name__)


class InputPort(Protocol):
    """One input of a MIDI system; all methods but `read`, `close` and `delete` raise PortError if it refuses."""

    def open_virtual(self) -> object:
        """Create a virtual port."""

    def open(self, target: str) -> None:
        """Listen to the system's port with that full name."""

    def names(self) -> tuple[str, ...]:
        """Return the full names of the system's ports that send messages."""

    def read(self) -> tuple[bytes, float] | None:
        """Return the next message and the seconds since the one before, or None if none waits."""

    def close(self) -> None:
        """Stop listening; the port may be opened again."""

    def delete(self) -> None:
        """Close permanently."""


class OutputPort(Port, Protocol):
    """The way back to a controller."""

    def names(self) -> tuple[str, ...]:
        """Return the full names of the system's ports that accept messages."""


class InputDriver(Protocol):
    """A MIDI system."""

    has_virtual: bool

    def input(self, name: str) -> InputPort:
        """Return an unopened input that other programs see as `name`. Raises PortError."""

    def output(self, name: str) -> OutputPort:
        """Return an unopened output that other programs see as `name`. Raises PortError."""


class Pair:
    """An input and the output back to the same device, each with one client for the life of this process.

    `target` and `back` are the full names of the ports they are connected to, "" while there is none. `has_lost` says
    that messages were dropped and nobody was told yet.
    """

    def __init__(self, driver: InputDriver, name: str) -> None:
        self.name, self.target, self.back = name, "", ""
        self._found = ""  # a port that the last look found
        # Other programs, and `foreign`, tell our ports from the device of the same name by this beginning.
        own = own_name(name)
        self.input, self.output = driver.input(own), driver.output(own)
        self._stamps, self._allowance = Stamps(), Allowance()
        self.has_lost = self._has_warned = False

    def open_virtual(self) -> None:
        """Create both virtual ports."""
        self.input.open_virtual()
        self.output.open_virtual()
        self.target = self.back = self.name

    def connect(self, sources: Sequence[str], sinks: Sequence[str]) -> None:
        """Follow a device that came or went, by the ports that exist now. A new one is used at the second look."""
        if self.target and self.target not in sources:
            _log.warning("the MIDI input %s has gone; edmd will use it when it returns", self.target)
            self.input.close()
            self.target = ""
        if self.back and self.back not in sinks:
            self.output.close()
            self.back = ""
        found = "" if self.target else find_port(sources, self.name)
        # A JACK client may show its port a moment before it can be connected, and RtMidi does not tell that it was not.
        is_settled, self._found = found == self._found, found
        if found and is_settled:
            self.input.open(found)
            self.target, self._stamps = found, Stamps()
            _log.info("the MIDI input %s is open", found)
        if not self.back and self.target and (found := find_port(sinks, self.name)):
            self.output.open(found)
            self.back = found

    def read(self, clock: Callable[[], float]) -> Iterator[tuple[float, bytes]]:
        """Yield the waiting messages with their times. When one is dropped, all that wait behind it are dropped too.

        So what is yielded later comes after the loss, and nothing else does.
        """
        if not self.target:
            return
        is_flood = False
        for _ in range(_MOST_A_LOOK):
            began = clock()
            if (message := self.input.read()) is None:
                self._stamps.found_empty(began)
                return
            now = clock()
            seconds = self._stamps.stamp(message[1], now)
            is_flood = is_flood or not self._allowance.take(now)
            if not is_flood:
                yield seconds, message[0]
                continue
            self.has_lost = True
            if not self._has_warned:
                self._has_warned = True
                _log.warning("messages of the MIDI input %s are dropped: too many come at once", self.name)

    def send(self, message: bytes) -> None:
        """Send a message to the device, or drop it if it has no output."""
        if self.back:
            try:
                self.output.send(message)
            except PortError:
                self.back = ""

    @property
    def state(self) -> str:
        """The state of the input, in words."""
        if not self.target:
            return "absent"
        return "open" if self.target == self.name else f"open to {self.target}"

    def close(self) -> None:
        """Close both."""
        self.input.delete()
        self.output.delete()


class InputPorts:
    """The virtual port `edmd control` and the ports named `wanted`, by the beginning or a part of their names."""

    def __init__(self, driver: InputDriver, wanted: Sequence[str]) -> None:
        self.control = Pair(driver, CONTROL_PORT)
        if driver.has_virtual:
            self.control.open_virtual()
        self.pairs = {CONTROL_PORT: self.control, **{name: Pair(driver, name) for name in wanted}}

    def look(self) -> None:
        """Connect the named ports that are there now. This lists the ports with a client that exists already."""
        named = [pair for pair in self.pairs.values() if pair is not self.control]
        if not named:
            return
        try:
            sources, sinks = (foreign(port.names()) for port in (self.control.input, self.control.output))
        except PortError as error:
            _log.warning("%s", error)
            return
        for pair in named:
            try:
                pair.connect(sources, sinks)
            except PortError as error:
                _log.warning("%s", error)

    def states(self) -> dict[str, str]:
        """Return the state of each input in words."""
        return {name: pair.state for name, pair in self.pairs.items()}

    def close(self) -> None:
        """Close all ports."""
        for pair in self.pairs.values():
            pair.close()
