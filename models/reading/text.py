"""Decode names in files that do not state their encoding."""

import codecs
import re
from typing import Final

_MOST_CHARACTERS: Final = 200
# Number of bytes to decode: enough for a name, even if control characters stand between its characters.
_MOST_BYTES: Final = 4096
_JAPANESE: Final = re.compile("[\u3040-\u30ff]|[\u4e00-\u9fff]{2}")


def decoded(data: bytes) -> str:
    """Return printable text, decoded as UTF-8 if that is valid, as Shift-JIS if that gives Japanese, else as Latin-1."""
    is_cut, data = len(data) > _MOST_BYTES, data[:_MOST_BYTES]
    text = _strictly(data, "utf-8-sig", is_cut=is_cut)
    if text is None:
        text = _strictly(data, "cp932", is_cut=is_cut)
        if text is None or not _reads_as_japanese(text):
            text = data.decode("latin-1")
    return printable(text)


def printable(text: str) -> str:
    """Return at most 200 characters of the text, without control characters and halves of surrogate pairs."""
    clean = "".join(each if each.isprintable() else " " if each.isspace() else "" for each in text)
    return clean.strip()[:_MOST_CHARACTERS].rstrip()


def _strictly(data: bytes, encoding: str, *, is_cut: bool) -> str | None:
    """Return the text, or None if the bytes are not in this encoding. `is_cut` allows an incomplete last character."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data, final=not is_cut)
    except UnicodeDecodeError:
        return None


def _reads_as_japanese(text: str) -> bool:
    """Return whether the text holds a kana, or two Chinese characters in a row.

    Western text seldom decodes as Shift-JIS, and then only to single rare characters.
    """
    return bool(_JAPANESE.search(text))
