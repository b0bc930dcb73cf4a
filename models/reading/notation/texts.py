"""Read words and numbers from scores."""

import math
import re
from typing import Final

from models.reading.text import printable

_LONGEST: Final = 800
_KANA: Final = re.compile("[\u3040-\u30ff]")


def plain(text: str | None) -> str:
    """Return a name or title on one line, at most 200 characters long."""
    return " ".join(printable((text or "")[:_LONGEST]).split())


def number(text: str | None) -> float | None:
    """Return a finite number, or None if the text is not one."""
    try:
        value = float((text or "").strip())
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def whole(text: str | None, least: int, most: int) -> int | None:
    """Return a number from `least` to `most`, rounded down, or None if the text is not one."""
    value = number(text)
    return int(value) if value is not None and least <= value <= most else None


def text_of(data: bytes) -> str:
    """Return the decoded text with plain line ends.

    UTF-16 is used if there is its mark, UTF-8 if the bytes are valid, Shift-JIS if that gives kana, else Windows-1252.
    """
    text = data.decode("utf-16", "replace") if data.startswith((b"\xff\xfe", b"\xfe\xff")) else _narrow(data)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _narrow(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        japanese = data.decode("cp932")
    except UnicodeDecodeError:
        japanese = ""
    return japanese if _KANA.search(japanese) else data.decode("cp1252", "replace")
