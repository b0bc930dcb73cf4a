"""The results of all ops as types; docs/protocol.md and its JSON Schema are made from them."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import UNSET, Struct, UnsetType

from daemon.control.answered_state import ClockNow, Hearing, Params, Whole, says
from daemon.control.messages import PartName

EACH: Final = ""
"""Stands for the action of an op that has no actions."""


class Effective(Struct, forbid_unknown_fields=True, kw_only=True):
    """When a change is heard."""

    effective_beat: Annotated[float, says("beat from which it is heard")]
    effective_bar: Annotated[int, says("bar of that beat")]


class Pong(Struct, forbid_unknown_fields=True):
    """The daemon that answers."""

    pong: bool
    name: Annotated[str, says("`edmd`, or what the configuration says")]
    version: str
    pid: Annotated[int, says("process id of `edmd play`")]
    started: Annotated[str, says("date and time, ISO 8601, UTC")]
    uptime_seconds: float


class DescribedOp(Struct, forbid_unknown_fields=True):
    """An op."""

    help: str
    keys: Annotated[dict[str, str], says("what is allowed, in words, by key")]


class DescribedParam(Struct, forbid_unknown_fields=True, kw_only=True):
    """A parameter."""

    type: Literal["float", "int", "bool", "choice"]
    range: Annotated[tuple[float, float] | UnsetType, says("lowest and highest value of numbers")] = UNSET
    choices: Annotated[list[str] | UnsetType, says("of type choice")] = UNSET
    unit: Annotated[str, says('such as BPM; "" if there is none')]
    default: float | int | bool | str
    smoothing: Annotated[Literal["ramp", "step"], says("ramp: it glides with `over`")]
    acts: Annotated[Literal["tick", "bar"], says("what a change waits for")]
    help: str
    acts_now: Annotated[bool, says("whether it acts on what plays now")]
    why_not: Annotated[str | UnsetType, says("if it does not")] = UNSET


class Described(Struct, forbid_unknown_fields=True):
    """All ops and parameters, by name."""

    ops: dict[str, DescribedOp]
    params: dict[str, DescribedParam]


class Values(Struct, forbid_unknown_fields=True):
    """Values of parameters."""

    params: Params


class Accepted(Effective, forbid_unknown_fields=True, kw_only=True):
    """Accepted values."""

    params: Params
    effective: Annotated[
        dict[str, Effective] | UnsetType,
        says("by parameter, if they are heard at different beats; the other two keys are then the first"),
    ] = UNSET


class Moved(Struct, forbid_unknown_fields=True):
    """The state to which the transport goes."""

    state: Literal["playing", "stopped"]


class Tapped(Struct, forbid_unknown_fields=True, kw_only=True):
    """A tap. From the second one on it has the keys of `set`."""

    state: Literal["playing", "stopped"]
    tempo: Annotated[float, says("BPM")]
    params: Params | UnsetType = UNSET
    effective_beat: float | UnsetType = UNSET
    effective_bar: int | UnsetType = UNSET


class Seeded(Effective, forbid_unknown_fields=True, kw_only=True):
    """The new seed."""

    seed: int


class Recorded(Struct, forbid_unknown_fields=True):
    """The recording that has begun or ended."""

    path: Annotated[
        str, says("the file; an existing one is never replaced, so the name may have got a number")
    ]
    recording: bool
    warning: Annotated[str | UnsetType, says("what keeps it from the disk; it waits in memory")] = UNSET


class ListedModel(Struct, forbid_unknown_fields=True):
    """A bundle, or a system without networks."""

    name: str
    current: Annotated[bool, says("whether it plays")]


class Models(Struct, forbid_unknown_fields=True):
    """What `model load` understands."""

    models: list[ListedModel]


class Swapped(Struct, forbid_unknown_fields=True, kw_only=True):
    """A model that is being opened; `state` tells when it plays."""

    name: str
    at: Literal["bar"]
    part: PartName | UnsetType = UNSET


class Saved(Struct, forbid_unknown_fields=True):
    """A file that was written."""

    name: str
    path: str


class Named(Struct, forbid_unknown_fields=True):
    """The name after the change, or of what was deleted."""

    name: str


class Presets(Struct, forbid_unknown_fields=True):
    """All presets."""

    presets: Annotated[list[str], says("their names, sorted")]
    slots: Annotated[dict[str, str], says("the name by number of the slot")]


Damaged = Annotated[str | UnsetType, says("which file is damaged; what it held before is used")]


class LoadedPreset(Accepted, forbid_unknown_fields=True, kw_only=True):
    """The preset that was loaded."""

    name: str
    warning: Damaged = UNSET


class ListedScene(Struct, forbid_unknown_fields=True):
    """A scene and its place in the setlist, from 1."""

    slot: int
    name: str


class Scenes(Struct, forbid_unknown_fields=True):
    """The setlist."""

    scenes: list[ListedScene]
    current: Annotated[str, says('the scene that was loaded last; "" if none was')]


class LoadedScene(Struct, forbid_unknown_fields=True, kw_only=True):
    """The scene that comes. While its model is opened, or its music heard, the beat is not known yet."""

    name: str
    warning: Damaged = UNSET
    at: Literal["bar", "phrase"]
    effective_beat: float | UnsetType = UNSET
    effective_bar: int | UnsetType = UNSET


class Captured(Struct, forbid_unknown_fields=True, kw_only=True):
    """The file with the last bars."""

    path: str
    bars: Annotated[int, says("how many bars it holds; fewer than asked for if fewer were played")]
    from_bar: Annotated[int, says("the first of them")]
    midi: Annotated[str | UnsetType, says("the MIDI file, if `path` is audio")] = UNSET


class Primed(Struct, forbid_unknown_fields=True):
    """The music that is being heard."""

    bars: int
    shift: Annotated[int, says("semitones by which it was moved to the networks' key")]
    at: Literal["bar"]


class Waiting(Effective, forbid_unknown_fields=True, kw_only=True):
    """Something that waits for its beat."""

    id: Annotated[int, says("for `cancel`")]
    what: Literal["set", "seed", "model", "prime", "next", "fade", "listen"]
    mode: Annotated[str | UnsetType, says("how it listens then")] = UNSET
    params: Params | UnsetType = UNSET
    seed: int | UnsetType = UNSET
    model: str | UnsetType = UNSET
    part: str | UnsetType = UNSET


class WaitingList(Struct, forbid_unknown_fields=True):
    """All that waits."""

    pending: list[Waiting]


class Cancelled(Struct, forbid_unknown_fields=True):
    """The ids that were cancelled."""

    cancelled: list[int]


class BindingOptions(Struct, kw_only=True):
    """The keys of `[control.map]` that are not as usual."""

    range: tuple[float, float] | UnsetType = UNSET
    curve: str | UnsetType = UNSET
    pickup: bool | UnsetType = UNSET
    relative: str | UnsetType = UNSET
    value: float | int | bool | str | UnsetType = UNSET
    hold: bool | UnsetType = UNSET
    echo: bool | UnsetType = UNSET
    lights: tuple[int, int] | UnsetType = UNSET


class Binding(BindingOptions, forbid_unknown_fields=True, kw_only=True):
    """A control that is bound."""

    param: Annotated[str, says("the parameter or action")]
    control: Annotated[str, says("such as `cc 20 ch 1 port nanoKONTROL2`")]
    origin: Annotated[str, says("`learned`, `config`, or the name of a ready map")]


class Learning(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is being learned."""

    learning: Annotated[str | None, says("the parameter or action that waits for a control")]
    ports: Annotated[dict[str, str], says("the input ports and their states, in words")]
    seconds: Annotated[float | UnsetType, says("how long it waits")] = UNSET
    bindings: list[Binding] | UnsetType = UNSET


