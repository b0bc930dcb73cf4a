"""What a control client can ask for: one frozen dataclass an op, and the error that refuses one."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from daemon.automation import At
from daemon.parameters import told
from models.notes import Voice

TransportAction = Literal["play", "stop", "continue", "panic", "tap"]
RecordAction = Literal["start", "stop"]
ModelAction = Literal["list", "load"]
PresetAction = Literal["save", "load", "list", "delete"]
Code = Literal[
    "bad_json",
    "bad_request",
    "unsupported_version",
    "unknown_op",
    "unknown_parameter",
    "wrong_type",
    "out_of_range",
    "too_large",
    "not_found",
    "unavailable",
]


class ControlError(Exception):
    """A request that was not carried out; it becomes the `error` of the reply to `request_id`."""

    def __init__(self, code: Code, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.param = param
        self.request_id: str | None = None


def all_of(errors: Sequence[ControlError]) -> ControlError:
    """One error for several: about the first, with a message that names all."""
    first = errors[0]
    return ControlError(first.code, told([error.message for error in errors]), first.param)


class Ping(Struct, frozen=True, tag=True):
    """Asks for a sign of life."""


class Describe(Struct, frozen=True, tag=True):
    """Asks for every op and every parameter."""


class Get(Struct, frozen=True, tag=True):
    """Asks for values; `names` None means all. The names are known ones."""

    names: tuple[str, ...] | None = None


class Set(Struct, frozen=True, tag=True):
    """Asks for values by contract name, not checked yet; `over` is a ramp in beats."""

    params: Mapping[str, Any]
    at: At = "now"
    over: float = 0.0


class Transport(Struct, frozen=True, tag=True):
    """Asks to start, stop, go on, silence, or takes a tap of the tempo."""

    action: TransportAction


class State(Struct, frozen=True, tag=True):
    """Asks for everything that is the case."""


class Reseed(Struct, frozen=True, tag=True):
    """Asks for fresh model state; `seed` None lets the daemon choose."""

    seed: int | None = None
    at: At = "bar"


class Record(Struct, frozen=True, tag=True):
    """Asks to record; `path` is relative to the recordings folder, None lets the daemon choose."""

    action: RecordAction
    path: str | None = None


class Model(Struct, frozen=True, tag=True):
    """Asks for the list of bundles, or for another one by `name`."""

    action: ModelAction
    name: str | None = None

    def __post_init__(self) -> None:
        if self.action == "load" and self.name is None:
            raise ControlError("bad_request", 'model load needs "name": the name of a bundle')


class Preset(Struct, frozen=True, tag=True):
    """Asks to keep, take up, list or forget the live parameters under a `name`; `over` is a ramp in beats."""

    action: PresetAction
    name: str | None = None
    at: At = "now"
    over: float = 0.0

    def __post_init__(self) -> None:
        if self.action != "list" and self.name is None:
            raise ControlError("bad_request", f'preset {self.action} needs "name": the name of a preset')


class HeardNote(NamedTuple):
    """A note to be heard: `beat` and `length` in beats."""

    beat: float
    length: float
    voice: Voice
    pitch: int
    velocity: int


class Prime(Struct, frozen=True, tag=True):
    """Asks that the models hear music before they go on: `notes`, or a MIDI file inside the recordings folder."""

    notes: tuple[HeardNote, ...] | None = None
    path: str | None = None
    from_bar: int | None = None

    def __post_init__(self) -> None:
        if (self.notes is None) == (self.path is None):
            raise ControlError("bad_request", 'prime needs one of "notes" and "path"')


Op = Ping | Describe | Get | Set | Transport | State | Reseed | Record | Model | Preset | Prime
