"""Text files whose first line is a TOML comment with the SHA-256 of the rest.

A person can read them; who edits one removes that line. A file without it is taken as it is.
"""

import hashlib
import re
from typing import Final

from models.reading.limits import RefusedError

_MARK: Final = b"# sha256"
_ADVICE: Final = b"If you edit this file, remove this line"
_LINE: Final = re.compile(_MARK + rb" ([0-9a-f]{64})\. " + _ADVICE + rb"\.\n")


def seal(content: bytes) -> bytes:
    """Return a text with the line before it."""
    return _MARK + b" " + hashlib.sha256(content).hexdigest().encode() + b". " + _ADVICE + b".\n" + content


def unseal(content: bytes) -> bytes:
    """Return a text without the line. Raises RefusedError if it is not the text that was sealed."""
    if not is_sealed(content):
        return content
    head = _LINE.match(content)
    if head is None or hashlib.sha256(content[head.end() :]).hexdigest().encode() != head[1]:
        raise RefusedError("is damaged, or was edited (then remove its first line)")
    return content[head.end() :]


def is_sealed(content: bytes) -> bool:
    """Return whether there is such a line, or was: it may be damaged, or the file may be cut short within it."""
    return _MARK[2:] in content[:9] or _ADVICE in content[:160] or _MARK.startswith(content)
