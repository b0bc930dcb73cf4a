"""The panel's JSON answers: a result or an error."""

from typing import Any

from flask import Response, jsonify

Answer = tuple[Response, int]


def good(result: dict[str, Any]) -> Answer:
    """Return an answer with a result."""
    return jsonify({"ok": True, "result": result}), 200


def failure(code: str, message: str, status: int) -> Answer:
    """Return an answer with an error."""
    return jsonify({"ok": False, "error": {"code": code, "message": message}}), status
