"""The output port of each voice, by name; ports may be absent, disappear and return while the music plays."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from models.notes import VOICES, Voice

MELODY_PORT: Final = "edmd melody"
PERCUSSION_PORT: Final = "edmd percussion"
OURS: Final = "edmd "
"""How the names of our own ports begin. A name in the configuration means one of them only if it begins so too."""

_ALSA_NUMBERS: Final = re.compile(r" \d+:\d+$")


class PortError(Exception):
    """A port cannot be opened or has gone; the text is one sentence for the user."""


class Port(Protocol):
    """One connection to a MIDI system."""

    def open_virtual(self) -> str:
        """Create a virtual port and return the full name it got; raises PortError if that is refused."""

    def open(self, target: str) -> None:
        """Connect to the system's port with that full name; raises PortError if that is refused."""

    def send(self, message: bytes) -> None:
        """Hand a message to the driver at once; raises PortError if the port is gone."""

    def close(self) -> None:
        """Disconnect; the port may be opened again."""

    def delete(self) -> None:
        """Close permanently and leave the MIDI system."""


class Listing(Protocol):
    """Says which ports a MIDI system has, by their full names."""

    def names(self) -> tuple[str, ...]:
        """Return the ports that accept messages."""

    def sources(self) -> tuple[str, ...]:
        """Return the ports that send messages."""


class Driver(Protocol):
    """A MIDI system."""

    has_virtual: bool

    def port(self, name: str) -> Port:
        """Return an unopened port that other programs see as `name`; raises PortError if that is refused."""

    def names(self) -> tuple[str, ...]:
        """Return the full names of the system's ports that accept messages."""

    def close(self) -> None:
        """Leave the MIDI system."""


def own_name(name: str) -> str:
    """Return the name by which other programs see our port for a device of that name."""
    return name if name.startswith(OURS) else f"{OURS}{name}"


def foreign(names: Sequence[str], wanted: str = "") -> list[str]:
    """Return the names of other programs' ports, or all if `wanted` begins as ours do."""
    return [name for name in names if wanted.startswith(OURS) or not name.startswith(OURS)]


def find_port(names: Sequence[str], wanted: str) -> str:
    """Return the name that equals `wanted`, else one that begins with it, else one that contains it, else "".

    Ignores upper and lower case, and the numbers that ALSA adds to names.
    """
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
    target: str = ""  # full name of the open port, "" while absent
    error: str = ""  # why the last attempt to open it failed
    is_held: bool = False  # open, but nothing is sent yet


class _Shared:
    """A driver that another object closes."""

    def __init__(self, driver: Driver) -> None:
        self.has_virtual = driver.has_virtual
        self.port, self.names = driver.port, driver.names

    def close(self) -> None:
        """Do nothing."""


