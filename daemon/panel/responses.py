"""What the panel answers with: JSON that says how it went."""

from typing import Any

from flask import Response, jsonify

Answer = tuple[Response, int]


def good(result: dict[str, Any]) -> Answer:
    """An answer with what was asked for."""
    return jsonify({"ok": True, "result": result}), 200


def failure(code: str, message: str, status: int) -> Answer:
    """An answer that says what went wrong."""
    return jsonify({"ok": False, "error": {"code": code, "message": message}}), status
