"""Words and numbers as scores have them."""

import math
import re
from typing import Final

from models.reading.text import printable

_LONGEST: Final = 800
_KANA: Final = re.compile("[\u3040-\u30ff]")


def plain(text: str | None) -> str:
    """A name or title on one line, cut where it is very long."""
    return " ".join(printable((text or "")[:_LONGEST]).split())


def number(text: str | None) -> float | None:
    """A finite number, None where the text is none."""
    try:
        value = float((text or "").strip())
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def whole(text: str | None, least: int, most: int) -> int | None:
    """A whole number within bounds, None where the text is none."""
    value = number(text)
    return int(value) if value is not None and least <= value <= most else None


def text_of(data: bytes) -> str:
    """A whole text with plain line ends: UTF-8 or UTF-16 where it is, Shift-JIS with kana, else Windows' Latin."""
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
