"""The OSC addresses of edmd, and what a message to each of them asks for, from the tables of parameters and actions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from daemon.control.actions import ACTIONS, Action
from daemon.control.fields import DECK
from daemon.control.messages import ControlError, Op
from daemon.control.protocol import refusal
from daemon.control.scaling import position_of, value_at
from daemon.parameters import SPECS, ParameterError, Spec, Value, check, did_you_mean, shown
from models.notes import MAIN

ROOT: Final = "/edmd/"
_NORM: Final = "norm/"
_DECK: Final = "deck/"
# A float of OSC has 32 bits, so 0.1 comes as 0.10000000149.
_DIGITS: Final = 7

Arguments = Sequence[Any]


class OscSettings(NamedTuple):
    """Where to listen, the networks that are heard beside this machine, and who is told of changes without asking."""

    bind: tuple[str, int]
    allow: tuple[str, ...] = ()
    receivers: tuple[tuple[str, int], ...] = ()


class Change(NamedTuple):
    """A parameter of a deck gets a value, which has been checked."""

    deck: str
    name: str
    value: Value


class Command(NamedTuple):
    """An operation for a deck."""

    deck: str
    op: Op


class Subscribe(NamedTuple):
    """Send every change to `port` of the sender (None: the port it sent from), or no more."""

    port: int | None
    is_on: bool = True


class Ping(NamedTuple):
    """The sender wants to know whether edmd is there."""


Wanted = Change | Command | Subscribe | Ping


class Address(NamedTuple):
    """One line of the list of addresses: the address, its arguments, and what it does."""

    path: str
    arguments: str
    help: str


def read(path: str, arguments: Arguments) -> Wanted | None:
    """Return what a message wants; None for a button that was let go. Raises ControlError with a sentence if it is wrong."""
    if not path.startswith(ROOT):
        raise ControlError("not_found", f"addresses begin with {ROOT}; got {shown(path)}")
    name, deck = path.removeprefix(ROOT), MAIN
    if name.startswith(_DECK):
        given, _, name = name.removeprefix(_DECK).partition("/")
        deck = DECK.check("deck", given)
    if name in _OF_DAEMON and deck == MAIN:
        return _OF_DAEMON[name](arguments)
    if name in _ACTIONS:
        op = _operation(_ACTIONS[name], arguments)
        return None if op is None else Command(deck, op)
    return _change(deck, path, name, arguments)


def told(deck: str, name: str, value: Value) -> Iterator[tuple[str, Value]]:
    """Yield the addresses and arguments that tell subscribers a parameter's value: natural, and 0 to 1."""
    root = ROOT if deck == MAIN else f"{ROOT}{_DECK}{deck}/"
    path = name.replace(".", "/")
    yield f"{root}{path}", value
    yield f"{root}{_NORM}{path}", position_of(SPECS[name], value)


def addresses() -> list[Address]:
    """Return the list of all addresses that edmd understands."""
    rows = []
    for spec in SPECS.values():
        path = spec.name.replace(".", "/")
        rows.append(Address(f"{ROOT}{path}", _words(spec), spec.help))
    for spec in SPECS.values():
        path = spec.name.replace(".", "/")
        rows.append(Address(f"{ROOT}{_NORM}{path}", "0 to 1", f"{spec.name} for a fader or a button"))
    rows += [Address(f"{ROOT}{path}", _taken(each), each.help) for path, each in _ACTIONS.items()]
    return [
        *rows,
        Address(f"{ROOT}deck/NAME/...", "as without deck/NAME", "the same for another deck than the first"),
        Address(
            f"{ROOT}subscribe",
            "a port, or nothing for the port of the sender",
            "send every value now, and every change from now on, in the same addresses",
        ),
        Address(f"{ROOT}unsubscribe", "the same port", "send no more"),
        Address(f"{ROOT}ping", "nothing", f"answered by {ROOT}pong"),
    ]


