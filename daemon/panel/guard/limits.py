"""The largest request and file that the panel accepts, and the error messages for larger ones."""

from math import ceil
from typing import Final

MOST_BYTES: Final = 3 * 2**20
MOST_FILE_BYTES: Final = 2 * 2**20
_LIMITS: Final = (
    f"the panel takes at most {MOST_BYTES >> 20} MiB, and MIDI files of at most {MOST_FILE_BYTES >> 20} MiB"
)


def too_large(size: int) -> str:
    """Return the message that refuses a request of `size` bytes."""
    return f"the request has {_in_mib(size)}; {_LIMITS}: send a smaller file"


def file_too_large(name: str, size: int) -> str:
    """Return the message that refuses a file of `size` bytes."""
    return f"{name} has {_in_mib(size)}; {_LIMITS}: send a smaller one, or a part of it"


def _in_mib(size: int) -> str:
    """Return `size` bytes in MiB, rounded up, so that one byte too many is not shown as the allowed size."""
    return f"{ceil(size * 100 / 2**20) / 100:g} MiB"
