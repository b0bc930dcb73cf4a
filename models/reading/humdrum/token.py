"""Read one note or rest of **kern."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from models.notes import PULSES_PER_BEAT

_STEPS: Final = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_WHOLE: Final = 4.0 * PULSES_PER_BEAT
_LONGEST: Final = 64.0 * _WHOLE
_RHYTHM: Final = re.compile(r"(\d{1,6})(?:%(\d{1,6}))?(\.{0,6})")
_PITCH: Final = re.compile(r"(([a-gA-G])\2{0,9})(#{1,3}|-{1,3}|)")


class Token(NamedTuple):
    """A note or rest. `length` is in pulses, or None if the text states none; `place` is a name such as C4."""

    length: float | None
    pitch: int | None
    place: str
    is_grace: bool
    is_rest: bool
    is_drum: bool
    ties_back: bool
    ties_on: bool


@lru_cache(maxsize=4096)
def read_token(text: str) -> Token:
    """Read one note or rest."""
    rhythm, pitch = _RHYTHM.search(text), _PITCH.search(text)
    natural, octave = _natural(pitch[1]) if pitch else (0, 0)
    return Token(
        _length(rhythm) if rhythm else None,
        natural + pitch[3].count("#") - pitch[3].count("-") if pitch else None,
        f"{pitch[2].upper()}{octave}" if pitch else "",
        "q" in text or "Q" in text,
        "r" in text,
        "R" in text,
        "]" in text or "_" in text,
        "[" in text or "_" in text,
    )


def _length(rhythm: re.Match[str]) -> float:
    """Return the pulses of a rhythm: n for 1/n of a whole note, 0 for two whole notes, 3%2 for two thirds; with dots."""
    below, above, dots = rhythm[1], int(rhythm[2] or 1), len(rhythm[3])
    whole = _WHOLE * 2 ** min(len(below), 6) if not int(below) else _WHOLE / int(below)
    return min(whole * above * (2 - 0.5**dots), _LONGEST)


def _natural(letters: str) -> tuple[int, int]:
    """Return the pitch of kern's letters without accidentals, and its octave.

    c is middle C, cc is an octave above it, C and CC are one and two octaves below it.
    """
    octave = 3 + len(letters) if letters[0].islower() else 4 - len(letters)
    return 12 * (octave + 1) + _STEPS[letters[0].lower()], octave
