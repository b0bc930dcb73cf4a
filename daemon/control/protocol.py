"""The protocol of the control socket: decoding bytes to a Request, encoding a result or an error to bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from keyword import iskeyword
from typing import Any, Final, NamedTuple, get_args

from daemon.automation import At
from daemon.control import strictjson
from daemon.control.fields import (
    DECK,
    MAX_BEAT,
    MAX_SEED,
    MAX_TEXT,
    NOTES,
    TEXT,
    Field,
    number,
    one_number,
    one_of,
    switch,
    value_schema,
)
from daemon.control.messages import (
    CALL_BARS,
    Capture,
    CaptureFormat,
    Clock,
    ClockAction,
    ClockSource,
    ControlError,
    Deck,
    DeckAction,
    Describe,
    Fade,
    Get,
    Learn,
    LearnAction,
    Listen,
    ListenAction,
    Model,
    ModelAction,
    Morph,
    Next,
    Op,
    PartName,
    Pending,
    PendingAction,
    Ping,
    Preset,
    PresetAction,
    Prime,
    Record,
    RecordAction,
    Redo,
    Reseed,
    Scene,
    SceneAction,
    Set,
    State,
    Transport,
    TransportAction,
    Undo,
    all_of,
)
from daemon.parameters import MOST_TOLD, SPECS, ParameterError, Spec, check_all, did_you_mean, shown, spec_of
from models.notes import MAIN, VOICES

VERSION: Final = 1
MAX_BYTES: Final = 64 * 1024
MAX_MS: Final = 250
MOST_COUNTED_IN: Final = 8
MAX_OVER_BEATS: Final = 100_000
MAX_CAPTURED_BARS: Final = 64


@dataclass(frozen=True, slots=True)
class Request:
    """A well-formed request. `id` is repeated in the reply. `deck` is the deck that it concerns."""

    id: str | None
    op: Op
    deck: str = MAIN


def parse(frame: bytes) -> Request:
    """Decode one request frame. Raises ControlError, and no other exception, if it is not a valid request."""
    message = _load(frame)
    request_id = message.pop("id", None)
    try:
        if request_id is not None and not isinstance(request_id, str):
            raise ControlError("bad_request", f'"id" is a string; got {shown(request_id)}')
        _check_version(message.pop("v", None))
        deck = message.pop("deck", None)
        return Request(request_id, _parse_op(message), MAIN if deck is None else DECK.check("deck", deck))
    except ControlError as error:
        error.request_id = request_id if isinstance(request_id, str) else None
        raise


def encode_result(request_id: str | None, result: Mapping[str, Any]) -> bytes:
    """Return the reply frame for a request that was carried out."""
    return strictjson.dumps({"v": VERSION, "id": request_id, "ok": True, "result": result})


def encode_error(request_id: str | None, error: ControlError) -> bytes:
    """Return the reply frame for a request that was refused."""
    param = {} if error.param is None else {"param": error.param}
    described = {"code": error.code, **param, "message": error.message}
    return strictjson.dumps({"v": VERSION, "id": request_id, "ok": False, "error": described})


def describe(unheeded: Mapping[str, str]) -> dict[str, Any]:
    """Return the result of the op `describe`: every op with its keys, and every parameter.

    `unheeded` has the parameters that do not act on what plays now, each with the reason.
    """
    ops = {
        name: {"help": shape.help, "keys": {key: shape.allowed(key) for key in shape.fields}}
        for name, shape in OPS.items()
    }
    return {"ops": ops, "params": {name: _described(spec, unheeded) for name, spec in SPECS.items()}}


def _described(spec: Spec, unheeded: Mapping[str, str]) -> dict[str, Any]:
    why = unheeded.get(spec.name)
    return {**spec.describe(), "acts_now": why is None, **({} if why is None else {"why_not": why})}


def refusal(error: ParameterError) -> ControlError:
    """Convert a ParameterError to a ControlError."""
    name = error.name if error.name in SPECS else error.name[:MAX_TEXT]
    return ControlError(error.code, error.message, name)


class OpShape(NamedTuple):
    """One op: the class of its message, its help, its keys.

    `changes` says whether it changes anything, `is_slow` whether it reads files or loads models before its reply. `uses` has
    the actions that a key goes with, if these are not all.
    """

    message: type[Op]
    help: str
    fields: Mapping[str, Field]
    changes: bool = True
    is_slow: bool = False
    uses: Mapping[str, Sequence[str]] = {}

    def allowed(self, key: str) -> str:
        """Return in words what a key may be, and with which actions."""
        goes = f"; with {' or '.join(self.uses[key])}" if key in self.uses else ""
        return f"{self.fields[key].allowed}{goes}"


def _load(frame: bytes) -> dict[str, Any]:
    if len(frame) > MAX_BYTES:
        raise ControlError("too_large", f"a request is at most {MAX_BYTES} bytes; got {len(frame)}")
    try:
        message = strictjson.loads(frame)
    except ValueError as error:
        raise ControlError("bad_json", f"a request is strict JSON; {error}") from None
    if not isinstance(message, dict):
        raise ControlError("bad_request", f"a request is a JSON object; got {shown(message)}")
    return message


def _check_version(version: object) -> None:
    if type(version) is not int or version != VERSION:
        got = "it is missing" if version is None else f"got {shown(version)}"
        raise ControlError("unsupported_version", f'"v" is {VERSION}; {got}')


def _parse_op(message: dict[str, Any]) -> Op:
    name = message.pop("op", None)
    shape = OPS.get(name) if isinstance(name, str) else None
    if shape is None:
        if not isinstance(name, str):
            raise ControlError("bad_request", f'"op" is the name of an op: {", ".join(OPS)}')
        raise ControlError("unknown_op", f"no op is named {shown(name)}{did_you_mean(name, tuple(OPS))}")
    values = _values(name, shape, message)
    return shape.message(**{f"{key}_" if iskeyword(key) else key: value for key, value in values.items()})


def _values(name: str, shape: OpShape, message: dict[str, Any]) -> dict[str, Any]:
    """Check the keys of a request and return their values. Raises one ControlError that names all wrong keys."""
    allowed = ", ".join(shape.fields) or "none"
    errors = [
        ControlError("bad_request", f"{name} has no key {shown(key)}; its keys: {allowed}")
        for key in [key for key in message if key not in shape.fields][: MOST_TOLD + 1]
    ]
    values: dict[str, Any] = {}
    for key, field in shape.fields.items():
        value = message.get(key)  # null means the same as an absent key
        try:
            if value is not None:
                values[key] = field.check(key, value)
            elif field.required:
                errors.append(ControlError("bad_request", f'{name} needs "{key}": {field.allowed}'))
        except ControlError as error:
            errors.append(error)
    errors += [
        _misplaced(name, values["action"], key, shape.uses[key])
        for key in values
        if "action" in values and values["action"] not in shape.uses.get(key, (values["action"],))
    ]
    if errors:
        raise all_of(errors)
    return values


def _misplaced(name: str, action: str, key: str, actions: Sequence[str]) -> ControlError:
    kind = "action" if len(actions) == 1 else "actions"
    goes = f'"{key}" goes with the {kind} {", ".join(map(dumps, actions))} only'
    return ControlError("bad_request", f"{goes}; {name} {action} does not use it", key)


def _names(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ControlError("bad_request", f'"{key}" is a list of parameter names; got {shown(value)}')
    unknown = [name for name in dict.fromkeys(value) if name not in SPECS]
    if unknown:
        raise all_of([_unknown(name) for name in unknown[: MOST_TOLD + 1]])
    return tuple(value)


def _unknown(name: str) -> ControlError:
    try:
        spec_of(name)
    except ParameterError as error:
        return refusal(error)
    raise AssertionError(name)


def _params(key: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ControlError("bad_request", f'"{key}" is an object of names and values; got {shown(value)}')
    try:
        return check_all(value)
    except ParameterError as error:
        raise refusal(error) from None


_NAMES: Final = Field(_names, "a list of parameter names", {"type": "array", "items": {"enum": [*SPECS]}})
_PARAMS: Final = Field(
    _params,
    "an object of names and values",
    {
        "type": "object",
        "properties": {name: value_schema(spec) for name, spec in SPECS.items()},
        "additionalProperties": False,
    },
    required=True,
)
_AT: Final = one_of(*get_args(At))
_SEED: Final = number(0, MAX_SEED, (int,), f"a whole number, 0 to {MAX_SEED}")
_OVER: Final = number(0, MAX_OVER_BEATS, (int, float), f"a number of beats, 0 to {MAX_OVER_BEATS}")
_BAR: Final = number(
    0, MAX_BEAT // 4, (int,), f"a whole number of bars from the beginning, 0 to {MAX_BEAT // 4}"
)
_SLOT: Final = number(1, 128, (int,), "the number of a slot, 1 to 128")
_PENDING_ID: Final = number(1, MAX_SEED, (int,), "the id of something that waits, a whole number from 1")
_CALL_BARS: Final = one_number(*CALL_BARS)
_STORED: Final = ("save", "load", "rename", "delete")
OPS: Final[Mapping[str, OpShape]] = {
    "ping": OpShape(Ping, "returns the daemon's name, process id, version and uptime", {}, changes=False),
    "describe": OpShape(
        Describe, "returns every op, and every parameter with its allowed values", {}, changes=False
    ),
    "get": OpShape(
        Get,
        "returns the values that the named parameters, or all, have at the next tick",
        {"names": _NAMES},
        changes=False,
    ),
    "set": OpShape(
        Set,
        "changes parameters; if one is refused, none is changed; with `over`, numbers glide, others change at `at`",
        {"params": _PARAMS, "at": _AT, "over": _OVER},
    ),
    "transport": OpShape(
        Transport,
        "starts from the first bar, after `count_in` bars of clicks if you like, stops, continues, silences every note, or "
        "taps the tempo",
        {
            "action": one_of(*get_args(TransportAction))._replace(required=True),
            "count_in": number(0, MOST_COUNTED_IN, (int,), f"bars, 0 to {MOST_COUNTED_IN}"),
        },
        uses={"count_in": ("play",)},
    ),
    "state": OpShape(
        State,
        "returns params, transport, section, plan, pending changes, models, ports, seed, health",
        {},
        changes=False,
    ),
    "reseed": OpShape(Reseed, "gives the models a new state, at the next bar", {"seed": _SEED, "at": _AT}),
    "record": OpShape(
        Record,
        "starts or stops a recording; `path` is relative to the recordings folder",
        {"action": one_of(*get_args(RecordAction))._replace(required=True), "path": TEXT},
        is_slow=True,
        uses={"path": ("start",)},
    ),
    "model": OpShape(
        Model,
        "lists the models, or loads one at the next bar; with `part` the other part stays",
        {
            "action": one_of(*get_args(ModelAction))._replace(required=True),
            "name": TEXT,
            "part": one_of(*get_args(PartName)),
        },
        is_slow=True,
        uses={"name": ("load",), "part": ("load",)},
    ),
    "preset": OpShape(
        Preset,
        "saves the parameters under a name (pending changes with their final values), or loads, lists, renames or "
        "deletes presets; a `slot` stands for the preset saved in it; `at` and `over` are as in set",
        {
            "action": one_of(*get_args(PresetAction))._replace(required=True),
            "name": TEXT,
            "at": _AT,
            "over": _OVER,
            "slot": _SLOT,
            "to": TEXT,
        },
        is_slow=True,
        uses={
            "name": _STORED,
            "at": ("load",),
            "over": ("load",),
            "slot": _STORED,
            "to": ("rename",),
        },
    ),
    "scene": OpShape(
        Scene,
        "saves parameters, section, seed, models and priming under a name; loads them together at a bar; `next` loads the "
        "next scene of the setlist; `slot` is a scene's place in it",
        {
            "action": one_of(*get_args(SceneAction))._replace(required=True),
            "name": TEXT,
            "slot": _SLOT,
            "at": one_of("bar", "phrase"),
            "to": TEXT,
        },
        is_slow=True,
        uses={"name": _STORED, "slot": _STORED, "at": ("load", "next"), "to": ("rename",)},
    ),
    "morph": OpShape(
        Morph,
        "plays between two presets: at a position from 0 to 1 (a fader may send many), or from the first to the second "
        "in `over` beats; numbers glide, everything else switches in the middle",
        {
            "from": TEXT._replace(required=True),
            "to": TEXT._replace(required=True),
            "position": number(0, 1, (int, float), "a number, 0 to 1"),
            "over": _OVER,
            "at": _AT,
        },
        is_slow=True,
    ),
    "capture": OpShape(
        Capture,
        "writes the last bars as they were played to a file in the recordings folder",
        {
            "bars": number(
                1, MAX_CAPTURED_BARS, (int,), f"a number of bars, 1 to {MAX_CAPTURED_BARS}"
            )._replace(required=True),
            "format": one_of(*get_args(CaptureFormat)),
        },
        is_slow=True,
    ),
    "prime": OpShape(
        Prime,
        "primes the models with up to 16 bars; they go on from there at a bar line; `path` is relative to the "
        "recordings folder",
        {
            "notes": NOTES,
            "path": TEXT,
            "from_bar": _BAR,
        },
        is_slow=True,
    ),
    "pending": OpShape(
        Pending,
        "lists what waits for its beat, each with an id, or cancels one by `pending_id`, or all",
        {
            "action": one_of(*get_args(PendingAction))._replace(required=True),
            "pending_id": _PENDING_ID,
        },
        uses={"pending_id": ("cancel",)},
    ),
    "undo": OpShape(
        Undo,
        "takes back the last gesture: what one surface (ZeroMQ with the panel, OSC, MIDI) changed "
        "within a second of parameters, seed or model; "
        "or a restart",
        {"at": _AT},
    ),
    "redo": OpShape(Redo, "does the gesture again that was taken back last", {"at": _AT}),
    "learn": OpShape(
        Learn,
        "binds the next MIDI control that is moved to a parameter, lists what is bound, or removes it",
        {
            "action": one_of(*get_args(LearnAction))._replace(required=True),
            "param": TEXT,
            "control": TEXT,
        },
        uses={"param": ("start", "unassign"), "control": ("unassign",)},
    ),
    "next": OpShape(Next, "goes on to the director's next section, at the next bar", {"at": _AT}),
    "fade": OpShape(
        Fade,
        "fades to silence over 16 beats, or `over`, from the next bar on, then stops; continue takes it back",
        {"over": _OVER, "at": _AT},
    ),
    "listen": OpShape(
        Listen,
        "listens to what is played into the MIDI input: `call` is silent but for the drums for `bars` bars (2, or 1, 4, 8) "
        "and answers as long, for ever or `once`; `answer` answers the last bars now; `harmony` follows held chords "
        "(`chord_loop=played`); `accompany` lets drums and bass follow how you play; `off` ends all of it",
        {
            "action": one_of(*get_args(ListenAction))._replace(required=True),
            "bars": _CALL_BARS,
            "once": switch(),
        },
        uses={"bars": ("call", "answer"), "once": ("call",)},
    ),
    "clock": OpShape(
        Clock,
        "returns what leads the time, chooses it (`source`), or plays `ms` later, or earlier: once (`nudge`), for good "
        "(`offset`), or one `voice` against the others (`delay`)",
        {
            "action": one_of(*get_args(ClockAction))._replace(required=True),
            "source": one_of(*get_args(ClockSource)),
            "voice": one_of(*VOICES),
            "ms": number(-MAX_MS, MAX_MS, (int, float), f"milliseconds, -{MAX_MS} to {MAX_MS}"),
        },
        uses={"source": ("source",), "voice": ("delay",), "ms": ("nudge", "offset", "delay")},
    ),
    "deck": OpShape(
        Deck,
        "lists the decks of this daemon, adds one (stopped, with the configured parameters), or removes one",
        {
            "action": one_of(*get_args(DeckAction))._replace(required=True),
            "name": DECK,
        },
        uses={"name": ("add", "remove")},
    ),
}
