"""How much the panel takes in one request, and the sentences for more."""

from math import ceil
from typing import Final

MOST_BYTES: Final = 3 * 2**20
MOST_FILE_BYTES: Final = 2 * 2**20
_TAKEN: Final = (
    f"the panel takes at most {MOST_BYTES >> 20} MiB, and MIDI files of at most {MOST_FILE_BYTES >> 20} MiB"
)


def too_large(size: int) -> str:
    """Why a request of so many bytes is refused."""
    return f"what was sent has {_in_mib(size)}; {_TAKEN}: send a smaller file"


def file_too_large(name: str, size: int) -> str:
    """Why a file of so many bytes is refused."""
    return f"{name} has {_in_mib(size)}; {_TAKEN}: send a smaller one, or a part of it"


def _in_mib(size: int) -> str:
    """So many bytes in words, rounded up: one byte too many is not told as what is allowed."""
    return f"{ceil(size * 100 / 2**20) / 100:g} MiB"
