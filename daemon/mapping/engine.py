"""What a moved control changes: bindings, pick-up and encoders. Pure: times and values come from the caller."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from daemon.control.actions import ACTIONS
from daemon.control.scaling import position_of, value_at
from daemon.mapping.bindings import Binding, Encoding
from daemon.mapping.controls import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    RESET_CONTROLLERS,
    Control,
    Mode,
    Move,
    Reader,
)
from daemon.parameters import SPECS, Spec, Value

# A knob this near to the value takes it over. A knob sends 128 positions.
_NEAR: Final = 2 / 127
# What was sent is taken for the parameter's value so long: the daemon publishes its values a little later.
_OURS_SECONDS: Final = 1.0
_PRESSED: Final = 64
_MOST_PORTS: Final = 64


class Change(NamedTuple):
    """A parameter gets a value. `control` is what was moved."""

    name: str
    value: Value
    control: Control


class Act(NamedTuple):
    """An action of the table is to be done; `argument` is what it takes, None what is usual."""

    action: str
    argument: Value | None = None


Wish = Change | Act


class _Knob:
    """What is known of the control of one binding."""

    def __init__(self) -> None:
        self.position: float | None = None
        self.is_caught = False
        self.is_down = False
        self.before: Value | None = None


class Engine:
    """The state of all controls. `values` of the calls are the parameters' values as far as the caller knows them."""

    def __init__(self, bindings: Sequence[Binding] = ()) -> None:
        self._readers: dict[str, Reader] = {}
        self._sent: dict[str, tuple[Value, float]] = {}
        self.use(bindings)

    def use(self, bindings: Sequence[Binding]) -> None:
        """Use other bindings from now on."""
        self.bindings = tuple(bindings)
        self._knobs = [_Knob() for _ in self.bindings]
        self._found: dict[Control, list[int]] = {}

    def read(self, port: str, message: bytes) -> list[Move | Mode]:
        """Return what a message of a port says."""
        if port not in self._readers:
            if len(self._readers) >= _MOST_PORTS:
                self._readers.clear()
            self._readers[port] = Reader(port)
        return [*self._readers[port].read(message)]

    def uses(self, control: Control) -> bool:
        """Whether a binding uses a control."""
        return bool(self._bound(control))

    def feed(self, moved: Move | Mode, now: float, values: Mapping[str, Value]) -> Iterator[Wish]:
        """Yield what a control asks for. `now` is in seconds of any steady clock."""
        if isinstance(moved, Mode):
            yield from self._mode(moved.number)
            return
        for index in self._bound(moved.control):
            binding, knob = self.bindings[index], self._knobs[index]
            wish = self._wish(binding, knob, moved, now, values)
            if isinstance(wish, Change):
                self._sent[wish.name] = (wish.value, now)
            if wish is not None:
                yield wish

    def _bound(self, control: Control) -> list[int]:
        if control not in self._found:
            if len(self._found) > 4096:
                self._found.clear()
            self._found[control] = [
                index for index, each in enumerate(self.bindings) if each.control.matches(control)
            ]
        return self._found[control]

    def _mode(self, number: int) -> Iterator[Wish]:
        if number in (ALL_SOUND_OFF, ALL_NOTES_OFF):
            yield Act("panic")
        if number in (RESET_CONTROLLERS, ALL_NOTES_OFF, ALL_SOUND_OFF):
            for knob in self._knobs:
                knob.is_down = False
        if number == RESET_CONTROLLERS:
            for knob in self._knobs:
                knob.position, knob.is_caught = None, False

    def _wish(
        self, binding: Binding, knob: _Knob, moved: Move, now: float, values: Mapping[str, Value]
    ) -> Wish | None:
        spec = SPECS.get(binding.target)
        press = self._press(knob, moved)
        if spec is None:
            return _act(binding, moved) if press else None
        known = self._known(spec.name, now, values)
        if binding.relative is not None:
            value = _turned(binding, spec, moved.raw, known)
        elif binding.value is not None or spec.kind == "bool" or moved.control.kind in ("note", "program"):
            value = _pressed(binding, spec, knob, press, moved.position, known=known)
        else:
            value = _followed(binding, spec, knob, moved, known)
        return None if value is None else Change(spec.name, value, moved.control)

    def _press(self, knob: _Knob, moved: Move) -> bool | None:
        """Return True if a key goes down, False if it goes up, None if it stays."""
        if moved.control.kind == "program":
            return True
        is_down = moved.raw > 0 if moved.control.kind == "note" else moved.position >= _PRESSED / 127
        was_down, knob.is_down = knob.is_down, is_down
        return None if is_down == was_down else is_down

    def _known(self, name: str, now: float, values: Mapping[str, Value]) -> Value | None:
        if name in self._sent:
            value, at = self._sent[name]
            if now - at < _OURS_SECONDS:
                return value
            del self._sent[name]
        return values.get(name)


