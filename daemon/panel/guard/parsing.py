"""Parsing of HTTP requests: waitress's parser, with errors in JSON that a page can show."""

import json
from typing import Any, Final

from waitress.parser import HTTPRequestParser
from waitress.utilities import Error, RequestEntityTooLarge

from daemon.panel.guard.limits import MOST_BYTES, too_large

# A browser reads no answer before it has sent its whole body, so a body of up to this size is read and discarded.
_MOST_DISCARDED_BYTES: Final = 64 * 2**20


class RefusalError(Error):  # type: ignore[misc]
    """A request that the server itself refuses, answered with the same JSON as the panel's refusals."""

    def __init__(self, cause: Any) -> None:
        super().__init__(cause.body)
        self.code, self.reason = cause.code, cause.reason
        self.is_too_large = isinstance(cause, RequestEntityTooLarge)

    def to_response(self, _ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return status, headers and body."""
        code, message = "bad_request", f"the request cannot be read: {self.body}"
        if self.is_too_large:
            code, message = "too_large", too_large(int(self.body))
        body = json.dumps({"ok": False, "error": {"code": code, "message": message}}).encode()
        headers = [("Content-Type", "application/json"), ("X-Content-Type-Options", "nosniff")]
        return f"{self.code} {self.reason}", headers, body


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Parses one request."""

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
        refusal = self.error = RefusalError(self.error)
        if refusal.is_too_large:
            refusal.body = str(max(self.content_length, MOST_BYTES + 1))
            if not self.expect_continue and 0 < self.content_length <= _MOST_DISCARDED_BYTES:
                self._left_to_discard, self.completed = self.content_length, False
        self.expect_continue = False
