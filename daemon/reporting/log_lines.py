"""A log record as one line of text or one line of JSON."""

import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal

LogFormat = Literal["text", "json"]
LONGEST_BYTES: Final = 4096
"""The longest line, with its end. Linux writes this many bytes into a pipe without mixing them with other writes."""

_ESCAPED: Final = {
    **{number: f"\\x{number:02x}" for number in (*range(32), *range(127, 160))},
    ord("\n"): "\\n",
    ord("\t"): "\\t",
}


class LineFormatter(logging.Formatter):
    """Makes a line of a record: time, level, role of the process, message, and the exception if there is one.

    A line of text holds no control character, so that no message can pretend to be another record or change the
    terminal; the lines of an exception follow it, indented. `is_brief` leaves the date out, for a terminal. Long
    messages and exceptions are cut in the middle, so that a line never has more than `LONGEST_BYTES`.
    """

    def __init__(self, role: str, kind: LogFormat, *, is_brief: bool) -> None:
        super().__init__()
        self.role, self._is_brief = role, is_brief
        self._line = self._json if kind == "json" else self._text

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with its end."""
        exception = self.formatException(record.exc_info) if record.exc_info else ""
        message = record.getMessage()
        return _within_limit(lambda room: self._line(record, _cut(message, room), _cut(exception, room)))

    def _text(self, record: logging.LogRecord, message: str, exception: str) -> str:
        moment = _moment(record)
        time = moment[11:23] if self._is_brief else moment
        head = f"{time} {record.levelname} {self.role}: {message.translate(_ESCAPED)}\n"
        return head + "".join(f"    {line.translate(_ESCAPED)}\n" for line in exception.splitlines())

    def _json(self, record: logging.LogRecord, message: str, exception: str) -> str:
        fields = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "role": self.role,
            "logger": record.name,
            "message": message,
        }
        return json.dumps(fields | ({"exception": exception} if exception else {})) + "\n"


def _moment(record: logging.LogRecord) -> str:
    """Return the local time in ISO 8601, with milliseconds and the zone's offset."""
    return datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds")


def _within_limit(line_with: Callable[[int], str]) -> str:
    room = LONGEST_BYTES
    while len((line := line_with(room)).encode("utf-8", "backslashreplace")) > LONGEST_BYTES:
        room //= 2
    return line


def _cut(text: str, room: int) -> str:
    """Return at most about `room` characters: the beginning, and more of the end, which has an exception's cause."""
    return text if len(text) <= room else f"{text[: room // 4]} [...] {text[-room * 3 // 4 :]}"