class Outputs:
    """The output ports: two virtual ones, and one for each name in `routes`.

    `routes` maps a voice to a port's name; a voice with "" or without an entry uses a virtual port. Without a driver
    every port is absent and messages are dropped. `notice` is a sentence for the user about the whole MIDI system, or "".
    With `opens` False, the virtual ports are absent until `open_virtual`. `more` are names of further ports; one that
    begins as ours do is another virtual port.
    """

    def __init__(
        self,
        driver: Driver | None,
        routes: Mapping[Voice, str],
        notice: str = "",
        virtual_names: tuple[str, str] = (MELODY_PORT, PERCUSSION_PORT),
        api: str = "",
        *,
        opens: bool = True,
        more: Collection[str] = (),
    ) -> None:
        self.api = api
        self.virtual_names = virtual_names
        self._notice = notice
        self._driver = driver
        self._virtual = (
            *virtual_names,
            *(name for name in more if name.startswith(OURS) and name not in virtual_names),
        )
        named = [name for name in more if name not in self._virtual]
        names = driver.names() if driver and (named or any(routes.values())) else ()
        self._routes = {voice: routes.get(voice) or self.virtual_of(voice) for voice in VOICES}
        self._slots = {name: _Slot(None) for name in self._virtual}
        for name in self._virtual if opens else ():
            self.open_virtual(name)
        for name in (*self._routes.values(), *named):
            if name not in self._slots:
                self._slots[name] = self._new_slot(name)
        self.refresh(names)

    def beside(self, virtual_names: tuple[str, str]) -> "Outputs":
        """Return outputs of the same MIDI system with two virtual ports of their own, which are not open yet."""
        return Outputs(
            _Shared(self._driver) if self._driver else None, {}, "", virtual_names, self.api, opens=False
        )

    def closed_virtual(self) -> tuple[str, ...]:
        """Return the names of the virtual ports that `open_virtual` would try to open."""
        has_virtual = self._driver is not None and self._driver.has_virtual
        return tuple(name for name in self._virtual if has_virtual and not self._slots[name].target)

    def open_virtual(self, name: str) -> None:
        """Open a virtual port if it is not open. JACK needs 10 ms and more for it; `status` tells of a failure."""
        if name not in self.closed_virtual():
            return
        slot = self._slots[name] = self._new_slot(name)
        try:
            slot.target = slot.port.open_virtual() if slot.port else ""
        except PortError as error:
            slot.error = str(error)

    def port_of(self, voice: Voice) -> str:
        """Return the name of a voice's port, for use with `send`."""
        return self._routes[voice]

    def virtual_of(self, voice: Voice) -> str:
        """Return the name of the virtual port that a voice has without a route."""
        return self.virtual_names[voice == "drums"]

    def would_turn(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the ports, as used with `send`, that would close or open if the system's ports were `names`."""
        return tuple(name for name, slot in self._slots.items() if self._changes(name, slot, names))

    def refresh(self, names: Sequence[str]) -> None:
        """Close ports that are no longer among the system's `names`, and open those that have appeared."""
        for wanted, slot in self._slots.items():
            if not self._changes(wanted, slot, names):
                continue
            if slot.target:
                self._lose(slot)
            if slot.port:
                self._connect(slot.port, slot, find_port(foreign(names, wanted), wanted))

    def send(self, name: str, message: bytes) -> None:
        """Send to a port named by `port_of`; drops the message while the port is absent or held."""
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
        """Return the names, as used with `send`, of the open ports that are not virtual."""
        return tuple(name for name, slot in self._slots.items() if slot.target and name not in self._virtual)

    def open_ports(self) -> tuple[str, ...]:
        """Return the names, as used with `send`, of all open ports, one name for each target."""
        return tuple({slot.target: name for name, slot in self._slots.items() if slot.target}.values())

    def status(self) -> dict[str, str]:
        """Return "open", "open as NAME", "open to NAME" or "absent" for each port, and any problems under "midi"."""
        status = {name: self._state(name, slot.target) for name, slot in self._slots.items()}
        sentences = [self._notice, *(slot.error for slot in self._slots.values())]
        problems = "; ".join(dict.fromkeys(sentence for sentence in sentences if sentence))
        return status | {"midi": problems} if problems else status

    def close_port(self, name: str) -> None:
        """Close a port for ever. JACK needs 10 ms and more for it; messages sent just before may be lost."""
        slot, self._slots[name] = self._slots[name], _Slot(None)
        if slot.port:
            slot.port.delete()

    def close(self) -> None:
        """Close every port; messages sent just before may be lost if the driver had no time to deliver them."""
        for name in self._slots:
            self.close_port(name)
        if self._driver:
            self._driver.close()

    def _state(self, name: str, target: str) -> str:
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

    def _changes(self, name: str, slot: _Slot, names: Sequence[str]) -> bool:
        has_gone = bool(slot.target) and slot.target not in names
        has_come = not slot.target and bool(find_port(foreign(names, name), name))
        return name not in self._virtual and (has_gone or has_come)

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
