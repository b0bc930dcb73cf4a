"""The generated parts of docs/protocol.md, and docs/protocol.json, from the tables and types of the code."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, get_args

import msgspec

from daemon.control.answers import ANSWERS, EACH
from daemon.control.messages import Code
from daemon.control.protocol import OPS, VERSION, OpShape
from daemon.control.published import PUBLISHED
from daemon.control.schemas import schema
from tests.imports import ROOT
from tests.markdown import markdown
from tests.protocol.conversation import CONVERSATION

PAGE: Final = ROOT / "docs" / "protocol.md"
SCHEMA: Final = ROOT / "docs" / "protocol.json"
_PARTS: Final[Mapping[str, Any]] = schema()["$defs"]
_ERRORS: Final[Mapping[Code, str]] = {
    "bad_json": "the frame is no strict JSON: not UTF-8, a key twice, NaN or an infinity",
    "bad_request": "it is no object, a key is unknown or missing, or a value is of no use",
    "unsupported_version": f"`v` is not {VERSION}",
    "unknown_op": "there is no such op",
    "unknown_parameter": "there is no such parameter",
    "wrong_type": "a number is given as a string, a boolean as a number, or the like",
    "out_of_range": "a value is outside its range",
    "too_large": "the request has too many bytes",
    "not_found": "no deck, preset, scene, model, file or the like has this name, or nothing waits to be undone",
    "unavailable": "it cannot be done now; the message says why",
}


def schema_text() -> str:
    """Return the text of docs/protocol.json."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def errors() -> str:
    """Return the table of error codes."""
    assert {*_ERRORS} == {*get_args(Code)}
    return markdown(("code", "meaning"), [(f"`{code}`", text) for code, text in _ERRORS.items()])


def ops() -> str:
    """Return a section for each op."""
    told: dict[str, str] = {}
    return "\n\n".join(_op(name, told) for name in OPS)


def topics() -> str:
    """Return a section for each topic."""
    return "\n\n".join(
        f"### Topic `{topic}`\n\n{_PARTS[kind.__name__]['description']}\n\n{_table(kind.__name__)}"
        for topic, kind in PUBLISHED.items()
    )


def shapes() -> str:
    """Return a section for each object that is a part of others."""
    tops = {kind.__name__ for each in ANSWERS.values() for kind in each.values()}
    tops |= {kind.__name__ for kind in PUBLISHED.values()}
    inner = [name for name in _PARTS if name[0].isupper() and (name not in tops or name in _referred())]
    return "\n\n".join(
        f"### {name}\n\n{_PARTS[name]['description']}\n\n{_table(name)}" for name in sorted(inner)
    )


def _referred() -> set[str]:
    """Return the names of the objects that are parts of other objects."""
    texts = [json.dumps(part) for name, part in _PARTS.items() if name[0].isupper()]
    return {name for name in _PARTS if any(f'"#/$defs/{name}"' in text for text in texts)}


def _op(name: str, told: dict[str, str]) -> str:
    shape = OPS[name]
    keys = [*_keys(shape)]
    examples = [
        "    " + json.dumps({"v": VERSION, "id": "1", "op": name, **step.keys})
        for step in CONVERSATION
        if step.op == name
    ]
    parts = [
        f"### `{name}`",
        f"{shape.help[0].upper()}{shape.help[1:]}.",
        *([markdown(("key", "allowed"), keys)] if keys else ["It has no keys."]),
        "\n".join(examples),
        *_results(name, told),
    ]
    return "\n\n".join(parts)


def _keys(shape: OpShape) -> Iterator[tuple[str, str]]:
    for key, field in shape.fields.items():
        yield f"`{key}`" + (" (needed)" if field.required else ""), shape.allowed(key)


def _results(name: str, told: dict[str, str]) -> Iterator[str]:
    """Yield the results of an op; a type that was shown before is only named."""
    by_type: dict[type[msgspec.Struct], list[str]] = {}
    for action, kind in ANSWERS[name].items():
        by_type.setdefault(kind, []).append(action)
    for kind, actions in by_type.items():
        of = "" if actions == [EACH] else f" of {_listed(f'`{action}`' for action in actions)}"
        if kind.__name__ in told:
            yield f"Result{of}: the same as of [`{told[kind.__name__]}`](#{told[kind.__name__]})."
        else:
            told[kind.__name__] = name
            yield f"Result{of}: {_lower(_PARTS[kind.__name__]['description'])}"
            yield _table(kind.__name__)


def _table(name: str) -> str:
    part = _PARTS[name]
    needed = {*part.get("required", ())}
    rows = [
        (
            f"`{key}`" + ("" if key in needed else " (may be absent)"),
            _words(each),
            each.get("description", ""),
        )
        for key, each in part["properties"].items()
    ]
    return markdown(("key", "type", "meaning"), rows)


def _words(part: Mapping[str, Any]) -> str:
    """Return the type that a part of the schema describes, in words. The items of a fixed list have one type."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in part:
        return ", ".join(f"`{each}`" for each in part["enum"])
    if "anyOf" in part:
        return _either(_words(each) for each in part["anyOf"])
    if part["type"] == "array":
        kinds = part.get("prefixItems", ())
        return f"{len(kinds)} of {_words(kinds[0])}" if kinds else f"list of {_words(part['items'])}"
    if part["type"] == "object":
        return f"object of {_words(part['additionalProperties'])}"
    return _PLAIN[part["type"]]


def _either(words: Iterable[str]) -> str:
    kinds = [*dict.fromkeys(words)]
    if {*_VALUE} <= {*kinds}:
        kinds = ["value", *(each for each in kinds if each not in _VALUE)]
    return " or ".join(kinds)


_VALUE: Final = ("number", "whole number", "true or false", "text")
_PLAIN: Final = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "null": "null",
}


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
