"""Control requests: one frozen class for each op, and the error that refuses a request."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, get_args

from msgspec import Struct

from daemon.automation import At
from daemon.parameters import told
from models.notes import VOICES, Voice

TransportAction = Literal["play", "stop", "continue", "panic", "tap"]
RecordAction = Literal["start", "stop"]
ModelAction = Literal["list", "load"]
PendingAction = Literal["list", "cancel"]
ClockAction = Literal["state", "source", "nudge", "offset", "delay"]
ClockSource = Literal["internal", "midi", "link"]
DeckAction = Literal["list", "add", "remove"]
ListenAction = Literal["call", "answer", "harmony", "accompany", "off"]
LearnAction = Literal["start", "cancel", "list", "unassign"]
PartName = Literal["melody", "percussion"]
PresetAction = Literal["save", "load", "list", "rename", "delete"]
SceneAction = Literal["save", "load", "next", "list", "rename", "delete"]
CaptureFormat = Literal["midi", "wav", "flac", "ogg", "mp3"]
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
    """The request was not carried out. This becomes the `error` of the reply to `request_id`."""

    def __init__(self, code: Code, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.param = param
        self.request_id: str | None = None


def all_of(errors: Sequence[ControlError]) -> ControlError:
    """Combine several errors: code and parameter of the first, and all messages."""
    first = errors[0]
    return ControlError(first.code, told([error.message for error in errors]), first.param)


class Ping(Struct, frozen=True, tag=True):
    """Requests version and uptime."""


class Describe(Struct, frozen=True, tag=True):
    """Requests the description of every op and every parameter."""


class Get(Struct, frozen=True, tag=True):
    """Requests the values of parameters; `names` None means all. The names have been checked."""

    names: tuple[str, ...] | None = None


class Set(Struct, frozen=True, tag=True):
    """Changes parameters, by contract name. `over` is the length of a ramp in beats."""

    params: Mapping[str, Any]
    at: At = "now"
    over: float = 0.0


class Transport(Struct, frozen=True, tag=True):
    """Starts (after `count_in` bars of clicks), stops, continues or silences the music, or taps the tempo."""

    action: TransportAction
    count_in: int = 0


class State(Struct, frozen=True, tag=True):
    """Requests the daemon's whole state."""


class Reseed(Struct, frozen=True, tag=True):
    """Gives the models a new state. With `seed` None the daemon draws a seed."""

    seed: int | None = None
    at: At = "bar"


class Record(Struct, frozen=True, tag=True):
    """Starts or stops a recording. `path` is relative to the recordings folder; None lets the daemon choose a name."""

    action: RecordAction
    path: str | None = None


class Model(Struct, frozen=True, tag=True):
    """Lists the models, or loads one by `name`, for everything or for one part."""

    action: ModelAction
    name: str | None = None
    part: PartName | None = None

    def __post_init__(self) -> None:
        if self.action == "load" and self.name is None:
            raise ControlError("bad_request", 'model load needs "name": the name of a bundle')


class Preset(Struct, frozen=True, tag=True):
    """Saves, loads, lists or deletes presets of the live parameters. `over` is the length of a ramp in beats."""

    action: PresetAction
    name: str | None = None
    at: At = "now"
    over: float = 0.0
    slot: int | None = None
    to: str | None = None

    def __post_init__(self) -> None:
        if self.action == "save" and self.name is None:
            raise ControlError("bad_request", 'preset save needs "name": the name of a preset')
        if self.action != "list" and self.name is None and self.slot is None:
            raise ControlError("bad_request", f'preset {self.action} needs "name" or "slot"')
        if self.action == "rename" and self.to is None:
            raise ControlError("bad_request", 'preset rename needs "to": the new name')


class HeardNote(NamedTuple):
    """A note for priming. `beat` and `length` are in beats."""

    beat: float
    length: float
    voice: Voice
    pitch: int
    velocity: int


class Prime(Struct, frozen=True, tag=True):
    """Primes the models with `notes`, or with a MIDI file from the recordings folder."""

    notes: tuple[HeardNote, ...] | None = None
    path: str | None = None
    from_bar: int | None = None

    def __post_init__(self) -> None:
        if (self.notes is None) == (self.path is None):
            raise ControlError("bad_request", 'prime needs either "notes" or "path"')


