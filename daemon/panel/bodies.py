"""What a page sends along: a JSON object, as strict as the daemon takes it."""

from typing import Any

from flask import request

from daemon.control import strictjson


class BodyError(Exception):
    """The body cannot be used; the text says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def fields() -> dict[str, Any]:
    """The object that the body of this request holds, empty where there is no body; BodyError for anything else."""
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
