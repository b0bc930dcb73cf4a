"""Parsing of HTTP requests: waitress's parser, with errors in JSON that a page can show."""

import json
from collections.abc import Callable
from typing import Any, Final

from waitress.parser import HTTPRequestParser
from waitress.utilities import Error, RequestEntityTooLarge

from daemon.panel.guard.limits import too_large

# A browser reads no answer before it has sent its whole body, so a body of up to this size is read and discarded.
_MOST_DISCARDED_BYTES: Final = 64 * 2**20


class RefusalError(Error):  # type: ignore[misc]
    """A request that the server itself refuses, answered with the same JSON as the panel's refusals."""

    def __init__(self, cause: Any, explain: Callable[[int], str]) -> None:
        super().__init__(cause.body)
        self._explain = explain
        self.code, self.reason = cause.code, cause.reason
        self.is_too_large = isinstance(cause, RequestEntityTooLarge)

    def to_response(self, _ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return status, headers and body."""
        code, message = "bad_request", f"the request cannot be read: {self.body}"
        if self.is_too_large:
            code, message = "too_large", self._explain(int(self.body))
        body = json.dumps({"ok": False, "error": {"code": code, "message": message}}).encode()
        headers = [("Content-Type", "application/json"), ("X-Content-Type-Options", "nosniff")]
        return f"{self.code} {self.reason}", headers, body


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Parses one request."""

    @staticmethod
    def explain(size: int) -> str:
        """Return the sentence that refuses a body of `size` bytes."""
        return too_large(size)

    error: Any = None
    completed: bool = False
    expect_continue: bool = False
    content_length: int = 0
    _left_to_discard = 0

    def received(self, data: bytes) -> int:
        """Parse a part of the request. Return how many bytes belonged to it."""
        if self._left_to_discard:
            taken = min(len(data), self._left_to_discard)
            self._left_to_discard -= taken
            self.completed = not self._left_to_discard
            return taken
        taken = int(super().received(data))
        if self.error is not None:
            self._refuse()
        return taken

    def _refuse(self) -> None:
        refusal = self.error = RefusalError(self.error, self.explain)
        if refusal.is_too_large:
            refusal.body = str(max(self.content_length, self.adj.max_request_body_size))
            if not self.expect_continue and 0 < self.content_length <= _MOST_DISCARDED_BYTES:
                self._left_to_discard, self.completed = self.content_length, False
        self.expect_continue = False