class Pending(Struct, frozen=True, tag=True):
    """Asks for the list of what waits for its beat, or takes back one of it by its id, or all of it."""

    action: PendingAction
    pending_id: int | None = None


class Deck(Struct, frozen=True, tag=True):
    """Lists the decks of the daemon, adds one, or removes one by `name`."""

    action: DeckAction
    name: str | None = None

    def __post_init__(self) -> None:
        if self.action != "list" and self.name is None:
            raise ControlError("bad_request", f'deck {self.action} needs "name": the name of a deck')


class Learn(Struct, frozen=True, tag=True):
    """Binds the next MIDI control that is moved to `param`, lists what is bound, or removes bindings."""

    action: LearnAction
    param: str | None = None
    control: str | None = None

    def __post_init__(self) -> None:
        if self.action == "start" and self.param is None:
            raise ControlError("bad_request", 'learn start needs "param": the name of a parameter')
        if self.action == "unassign" and self.param is None and self.control is None:
            raise ControlError("bad_request", 'learn unassign needs "param" or "control"')


CALL_BARS: Final = (1, 2, 4, 8)
USUAL_CALL_BARS: Final = 2


class Listen(Struct, frozen=True, tag=True):
    """Listens to what is played into the MIDI input: answers it, takes its chords, or accompanies it.

    `bars` is the length of a call, one of CALL_BARS, None for the usual one.
    """

    action: ListenAction
    bars: int | None = None
    once: bool = False


class Scene(Struct, frozen=True, tag=True):
    """Saves, loads, lists, renames or deletes scenes, or loads the next one of the setlist."""

    action: SceneAction
    name: str | None = None
    slot: int | None = None
    at: At = "bar"
    to: str | None = None

    def __post_init__(self) -> None:
        if self.action == "save" and self.name is None:
            raise ControlError("bad_request", 'scene save needs "name": the name of a scene')
        if self.action in ("load", "delete", "rename") and self.name is None and self.slot is None:
            raise ControlError("bad_request", f'scene {self.action} needs "name" or "slot"')
        if self.action == "rename" and self.to is None:
            raise ControlError("bad_request", 'scene rename needs "to": the new name')


class Morph(Struct, frozen=True, tag=True):
    """Plays between two presets: at a `position` from 0 to 1, or from the first to the second within `over` beats."""

    from_: str
    to: str
    position: float | None = None
    over: float | None = None
    at: At = "now"

    def __post_init__(self) -> None:
        if (self.position is None) == (self.over is None):
            raise ControlError("bad_request", 'morph needs either "position" or "over"')


class Capture(Struct, frozen=True, tag=True):
    """Writes the last bars as they were played to a file in the recordings folder."""

    bars: int
    format: CaptureFormat = "midi"


class Next(Struct, frozen=True, tag=True):
    """Goes on to the director's next section."""

    at: At = "bar"


class Fade(Struct, frozen=True, tag=True):
    """Fades to silence in `over` beats, then stops."""

    over: float = 16.0
    at: At = "bar"


class Clock(Struct, frozen=True, tag=True):
    """Asks what leads the time, chooses it, or plays `ms` later: once (`nudge`), for good (`offset`), a voice (`delay`)."""

    action: ClockAction
    source: ClockSource | None = None
    ms: float | None = None
    voice: Voice | None = None

    def __post_init__(self) -> None:
        if self.action == "source" and self.source is None:
            raise ControlError(
                "bad_request", f'clock source needs "source": {", ".join(get_args(ClockSource))}'
            )
        if self.action == "delay" and self.voice is None:
            raise ControlError("bad_request", f'clock delay needs "voice": {", ".join(VOICES)}')
        if self.action in ("nudge", "offset", "delay") and self.ms is None:
            raise ControlError("bad_request", f'clock {self.action} needs "ms": milliseconds, -250 to 250')


class Undo(Struct, frozen=True, tag=True):
    """Asks to take the last gesture back."""

    at: At = "now"


class Redo(Struct, frozen=True, tag=True):
    """Asks to do the gesture again that was taken back last."""

    at: At = "now"


Op = (
    Ping
    | Describe
    | Get
    | Set
    | Transport
    | State
    | Reseed
    | Record
    | Model
    | Preset
    | Prime
    | Pending
    | Undo
    | Redo
    | Deck
    | Clock
    | Learn
    | Scene
    | Morph
    | Capture
    | Next
    | Fade
    | Listen
)
