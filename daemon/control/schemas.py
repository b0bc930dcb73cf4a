"""The whole protocol as one JSON Schema: requests, replies and telemetry, from the tables and types of the code."""

from typing import Any, Final, get_args

import msgspec

from daemon.control.answers import ANSWERS, EACH
from daemon.control.fields import DECK, Schema
from daemon.control.messages import Code
from daemon.control.protocol import MAX_BYTES, OPS, VERSION
from daemon.control.published import PUBLISHED

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DEFS: Final = "#/$defs/"


def schema() -> dict[str, Any]:
    """Return a schema whose `$defs` have `request.OP`, `result.OP` or `result.OP.ACTION`, `reply`, and `topic.TOPIC`."""
    results = {
        _result_name(op, action): kind for op, each in ANSWERS.items() for action, kind in each.items()
    }
    topics = {f"topic.{topic}": kind for topic, kind in PUBLISHED.items()}
    named = {**results, **topics}
    _, parts = msgspec.json.schema_components(
        [*dict.fromkeys(named.values())], ref_template=f"{_DEFS}{{name}}"
    )
    return {
        "$schema": DIALECT,
        "title": f"The control protocol of edmd, version {VERSION}",
        "description": f"One frame of UTF-8 JSON in each direction, at most {MAX_BYTES} bytes. See docs/protocol.md.",
        "$defs": {
            **{f"request.{op}": request(op) for op in OPS},
            **{name: {"$ref": f"{_DEFS}{kind.__name__}"} for name, kind in named.items()},
            "reply": _reply(),
            **parts,
        },
    }


def request(op: str) -> Schema:
    """Return the schema of the requests of an op. A key that is null counts as absent, which the schema does not say."""
    shape = OPS[op]
    keys = {key: {**field.schema, "description": shape.allowed(key)} for key, field in shape.fields.items()}
    return {
        "description": shape.help,
        "type": "object",
        "properties": {
            "v": {"const": VERSION},
            "id": {"type": "string", "description": "repeated in the reply"},
            "op": {"const": op},
            "deck": {**DECK.schema, "description": "the deck that is meant; without it, the first one"},
            **keys,
        },
        "required": ["v", "op", *(key for key, field in shape.fields.items() if field.required)],
        "additionalProperties": False,
    }


def _reply() -> Schema:
    head = {"v": {"const": VERSION}, "id": {"type": ["string", "null"]}}
    error = {
        "type": "object",
        "properties": {
            "code": {"enum": [*get_args(Code)]},
            "message": {"type": "string"},
            "param": {"type": "string"},
        },
        "required": ["code", "message"],
    }
    return {
        "oneOf": [
            {
                "type": "object",
                "properties": {**head, "ok": {"const": True}, "result": {"type": "object"}},
                "required": ["v", "id", "ok", "result"],
            },
            {
                "type": "object",
                "properties": {**head, "ok": {"const": False}, "error": error},
                "required": ["v", "id", "ok", "error"],
            },
        ]
    }


def _result_name(op: str, action: str) -> str:
    return f"result.{op}" if action == EACH else f"result.{op}.{action}"
