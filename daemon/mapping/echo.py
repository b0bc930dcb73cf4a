"""What controllers are told: values for motor faders, rings of lights and lit keys."""

from daemon.control.scaling import position_of
from daemon.mapping.bindings import Binding
from daemon.mapping.controls import Control
from daemon.parameters import SPECS, Value


def echo(binding: Binding, value: Value) -> list[bytes]:
    """Return the messages that show `value` on the control of a binding; none if it cannot show anything."""
    control, spec = binding.control, SPECS.get(binding.target)
    if spec is None or not binding.echo or control.number is None:
        return []
    if binding.value is not None or spec.kind == "bool":
        is_on = value == binding.value if binding.value is not None else bool(value)
        return _light(control, binding.lights[is_on])
    return _position(binding, position_of(spec, value, binding.low, binding.high, binding.curve))


def _light(control: Control, shown: int) -> list[bytes]:
    status = {"note": 0x90, "cc": 0xB0}.get(control.kind)
    return [] if status is None else [bytes((status | _channel(control), control.number or 0, shown))]


def _position(binding: Binding, position: float) -> list[bytes]:
    control, fine = binding.control, round(position * 16383)
    number = control.number or 0
    match control.kind:
        case "cc" if binding.relative is None:
            pairs = [(number, round(position * 127))]
        case "cc14":
            pairs = [(number, fine >> 7), (number + 32, fine & 127)]
        case "nrpn":
            pairs = [(99, number >> 7), (98, number & 127), (6, fine >> 7), (38, fine & 127)]
        case "bend":
            return [bytes((0xE0 | _channel(control), fine & 127, fine >> 7))]
        case _:
            pairs = []
    return [bytes((0xB0 | _channel(control), *pair)) for pair in pairs]


def _channel(control: Control) -> int:
    return (control.channel or 1) - 1