class Unassigned(Struct, forbid_unknown_fields=True):
    """What was unbound."""

    unassigned: list[Binding]


class Listened(Effective, forbid_unknown_fields=True, kw_only=True):
    """How the deck listens from that bar on."""

    listening: Hearing
    notes: Annotated[int | UnsetType, says("answer: how many notes are answered")] = UNSET


class NextSection(Effective, forbid_unknown_fields=True, kw_only=True):
    """The section that comes."""

    section: str


class Faded(Effective, forbid_unknown_fields=True, kw_only=True):
    """The fade."""

    until_beat: Annotated[float, says("beat at which the music stops")]


class ListedDeck(Struct, forbid_unknown_fields=True):
    """A deck."""

    name: str
    state: Literal["playing", "stopped"]
    tempo: float
    model: str
    seed: int


class Decks(Struct, forbid_unknown_fields=True):
    """All decks, after the change."""

    decks: list[ListedDeck]


ANSWERS: Final[Mapping[str, Mapping[str, type[Struct]]]] = {
    "ping": {EACH: Pong},
    "describe": {EACH: Described},
    "get": {EACH: Values},
    "set": {EACH: Accepted},
    "transport": {"play": Moved, "stop": Moved, "continue": Moved, "panic": Moved, "tap": Tapped},
    "state": {EACH: Whole},
    "reseed": {EACH: Seeded},
    "record": {"start": Recorded, "stop": Recorded},
    "model": {"list": Models, "load": Swapped},
    "preset": {"save": Saved, "load": LoadedPreset, "list": Presets, "rename": Named, "delete": Named},
    "scene": {
        "save": Saved,
        "load": LoadedScene,
        "next": LoadedScene,
        "list": Scenes,
        "rename": Named,
        "delete": Named,
    },
    "morph": {EACH: Accepted},
    "capture": {EACH: Captured},
    "prime": {EACH: Primed},
    "pending": {"list": WaitingList, "cancel": Cancelled},
    "undo": {EACH: Accepted},
    "redo": {EACH: Accepted},
    "learn": {"start": Learning, "cancel": Learning, "list": Learning, "unassign": Unassigned},
    "next": {EACH: NextSection},
    "fade": {EACH: Faded},
    "listen": dict.fromkeys(("call", "answer", "harmony", "accompany", "off"), Listened),
    "clock": dict.fromkeys(("state", "source", "nudge", "offset", "delay"), ClockNow),
    "deck": {"list": Decks, "add": Decks, "remove": Decks},
}
"""The result of each op, by the action of the request."""
