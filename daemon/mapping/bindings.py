"""Bindings as data: which control changes what, as tables of TOML, and the list that is in force."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from daemon.control.actions import ACTIONS
from daemon.control.messages import ControlError
from daemon.control.scaling import CURVES, Curve
from daemon.mapping.controls import HIGHEST, KINDS, Control, Kind
from daemon.parameters import SPECS, ParameterError, Value, check, did_you_mean, shown

Encoding = Literal["twos", "offset", "sign"]
"""How an endless encoder says by how much it was turned: two's complement, 64 plus steps, or bit 6 as the sign."""

ENCODINGS: Final = get_args(Encoding)
MOST: Final = 1000
_KEYS: Final = (
    *KINDS, "channel", "port", "range", "curve", "pickup", "relative", "value", "hold", "echo", "lights",
)  # fmt: skip


class BindingError(ValueError):
    """A binding is wrong; the text says why."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One control and its target: a parameter, or an action.

    `low` and `high` bound what a knob reaches. `value` is what a press sets, or the argument of the action. With `hold` a
    switch is on as long as the key is down. `lights` are the values that a controller shows for off and on.
    """

    target: str
    control: Control
    low: float | None = None
    high: float | None = None
    curve: Curve = "linear"
    pickup: bool = True
    relative: Encoding | None = None
    value: Value | None = None
    hold: bool = False
    echo: bool = True
    lights: tuple[int, int] = (0, 127)
    origin: str = ""

    def table(self) -> dict[str, Any]:
        """Return it as a table that `read_binding` reads; what is as usual is left out."""
        control = self.control
        number: Any = True if control.kind == "bend" else "any" if control.number is None else control.number
        table = {
            control.kind: number,
            "channel": control.channel,
            "port": control.port or None,
            "range": None if self.low is None else [self.low, self.high],
            "curve": None if self.curve == "linear" else self.curve,
            "pickup": None if self.pickup else False,
            "relative": self.relative,
            "value": self.value,
            "hold": self.hold or None,
            "echo": None if self.echo else False,
            "lights": None if self.lights == (0, 127) else [*self.lights],
        }
        return {key: value for key, value in table.items() if value is not None}


def read_map(tables: Mapping[str, Any], origin: str, port: str = "") -> list[Binding]:
    """Return the bindings of a map: targets, each with a table or a list of tables. `port` is for those without one.

    Raises BindingError.
    """
    found: list[Binding] = []
    for target, given in _flat(tables):
        if target not in SPECS and target not in ACTIONS:
            hint = did_you_mean(target, (*SPECS, *ACTIONS))
            raise BindingError(f"{shown(target)} is no parameter and no action{hint}")
        each = given if isinstance(given, list) else [given]
        found += [read_binding(target, table, origin, port) for table in each]
    if len(found) > MOST:
        raise BindingError(f"a map has at most {MOST} bindings; got {len(found)}")
    return found


