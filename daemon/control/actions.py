"""What knobs, keys and OSC apps can ask for beside parameters: one table for all of them."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, get_args

from daemon.control.fields import TEXT
from daemon.control.messages import (
    USUAL_CALL_BARS,
    Capture,
    ControlError,
    Fade,
    Listen,
    Next,
    Op,
    Preset,
    Redo,
    Reseed,
    Scene,
    Transport,
    TransportAction,
    Undo,
)
from daemon.control.protocol import OPS
from daemon.parameters import shown

_BEATS: Final = 16.0
_BARS: Final = 8


class Argument(NamedTuple):
    """What an action takes: a name, a slot, or a number.

    `check` returns the value that the operation takes, or raises ControlError. `usual` stands for an argument that is
    left out, unless it `is_needed`. If it `is_slot`, a program change or a key may choose it by its number.
    """

    words: str
    check: Callable[[Any], Any]
    usual: Any = None
    is_needed: bool = False
    is_slot: bool = False


class Action(NamedTuple):
    """`path` is its OSC address below `/edmd/`; `make` returns the operation, for a checked argument if it takes one."""

    path: str
    help: str
    make: Callable[[Any], Op]
    argument: Argument | None = None

    def operation(self, given: Any = None) -> Op:
        """Return the operation for an argument, or for the usual one. Raises ControlError if it is wrong."""
        takes = self.argument
        if takes is None or given is None:
            return self.make(None if takes is None else takes.usual)
        return self.make(takes.check(given))


def _number(op: str, key: str, words: str, usual: float | None) -> Argument:
    field = OPS[op].fields[key]

    def check(value: Any) -> Any:
        whole = isinstance(value, float) and value.is_integer() and float not in field.kinds
        return field.check(key, int(value) if whole else value)

    return Argument(words, check, usual)


def _slot(op: str) -> Argument:
    field = OPS[op].fields["slot"]

    def check(value: Any) -> dict[str, Any]:
        if isinstance(value, str):
            return {"name": TEXT.check("name", value)}
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ControlError("bad_request", f"it takes a name or the number of a slot; got {shown(value)}")
        return {"slot": field.check("slot", int(value) if float(value).is_integer() else value)}

    return Argument("a name, or the number of a slot", check, is_needed=True, is_slot=True)


_NAME: Final = Argument("a name", lambda value: TEXT.check("name", value), is_needed=True)
_TRANSPORT: Final[Mapping[TransportAction, str]] = {
    "play": "starts from the first bar",
    "stop": "stops, and ends every note",
    "continue": "goes on from where the music stopped",
    "panic": "silences every note; the music goes on",
    "tap": "takes a tap of the tempo",
}


def _transport(action: TransportAction) -> Action:
    return Action(f"transport/{action}", _TRANSPORT[action], lambda _: Transport(action))


ACTIONS: Final[Mapping[str, Action]] = {
    **{action: _transport(action) for action in get_args(TransportAction)},
    "count_in": Action(
        "transport/count_in",
        "starts from the first bar after bars of clicks",
        lambda bars: Transport("play", bars),
        _number("transport", "count_in", "bars; nothing is 1", 1),
    ),
    "next": Action("next", OPS["next"].help, lambda _: Next()),
    "fade": Action(
        "fade",
        "fades to silence from the next bar on, then stops; continue takes it back",
        Fade,
        _number("fade", "over", f"beats; nothing is {_BEATS:g}", _BEATS),
    ),
    "capture": Action(
        "capture",
        OPS["capture"].help,
        Capture,
        _number("capture", "bars", f"bars; nothing is {_BARS}", _BARS),
    ),
    "call": Action(
        "listen/call",
        "listens for some bars, with the drums alone, and answers as many, in turn",
        lambda bars: Listen("call", bars),
        _number("listen", "bars", f"bars: 1, 2, 4, 8; nothing is {USUAL_CALL_BARS}", USUAL_CALL_BARS),
    ),
    "answer": Action(
        "listen/answer", "answers at the next bar what was played in", lambda _: Listen("answer")
    ),
    "harmony": Action(
        "listen/harmony", "held chords lead the harmony from the next bar", lambda _: Listen("harmony")
    ),
    "accompany": Action(
        "listen/accompany", "drums and bass follow how you play", lambda _: Listen("accompany")
    ),
    "listen_off": Action("listen/off", "listens no more", lambda _: Listen("off")),
    "preset": Action("preset/load", "loads a preset", lambda which: Preset("load", **which), _slot("preset")),
    "preset_save": Action(
        "preset/save", "saves the parameters as a preset", lambda name: Preset("save", name), _NAME
    ),
    "scene": Action(
        "scene/load", "loads a scene at the next bar", lambda which: Scene("load", **which), _slot("scene")
    ),
    "scene_save": Action(
        "scene/save", "saves what plays now as a scene", lambda name: Scene("save", name), _NAME
    ),
    "scene_next": Action(
        "scene/next", "loads the next scene of the setlist at the next bar", lambda _: Scene("next")
    ),
    "reseed": Action(
        "reseed", OPS["reseed"].help, Reseed, _number("reseed", "seed", "a seed, or nothing", None)
    ),
    "undo": Action("undo", OPS["undo"].help, lambda _: Undo()),
    "redo": Action("redo", OPS["redo"].help, lambda _: Redo()),
}
