"""From JSON to types, with the reason in words if a value does not fit."""

import json
from typing import Any, TypeVar

import msgspec

_Kind = TypeVar("_Kind")


def typed(value: Any, kind: type[_Kind]) -> _Kind:
    """Return decoded JSON as a `kind` that msgspec knows. Raises ValueError, and no other exception, if it is none."""
    try:
        # An escape such as \\ud800 is JSON, but no text that can be stored or sent.
        json.dumps(value, ensure_ascii=False).encode()
        return msgspec.convert(value, kind)
    except UnicodeEncodeError:
        raise ValueError("a text has half of a surrogate pair; use complete characters") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
