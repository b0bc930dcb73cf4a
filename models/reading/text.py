"""Names as files have them: bytes in an encoding that nobody tells."""

import codecs
import re
from typing import Final

_MOST_CHARACTERS: Final = 200
# Bytes that are looked at: enough for a name's characters, also where control characters stand between them.
_MOST_BYTES: Final = 4096
_JAPANESE: Final = re.compile("[\u3040-\u30ff]|[\u4e00-\u9fff]{2}")


def decoded(data: bytes) -> str:
    """Return printable text: UTF-8 where the bytes are UTF-8, Shift-JIS where they read as Japanese, else Latin-1."""
    is_cut, data = len(data) > _MOST_BYTES, data[:_MOST_BYTES]
    text = _strictly(data, "utf-8-sig", is_cut=is_cut)
    if text is None:
        text = _strictly(data, "cp932", is_cut=is_cut)
        if text is None or not _reads_as_japanese(text):
            text = data.decode("latin-1")
    return printable(text)


def printable(text: str) -> str:
    """Leave out what cannot be written everywhere: control characters and halves of surrogate pairs."""
    kept = "".join(each if each.isprintable() else " " if each.isspace() else "" for each in text)
    return kept.strip()[:_MOST_CHARACTERS].rstrip()


def _strictly(data: bytes, encoding: str, *, is_cut: bool) -> str | None:
    """Return the text, None where the bytes are not in this encoding; a cut may go through the last character."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data, final=not is_cut)
    except UnicodeDecodeError:
        return None


def _reads_as_japanese(text: str) -> bool:
    """Western text seldom decodes as Shift-JIS, and then to single rare characters: a kana or two signs in a row."""
    return bool(_JAPANESE.search(text))
