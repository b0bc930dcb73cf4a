"""The limits for files of music, and the error for a file that cannot be read."""

from dataclasses import dataclass
from typing import Final

from models.music import Music


class RefusedError(Exception):
    """A file cannot be read as music. The text is the cause, without the file's name.

    `may_pass` marks a cause outside the file (a permission, a missing library). Such a refusal must not be cached.
    """

    def __init__(self, cause: str, *, may_pass: bool = False) -> None:
        super().__init__(cause)
        self.may_pass = may_pass


@dataclass(frozen=True)
class Limits:
    """Limits for a file and the music in it. Each is checked before the work that it bounds."""

    file_bytes: int = 16 * 2**20
    # Size of a compressed file after unpacking.
    unpacked_bytes: int = 32 * 2**20
    tracks: int = 4096
    events: int = 1_000_000
    notes: int = 250_000
    # Bars that a repeat skips count too, and in ABC the bars of rest of all voices together.
    bars: int = 100_000
    hours: float = 48.0
    # A score: notes before repeats are played; signs of ABC and Humdrum, and marks such as tempos; parts.
    written_notes: int = 100_000
    signs: int = 300_000
    parts: int = 500
    # XML: elements, their attributes, nesting depth, bytes from one tag to the next.
    elements: int = 800_000
    attributes: int = 1_000_000
    depth: int = 100
    tag_bytes: int = 2**18


LIMITS: Final = Limits()


def check_extent(music: Music, limits: Limits) -> None:
    """Raise RefusedError if the music has too many bars or lasts too long. `music` may still lack its parts."""
    if music.bars > limits.bars:
        raise RefusedError(f"has {music.bars:,} bars; at most {limits.bars:,} are allowed")
    hours = music.seconds / 3600
    if hours > limits.hours:
        raise RefusedError(f"lasts {hours:,.0f} hours; at most {limits.hours:g} are allowed")
