"""Names as files have them: bytes in an encoding that nobody tells."""

import unicodedata
from itertools import pairwise

_MOST_CHARACTERS = 200


def decoded(data: bytes) -> str:
    """Return printable text: UTF-8 where the bytes are UTF-8, Shift-JIS where they read as Japanese, else Latin-1."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _japanese(data) or data.decode("latin-1")
    return printable(text)


def printable(text: str) -> str:
    """Leave out what cannot be written everywhere: control characters and halves of surrogate pairs."""
    kept = "".join(each if each.isprintable() else " " if each.isspace() else "" for each in text)
    return kept.strip()[:_MOST_CHARACTERS].rstrip()


def _japanese(data: bytes) -> str | None:
    """Return the text if every byte over 127 belongs to Japanese writing.

    Western text seldom decodes as Shift-JIS, and then to single rare characters: a kana or two signs in a row are asked for.
    """
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError:
        return None
    names = [unicodedata.name(each, "") for each in text]
    has_kana = any(name.startswith(("HIRAGANA", "KATAKANA")) for name in names)
    signs = [name.startswith("CJK UNIFIED") for name in names]
    in_a_row = any(one and two for one, two in pairwise(signs))
    return text if has_kana or in_a_row else None
