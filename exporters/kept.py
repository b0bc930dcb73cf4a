"""Small text files that must not be lost: written to the disk as a whole, sealed, and with the one before kept.

The one before is beside it, `.NAME.before`.
"""

import contextlib
import secrets
from pathlib import Path
from typing import Final, NamedTuple

from exporters.writing import replace_bytes
from models.reading.files import read_bytes
from models.reading.limits import RefusedError
from models.reading.sealed import is_sealed, seal, unseal

_MOST_BYTES: Final = 16 * 2**20


class Kept(NamedTuple):
    """A text, and a sentence if it is that of the file before; "" if it is that of the file."""

    text: bytes
    note: str = ""


def write_kept(path: Path, text: str) -> None:
    """Write a text. The file that was there, if undamaged, is the one before. Raises OSError."""
    with contextlib.suppress(OSError, RefusedError):
        if _is_intact(path):
            _keep(path, before(path))
    replace_bytes(path, seal(text.encode()), is_durable=True)


def read_kept(path: Path, most_bytes: int) -> Kept:
    """Return the text of a file, or that of the one before if the file is damaged.

    Raises RefusedError, as a clause after the file's name, if neither can be read.
    """
    try:
        return Kept(unseal(read_bytes(path, most_bytes)))
    except RefusedError as refusal:
        with contextlib.suppress(RefusedError):
            earlier = unseal(read_bytes(before(path), most_bytes))
            return Kept(earlier, f"{path} {refusal}; what it held before is used")
        raise


def before(path: Path) -> Path:
    """Return the name of the file before."""
    return path.with_name(f".{path.name}.before")


def _is_intact(path: Path) -> bool:
    """Return whether a file is sealed. Raises RefusedError if it is damaged or cannot be read."""
    content = read_bytes(path, _MOST_BYTES)
    unseal(content)
    return is_sealed(content)


def _keep(path: Path, name: Path) -> None:
    """Give a file a second name, which may be taken."""
    beside = path.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        try:
            beside.hardlink_to(path)
        except (OSError, NotImplementedError):  # no hard links
            beside.write_bytes(path.read_bytes())
        beside.replace(name)
    finally:
        beside.unlink(missing_ok=True)
