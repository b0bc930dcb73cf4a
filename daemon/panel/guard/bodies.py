"""Reading the body of a request: a JSON object, as strict as in the daemon's protocol."""

from typing import Any

from flask import request

from daemon.control import strictjson


class BodyError(Exception):
    """The body cannot be used. The message says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def fields() -> dict[str, Any]:
    """Return the object in the body of this request, or {} without a body. Raises BodyError for any other body."""
    data = request.get_data()
    if not data:
        return {}
    try:
        body = strictjson.loads(data)
    except ValueError as error:
        raise BodyError("bad_json", f"the body of a request is strict JSON; {error}") from None
    if not isinstance(body, dict):
        raise BodyError("bad_request", "the body of a request is a JSON object")
    return body