def _change(deck: str, path: str, name: str, arguments: Arguments) -> Change:
    is_norm = name.startswith(_NORM)
    name = name.removeprefix(_NORM).replace("/", ".")
    if name not in SPECS:
        known = tuple(each.replace(".", "/") for each in (*SPECS, *_ACTIONS, *_OF_DAEMON))
        hint = did_you_mean(name.replace(".", "/"), known)
        raise ControlError("not_found", f"there is no address {shown(path)}{hint}")
    if len(arguments) != 1:
        raise ControlError("bad_request", f"{shown(path)} takes one argument; got {len(arguments)}")
    spec = SPECS[name]
    try:
        return Change(deck, name, _position(spec, arguments[0]) if is_norm else _natural(spec, arguments[0]))
    except ParameterError as error:
        raise refusal(error) from None


def _position(spec: Spec, value: Any) -> Value:
    if isinstance(value, bool):
        value = float(value)
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ParameterError("out_of_range", spec.name, f"{spec.name} is 0 to 1 here; got {shown(value)}")
    return value_at(spec, value)


def _natural(spec: Spec, value: Any) -> Value:
    """Return the checked value. Apps send each number as a float and each switch as a number, so these are accepted."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if spec.kind == "bool" and is_number and value in (0, 1):
        value = bool(value)
    if spec.kind == "int" and is_number and float(value).is_integer():
        value = int(value)
    if spec.kind == "choice" and is_number and float(value).is_integer():
        value = str(int(value))
    if spec.kind == "float" and is_number:
        value = float(f"{value:.{_DIGITS}g}")
    return check(spec.name, value)


def _taken(action: Action) -> str:
    takes = action.argument
    if takes is None:
        return "nothing, or 1"
    return (
        takes.words if takes.is_needed else f"{takes.words}; a float 1.0 is a button, and counts as nothing"
    )


def _words(spec: Spec) -> str:
    return "0 or 1" if spec.kind == "bool" else spec.allowed


def _operation(action: Action, arguments: Arguments) -> Op | None:
    """Return what an action asks for, None if a button was let go."""
    takes = action.argument
    if len(arguments) == 1 and _is_button(action, arguments[0]):
        if not arguments[0]:
            return None
        arguments = ()
    if takes is None and arguments:
        raise ControlError("bad_request", "a button takes no argument, or 1 for pressed and 0 for let go")
    if takes is not None and (len(arguments) > 1 or (takes.is_needed and not arguments)):
        raise ControlError("bad_request", f"it takes one argument, {takes.words}; got {len(arguments)}")
    return action.operation(*arguments)


def _is_button(action: Action, value: Any) -> bool:
    """Whether a value tells of a button, and is not what the action takes.

    An app's button sends a float, 1.0 when it is pressed and 0.0 when it is let go; an int is what the action takes. But
    no int 0 is taken: buttons of some apps send ints, and to let one go must not cut the music.
    """
    takes = action.argument
    if takes is None:
        return isinstance(value, int | float) and value in (0, 1)
    return not takes.is_needed and (
        isinstance(value, bool) or value == 0 or (isinstance(value, float) and value == 1)
    )


def _subscription(is_on: bool) -> Callable[[Arguments], Subscribe]:
    def read_port(arguments: Arguments) -> Subscribe:
        port = arguments[0] if arguments else None
        if isinstance(port, float) and port.is_integer():
            port = int(port)
        if port is not None and (type(port) is not int or not 1 <= port <= 65535):
            raise ControlError("bad_request", f"a port is a whole number, 1 to 65535; got {shown(port)}")
        return Subscribe(port, is_on)

    return read_port


_ACTIONS: Final[Mapping[str, Action]] = {action.path: action for action in ACTIONS.values()}
_OF_DAEMON: Final[Mapping[str, Callable[[Arguments], Wanted]]] = {
    "subscribe": _subscription(is_on=True),
    "unsubscribe": _subscription(is_on=False),
    "ping": lambda _: Ping(),
}
