"""The kinds of keys in requests: how each is checked, and the words for what is allowed."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from daemon.control.messages import ControlError, HeardNote
from daemon.parameters import Spec, shown
from models.notes import VOICES

MAX_TEXT: Final = 256
MAX_SEED: Final = 2**63 - 1
MAX_BEAT: Final = 10_000


Schema = Mapping[str, Any]


class Field(NamedTuple):
    """One key of a request: its check, and what is allowed, in words and as JSON Schema.

    `kinds` are the types of a single value, for surfaces that have no JSON; of `choices` it is one if there are any.
    """

    check: Callable[[str, Any], Any]
    allowed: str
    schema: Schema
    required: bool = False
    kinds: tuple[type, ...] = ()
    choices: tuple[str, ...] = ()


def one_of(*choices: str) -> Field:
    """Return a Field for one of several words."""
    allowed = ", ".join(choices)

    def check(key: str, value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ControlError("bad_request", f'"{key}" is one of {allowed}; got {shown(value)}')
        return value

    return Field(check, f"one of {allowed}", {"enum": [*choices]}, kinds=(str,), choices=choices)


def number(low: int, high: int, kinds: tuple[type, ...], allowed: str) -> Field:
    """Return a Field for a number of type `kinds` from `low` to `high`. `allowed` says so in words."""

    def check(key: str, value: Any) -> Any:
        if type(value) not in kinds:
            raise ControlError("wrong_type", f'"{key}" is {allowed}; got {shown(value)}', key)
        if not low <= value <= high:
            raise ControlError("out_of_range", f'"{key}" is {allowed}; got {shown(value)}', key)
        return value

    kind = "number" if float in kinds else "integer"
    return Field(check, allowed, {"type": kind, "minimum": low, "maximum": high}, kinds=kinds)


def one_number(*choices: int) -> Field:
    """Return a Field for one of several whole numbers."""
    allowed = f"one of {', '.join(map(str, choices))}"

    def check(key: str, value: object) -> int:
        if type(value) is not int:
            raise ControlError("wrong_type", f'"{key}" is {allowed}; got {shown(value)}', key)
        if value not in choices:
            raise ControlError("out_of_range", f'"{key}" is {allowed}; got {shown(value)}', key)
        return value

    return Field(check, allowed, {"type": "integer", "enum": [*choices]}, kinds=(int,))


def switch() -> Field:
    """Return a Field for true or false."""

    def check(key: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise ControlError("wrong_type", f'"{key}" is true or false; got {shown(value)}', key)
        return value

    return Field(check, "true or false", {"type": "boolean"}, kinds=(bool,))


def value_schema(spec: Spec) -> Schema:
    """Return the JSON Schema of a parameter's values."""
    if spec.kind == "choice":
        return {"enum": [*spec.choices], "default": spec.default, "description": spec.help}
    kind = {"float": "number", "int": "integer", "bool": "boolean"}[spec.kind]
    limits = {} if spec.kind == "bool" else {"minimum": spec.low, "maximum": spec.high}
    return {"type": kind, **limits, "default": spec.default, "description": spec.help}


def _deck_name(key: str, value: object) -> str:
    if not isinstance(value, str) or not _DECK_NAME.fullmatch(value):
        raise ControlError("bad_request", f'"{key}" is {_DECK_NAMES}; got {shown(value)}', key)
    return value


_DECK_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_DECK_NAMES: Final = "the name of a deck, 1 to 32 letters, digits, - or _"
DECK: Final = Field(
    _deck_name, _DECK_NAMES, {"type": "string", "pattern": f"^{_DECK_NAME.pattern}$"}, kinds=(str,)
)


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or "\0" in value:
        raise ControlError(
            "bad_request", f'"{key}" is a text of 1 to {MAX_TEXT} characters; got {_got(value)}'
        )
    if not _is_unicode(value):
        raise ControlError(
            "bad_request", f'"{key}" contains half of a surrogate pair; use complete characters', key
        )
    return value


def _got(value: object) -> str:
    """Return a description of a text that is not allowed."""
    if not isinstance(value, str) or not value:
        return shown(value)
    return f"{len(value)} of them" if len(value) > MAX_TEXT else "the character U+0000 among them"


def _is_unicode(text: str) -> bool:
    """Whether a text can be encoded. A JSON escape can be half of a surrogate pair, which cannot be in a file name."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _notes(key: str, value: object) -> tuple[HeardNote, ...]:
    if not isinstance(value, list) or not value:
        raise ControlError("bad_request", f'"{key}" is a list of notes; got {shown(value)}')
    return tuple(_note(f"{key}[{number}]", note) for number, note in enumerate(value))


def _note(key: str, note: object) -> HeardNote:
    if not isinstance(note, dict) or not {"velocity", *note} == _NOTE.keys():
        raise ControlError("bad_request", f'"{key}" has {", ".join(_NOTE)}; got {shown(note)}')
    values = {"velocity": _USUAL_VELOCITY, **note}
    return HeardNote(**{name: field.check(f"{key}.{name}", values[name]) for name, field in _NOTE.items()})


_USUAL_VELOCITY: Final = 90
_NOTE: Final[Mapping[str, Field]] = {
    "beat": number(0, MAX_BEAT, (int, float), f"a number of beats, 0 to {MAX_BEAT}"),
    "length": number(0, MAX_BEAT, (int, float), f"a number of beats, 0 to {MAX_BEAT}"),
    "voice": one_of(*VOICES),
    "pitch": number(0, 127, (int,), "a whole number, 0 to 127"),
    "velocity": number(1, 127, (int,), "a whole number, 1 to 127"),
}
TEXT: Final = Field(
    _text,
    f"a text of 1 to {MAX_TEXT} characters",
    {"type": "string", "maxLength": MAX_TEXT, "pattern": "^[^\\u0000]+$"},
    kinds=(str,),
)
NOTES: Final = Field(
    _notes,
    f"a list of objects with {', '.join(_NOTE)} (velocity may be left out)",
    {
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "properties": {name: field.schema for name, field in _NOTE.items()},
            "required": [name for name in _NOTE if name != "velocity"],
            "additionalProperties": False,
        },
    },
)
