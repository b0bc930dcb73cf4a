"""Lights and motor faders of controllers: which of them show an old value, and when they are told the new one."""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Final

from daemon.link.inputs import CONTROL_PORT, MidiOut
from daemon.mapping.bindings import Binding
from daemon.mapping.controls import Control
from daemon.mapping.echo import echo
from daemon.parameters import SPECS, Value

# A motor must not pull while a hand moves its fader.
_REST_SECONDS: Final = 0.3
_AT_ONCE: Final = 32
_TURN_SECONDS: Final = 0.01
_MOST_HANDS: Final = 4096


class Lights:
    """The controls that show values. Each is told only the latest one."""

    def __init__(self) -> None:
        self._bindings: Sequence[Binding] = ()
        self._by_name: dict[str, list[int]] = {}
        self._ports: list[str] = []
        self._stale: dict[int, None] = {}
        self._touched: dict[int, float] = {}
        # The bindings of each control that was moved.
        self._hands: dict[Control, list[int]] = {}
        self.seconds_to_next = inf

    def use(self, bindings: Sequence[Binding]) -> None:
        """Take other bindings; their controls are told all values."""
        self._bindings, self._by_name, self._touched = bindings, {}, {}
        self._hands = {}
        for index, each in enumerate(bindings):
            if each.echo and each.target in SPECS:
                self._by_name.setdefault(each.target, []).append(index)
        self._all()

    def ports(self, names: Sequence[str]) -> None:
        """Take the names of the open ports; all values are told again if one has come."""
        is_new = bool({*names} - {*self._ports})
        self._ports = [*names]
        if is_new:
            self._all()

    def changed(self, names: Iterable[str]) -> None:
        """These parameters have other values now."""
        for name in names:
            for index in self._by_name.get(name, ()):
                self._stale[index] = None

    def touched(self, control: Control, seconds: float) -> None:
        """Somebody moves a control: a knob or fader is not told its value until it rests."""
        if control not in self._hands:
            if len(self._hands) >= _MOST_HANDS:
                self._hands.clear()
            self._hands[control] = [
                index
                for index, each in enumerate(self._bindings)
                if each.control.matches(control) and _is_moved(each)
            ]
        for index in self._hands[control]:
            self._touched[index] = seconds

    def due(self, values: Mapping[str, Value], seconds: float) -> list[MidiOut]:
        """Return some of the messages that are due; they count as sent."""
        if not self._ports:
            self.seconds_to_next = inf
            return []
        resting = [
            index for index in self._stale if seconds - self._touched.get(index, -inf) >= _REST_SECONDS
        ]
        messages: list[MidiOut] = []
        for index in resting[:_AT_ONCE]:
            del self._stale[index]
            binding = self._bindings[index]
            if binding.target in values:
                out = echo(binding, values[binding.target])
                messages += [MidiOut(port, each) for port in self._ports_of(binding) for each in out]
        self.seconds_to_next = _TURN_SECONDS if self._stale else inf
        return messages

    def _ports_of(self, binding: Binding) -> list[str]:
        wanted = binding.control.port.lower()
        if not wanted:
            return [CONTROL_PORT] if CONTROL_PORT in self._ports else []
        return [port for port in self._ports if wanted in port.lower()]

    def _all(self) -> None:
        self.changed(self._by_name)


def _is_moved(binding: Binding) -> bool:
    """Whether a hand moves the control of a binding to a value, as it moves a fader."""
    spec = SPECS.get(binding.target)
    return spec is not None and spec.kind != "bool" and binding.value is None
