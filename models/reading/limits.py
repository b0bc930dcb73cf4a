"""How much a file may hold, and how a file is refused."""

from dataclasses import dataclass
from typing import Final

from models.music import Music


class RefusedError(Exception):
    """A file that cannot be read as music; the text is the cause, without the file's name.

    `may_pass` marks a cause outside the file (a permission, a missing library), so that nobody remembers it.
    """

    def __init__(self, cause: str, *, may_pass: bool = False) -> None:
        super().__init__(cause)
        self.may_pass = may_pass


@dataclass(frozen=True)
class Limits:
    """What a file may hold and become. Each is checked before the work that it bounds."""

    file_bytes: int = 16 * 2**20
    # A packed file, once unpacked.
    unpacked_bytes: int = 32 * 2**20
    tracks: int = 4096
    events: int = 1_000_000
    notes: int = 250_000
    # Also bars that a repeat passes over, and bars of rest in all voices of ABC.
    bars: int = 100_000
    hours: float = 48.0
    # A score: notes before its repeats are played, signs of ABC and Humdrum, marks such as tempos, parts.
    written_notes: int = 100_000
    signs: int = 300_000
    parts: int = 500
    # XML: elements, their attributes, elements within elements, bytes from one tag to the next.
    elements: int = 800_000
    attributes: int = 1_000_000
    depth: int = 100
    tag_bytes: int = 2**18


LIMITS: Final = Limits()


def check_extent(music: Music, limits: Limits) -> None:
    """Raise RefusedError for music that lasts too long; its parts do not count, so they need not be there yet."""
    if music.bars > limits.bars:
        raise RefusedError(f"has {music.bars:,} bars; {limits.bars:,} are read")
    hours = music.seconds / 3600
    if hours > limits.hours:
        raise RefusedError(f"lasts {hours:,.0f} hours; {limits.hours:g} are read")