def _flat(tables: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, given in tables.items():
        full = f"{prefix}{name}"
        is_group = isinstance(given, Mapping) and any(each.startswith(f"{full}.") for each in SPECS)
        if is_group and full not in SPECS and prefix == "":
            yield from _flat(given, f"{full}.")
        else:
            yield full, given


def read_binding(target: str, table: Any, origin: str, port: str = "") -> Binding:
    """Return one binding of `target`. Raises BindingError."""
    if not isinstance(table, Mapping):
        raise BindingError(f"{target} is bound by a table such as {{cc = 20}}; got {shown(table)}")
    if unknown := [key for key in table if key not in _KEYS]:
        raise BindingError(f"{target}: {shown(unknown[0])} is none of {', '.join(_KEYS)}")
    low, high = _range(target, table.get("range"))
    return Binding(
        target,
        _control(target, table, port),
        low,
        high,
        _one_of(target, table, "curve", CURVES, "linear"),
        _switch(target, table, "pickup", default=True),
        _one_of(target, table, "relative", ENCODINGS, None),
        _value(target, table.get("value")),
        _switch(target, table, "hold", default=False),
        _switch(target, table, "echo", default=True),
        _lights(target, table.get("lights", [0, 127])),
        origin,
    )


def _control(target: str, table: Mapping[str, Any], port: str) -> Control:
    kinds: list[Kind] = [kind for kind in KINDS if kind in table]
    if len(kinds) != 1:
        raise BindingError(f"{target} needs exactly one of {', '.join(KINDS)}")
    kind, number = kinds[0], table[kinds[0]]
    if kind == "bend":
        number = 0 if number is True else None
    if kind == "program" and number == "any":
        number = -1
    lowest = -1 if kind == "program" else 0
    if type(number) is not int or not lowest <= number <= HIGHEST[kind]:
        raise BindingError(f"{target}: {kind} is {_allowed(kind)}; got {shown(table[kind])}")
    channel = table.get("channel")
    if channel is not None and (type(channel) is not int or not 1 <= channel <= 16):
        raise BindingError(f"{target}: channel is 1 to 16; got {shown(channel)}")
    where = table.get("port", port)
    if not isinstance(where, str) or len(where) > 256:
        raise BindingError(f"{target}: port is a part of a port's name; got {shown(where)}")
    return Control(kind, None if number == -1 else number, channel, where)


def _allowed(kind: Kind) -> str:
    if kind == "bend":
        return "true"
    return f"0 to {HIGHEST[kind]}" + (', or "any"' if kind == "program" else "")


def _range(target: str, given: Any) -> tuple[float | None, float | None]:
    if given is None:
        return None, None
    spec = SPECS.get(target)
    if spec is None or spec.kind not in ("int", "float"):
        raise BindingError(f"{target} is no number, so it has no range")
    if not isinstance(given, list | tuple) or len(given) != 2 or given[0] == given[1]:
        raise BindingError(f"{target}: range is two numbers, such as [{spec.low:g}, {spec.high:g}]")
    try:
        low, high = (float(check(target, each)) for each in given)
    except ParameterError as error:
        raise BindingError(f"{target}: range: {error.message}") from None
    return low, high


def needs_value(target: str) -> bool:
    """Whether a control must be given what the action takes: a name, for which no number of a key or program can stand."""
    takes = ACTIONS[target].argument if target in ACTIONS else None
    return takes is not None and takes.is_needed and not takes.is_slot


def _value(target: str, given: Any) -> Value | None:
    takes = ACTIONS[target].argument if target in ACTIONS else None
    if given is None:
        if needs_value(target):
            raise BindingError(f"{target} needs a value: {takes.words if takes else ''}")
        return None
    if target in SPECS:
        try:
            return check(target, given)
        except ParameterError as error:
            raise BindingError(f"{target}: value: {error.message}") from None
    if takes is not None:
        try:
            takes.check(given)
        except ControlError as error:
            raise BindingError(f"{target}: value: {error.message}") from None
        value: Value = given
        return value
    raise BindingError(f"{target} takes no value {shown(given)}")


def _one_of(target: str, table: Mapping[str, Any], key: str, choices: tuple[str, ...], default: Any) -> Any:
    value = table.get(key, default)
    if value is not default and value not in choices:
        raise BindingError(f"{target}: {key} is one of {', '.join(choices)}; got {shown(value)}")
    return value


def _switch(target: str, table: Mapping[str, Any], key: str, *, default: bool) -> bool:
    value = table.get(key, default)
    if not isinstance(value, bool):
        raise BindingError(f"{target}: {key} is true or false; got {shown(value)}")
    return value


def _lights(target: str, given: Any) -> tuple[int, int]:
    is_pair = isinstance(given, list | tuple) and len(given) == 2
    if not is_pair or not all(type(each) is int and 0 <= each <= 127 for each in given):
        raise BindingError(f"{target}: lights are two numbers, 0 to 127: off and on")
    return given[0], given[1]


def in_force(*maps: Iterable[Binding], without: Iterable[Control] = ()) -> tuple[Binding, ...]:
    """Return the bindings of all maps. A later map has priority for a control; those of `without` are left out."""
    removed, kept = [*without], list[Binding]()
    for each in maps:
        own = [*each]
        kept = [old for old in kept if not any(_same(old.control, new.control) for new in own)] + own
    return tuple(each for each in kept if not any(_same(each.control, gone) for gone in removed))


def _same(one: Control, other: Control) -> bool:
    """Whether two patterns mean the same control: kind and number are equal, and channel and port do not exclude it."""
    channels = one.channel is None or other.channel is None or one.channel == other.channel
    first, second = one.port.lower(), other.port.lower()
    return one[:2] == other[:2] and channels and (first in second or second in first)
