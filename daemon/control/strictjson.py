"""Strict JSON for untrusted input: UTF-8, no duplicate key, no NaN, no infinity."""

import json
import math
from typing import Any, Final, NoReturn


def loads(data: bytes) -> Any:
    """Decode `data`. Raises ValueError with the reason, and no other exception, if it is not strict JSON."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from None
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def dumps(value: Any) -> bytes:
    """Encode `value` as compact ASCII JSON. Raises ValueError for NaN and infinity."""
    return _ENCODER.encode(value).encode("ascii")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _number(text: str) -> float | int:
    """Read a number with a point or an exponent. If it overflows a float, return a huge int instead of infinity."""
    number = float(text)
    return int(math.copysign(1, number)) * _HUGE if math.isinf(number) else number


def _whole(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"a number has {len(text)} digits")
    return int(text)


_HUGE: Final = 10**400
_MOST_DIGITS: Final = 4000
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_number, parse_int=_whole, parse_constant=_refuse_constant
)
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
