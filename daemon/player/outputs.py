"""Which port each voice goes to, by name: ports may be absent, vanish and return while the music goes on."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from models.notes import VOICES, Voice

MELODY_PORT: Final = "edmd melody"
PERCUSSION_PORT: Final = "edmd percussion"
_ALSA_NUMBERS: Final = re.compile(r" \d+:\d+$")


class PortError(Exception):
    """A port cannot be opened or has gone; the text is one sentence for the user."""


class Port(Protocol):
    """One connection to a MIDI system."""

    def open_virtual(self) -> str:
        """Appear as a port of its own and return the full name it got; PortError if that is refused."""

    def open(self, target: str) -> None:
        """Connect to the system's port of that full name; PortError if that is refused."""

    def send(self, message: bytes) -> None:
        """Hand a message to the driver at once; PortError if the port is gone."""

    def close(self) -> None:
        """Disconnect; the port may be opened again."""

    def delete(self) -> None:
        """Close for good and leave the MIDI system."""


class Driver(Protocol):
    """A MIDI system."""

    has_virtual: bool

    def port(self, name: str) -> Port:
        """Return a port, not open yet, that others will see under `name`; PortError if that is refused."""

    def names(self) -> tuple[str, ...]:
        """Return the full names of the ports of the system that can be sent to."""

    def close(self) -> None:
        """Leave the MIDI system."""


def find_port(names: Sequence[str], wanted: str) -> str:
    """Return the name that is `wanted`, else begins with it, else holds it, in any case; "" if none does."""
    sought = _ALSA_NUMBERS.sub("", wanted.casefold())
    folded = [(_ALSA_NUMBERS.sub("", name.casefold()), name) for name in names]
    tests = (
        lambda low: low == sought,
        lambda low: low.startswith(sought),
        lambda low: sought in low,
    )
    return next((name for test in tests for low, name in folded if test(low)), "")


@dataclass
class _Slot:
    port: Port | None
    target: str = ""  # full name of what is open, "" while absent
    error: str = ""  # why it could not be opened when that was tried last
    is_held: bool = False  # open, but nothing is sent yet


class Outputs:
    """The open ports: two virtual ones, and a named one for each route that names one.

    `routes` gives a voice's port by name, "" or nothing for the virtual one. Without a driver every port is
    absent and what is sent goes nowhere. `notice` is a sentence for the user on the whole system, or "".
    """

    def __init__(
        self,
        driver: Driver | None,
        routes: Mapping[Voice, str],
        notice: str = "",
        virtual_names: tuple[str, str] = (MELODY_PORT, PERCUSSION_PORT),
    ) -> None:
        self._notice = notice
        self._driver = driver
        self._virtual = virtual_names
        names = driver.names() if driver and any(routes.values()) else ()
        self._routes = {voice: routes.get(voice) or virtual_names[voice == "drums"] for voice in VOICES}
        self._slots = {name: self._open_virtual(name) for name in virtual_names}
        for name in self._routes.values():
            if name not in self._slots:
                self._slots[name] = self._new_slot(name)
        self.refresh(names)

    def port_of(self, voice: Voice) -> str:
        """Return the name under which `send` reaches the port of a voice."""
        return self._routes[voice]

    def would_turn(self, names: Sequence[str]) -> tuple[Voice, ...]:
        """Return the voices whose port closes or opens when the system's ports become `names`."""
        turning = [name for name, slot in self._slots.items() if self._turns(name, slot, names)]
        return tuple(voice for voice in VOICES if self._routes[voice] in turning)

    def refresh(self, names: Sequence[str]) -> None:
        """Close ports that are no longer among the system's `names`, open those that have come."""
        for wanted, slot in self._slots.items():
            if not self._turns(wanted, slot, names):
                continue
            if slot.target:
                self._lose(slot)
            if slot.port:
                self._connect(slot.port, slot, find_port(names, wanted))

    def send(self, name: str, message: bytes) -> None:
        """Send to the port `port_of` named; nothing happens while it is absent or held."""
        slot = self._slots[name]
        if slot.target and slot.port and not slot.is_held:
            try:
                slot.port.send(message)
            except PortError:
                self._lose(slot)

    def hold(self, names: Collection[str]) -> None:
        """Send nothing to these ports until `let_go`."""
        for name in names:
            self._slots[name].is_held = True

    def let_go(self, names: Collection[str]) -> None:
        """Send to these ports again."""
        for name in names:
            self._slots[name].is_held = False

    def open_named(self) -> tuple[str, ...]:
        """Return the names `send` knows of the open ports that are not our own."""
        return tuple(name for name, slot in self._slots.items() if slot.target and name not in self._virtual)

    def open_ports(self) -> tuple[str, ...]:
        """Return the names `send` knows of every open port, one for each target."""
        return tuple({slot.target: name for name, slot in self._slots.items() if slot.target}.values())

    def status(self) -> dict[str, str]:
        """Return "open", "open as NAME", "open to NAME" or "absent" of each port; what is amiss as "midi"."""
        status = {name: self._told(name, slot.target) for name, slot in self._slots.items()}
        amiss = [self._notice, *(slot.error for slot in self._slots.values())]
        told = "; ".join(dict.fromkeys(sentence for sentence in amiss if sentence))
        return status | {"midi": told} if told else status

    def close(self) -> None:
        """Close every port; what was sent just before may be lost if the driver had no time to deliver it."""
        for slot in self._slots.values():
            slot.target = ""
            if slot.port:
                slot.port.delete()
        if self._driver:
            self._driver.close()

    def _told(self, name: str, target: str) -> str:
        if not target:
            return "absent"
        if name not in self._virtual:
            return f"open to {target}"
        return "open" if target.partition(":")[0] == name else f"open as {target}"

    def _new_slot(self, name: str) -> _Slot:
        try:
            return _Slot(self._driver.port(name) if self._driver else None)
        except PortError as error:
            return _Slot(None, error=str(error))

    def _open_virtual(self, name: str) -> _Slot:
        if not (self._driver and self._driver.has_virtual):
            return _Slot(None)
        slot = self._new_slot(name)
        try:
            return replace(slot, target=slot.port.open_virtual()) if slot.port else slot
        except PortError as error:
            return _Slot(None, error=str(error))

    def _turns(self, name: str, slot: _Slot, names: Sequence[str]) -> bool:
        gone = bool(slot.target) and slot.target not in names
        come = not slot.target and bool(find_port(names, name))
        return name not in self._virtual and (gone or come)

    def _connect(self, port: Port, slot: _Slot, target: str) -> None:
        try:
            if target:
                port.open(target)
            slot.target, slot.error = target, ""
        except PortError as error:
            slot.error = str(error)

    @staticmethod
    def _lose(slot: _Slot) -> None:
        slot.target = ""
        if slot.port:
            slot.port.close()