def _act(binding: Binding, moved: Move) -> Act:
    """Return the act of a press. The number of a program or key, counted from 1, stands for a slot."""
    takes = ACTIONS[binding.target].argument
    if binding.value is None and takes is not None and takes.is_slot:
        return Act(binding.target, (moved.control.number or 0) + 1)
    return Act(binding.target, binding.value)


def _pressed(
    binding: Binding, spec: Spec, knob: _Knob, press: bool | None, position: float, *, known: Value | None
) -> Value | None:
    """Return what a key sets when it goes down, or with `hold` when it goes up again."""
    if spec.kind == "bool" and binding.hold and binding.value is None:
        return knob.is_down
    if press is None or (not press and not binding.hold):
        return None
    if binding.value is not None:
        before, knob.before = knob.before, known if press else None
        return binding.value if press else before
    if spec.kind == "bool":
        return not known
    if spec.kind == "choice":
        return _next_choice(spec, known) if press else None
    return value_at(spec, position, binding.low, binding.high, binding.curve) if press else None


def _next_choice(spec: Spec, known: Value | None) -> Value:
    index = spec.choices.index(str(known)) + 1 if known is not None else 0
    return spec.choices[index % len(spec.choices)]


def _followed(binding: Binding, spec: Spec, knob: _Knob, moved: Move, known: Value | None) -> Value | None:
    """Return the value at the knob's place, if the knob has picked the parameter up."""
    last, knob.position = knob.position, moved.position
    if binding.pickup and known is not None:
        place = position_of(spec, known, binding.low, binding.high, binding.curve)
        was_near = last is not None and knob.is_caught and abs(last - place) <= _slack(spec)
        has_crossed = last is not None and min(last, moved.position) <= place <= max(last, moved.position)
        knob.is_caught = was_near or has_crossed or abs(moved.position - place) <= _slack(spec)
        if not knob.is_caught:
            return None
    return value_at(spec, moved.position, binding.low, binding.high, binding.curve)


def _slack(spec: Spec) -> float:
    """A whole number or a choice stands for all positions that round to it."""
    return max(_NEAR, 0.51 / _steps(spec)) if spec.kind != "float" else _NEAR


def _steps(spec: Spec) -> float:
    if spec.kind == "choice":
        return max(len(spec.choices) - 1, 1)
    return spec.high - spec.low if spec.kind == "int" else 127.0


def _turned(binding: Binding, spec: Spec, raw: int, known: Value | None) -> Value | None:
    """Return the value after an endless encoder was turned: a step is 1/127 of the range, or one of few values."""
    delta = _delta(raw, binding.relative or "twos")
    if spec.kind == "bool":
        return delta > 0 if delta else None
    base = spec.default if known is None else known
    place = position_of(spec, base, binding.low, binding.high, binding.curve)
    place = min(max(place + delta / min(_steps(spec), 127.0), 0.0), 1.0)
    return value_at(spec, place, binding.low, binding.high, binding.curve)


def _delta(raw: int, encoding: Encoding) -> int:
    match encoding:
        case "twos":
            return raw if raw < 64 else raw - 128
        case "offset":
            return raw - 64
        case "sign":
            return raw if raw < 64 else 64 - raw
