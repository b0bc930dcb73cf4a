"""JSON as strangers must send it: UTF-8, no duplicate key, no NaN, no infinity."""

import json
from typing import Any, Final, NoReturn


def loads(data: bytes) -> Any:
    """Read `data`; ValueError with the reason when it is not strict JSON, never another exception."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from None
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def dumps(value: Any) -> bytes:
    """Write `value` in the fewest bytes, as ASCII; ValueError for NaN and infinity."""
    return _ENCODER.encode(value).encode("ascii")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
