"""Musical scales by name: `free`, or a tonic and a mode such as `C minor`."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

FREE: Final = "free"

TONICS: Final[Mapping[str, int]] = {
    "C": 0, "C#": 1, "Db": 1, "D": 2, "D#": 3, "Eb": 3, "E": 4, "F": 5, "F#": 6, "Gb": 6,
    "G": 7, "G#": 8, "Ab": 8, "A": 9, "A#": 10, "Bb": 10, "B": 11, "Cb": 11,
}  # fmt: skip

MODES: Final[Mapping[str, tuple[int, ...]]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "harmonic-minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic-minor": (0, 2, 3, 5, 7, 9, 11),
    "phrygian-dominant": (0, 1, 4, 5, 7, 8, 10),
    "major-pentatonic": (0, 2, 4, 7, 9),
    "minor-pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole-tone": (0, 2, 4, 6, 8, 10),
    "chromatic": tuple(range(12)),
}

_SIGNS: Final = str.maketrans("♯♭", "#b")
_SHORT: Final = re.compile(r"(?P<tonic>[A-Ga-g][#b]?)(?:\s+|(?=m|$))(?P<mode>[A-Za-z-]*)")
_MODES_IN_SHORT: Final[Mapping[str, str]] = {"": "major", "maj": "major", "m": "minor", "min": "minor"}
C_MAJOR: Final = frozenset({0, 2, 4, 5, 7, 9, 11})
SCALES: Final[tuple[str, ...]] = (FREE, *(f"{tonic} {mode}" for tonic in TONICS for mode in MODES))


def scale_pitch_classes(scale: str) -> frozenset[int] | None:
    """Return the pitch classes (0 is C) of `scale`, or None for `free`. Raises KeyError for an unknown name."""
    if scale == FREE:
        return None
    tonic, _, mode = scale.partition(" ")
    return frozenset((TONICS[tonic] + step) % 12 for step in MODES[mode])


def spelled_out(text: str) -> tuple[str, ...]:
    """Return the names of the scale that `text` is short for, such as `Am`, `Bb` or `Gb major`; the written tonic first."""
    found = _SHORT.fullmatch(text.strip().translate(_SIGNS))
    if found is None:
        return ()
    tonic = found["tonic"].capitalize()
    mode = _MODES_IN_SHORT.get(found["mode"], found["mode"].lower())
    if mode not in MODES or tonic not in TONICS:
        return ()
    same = sorted(TONICS, key=lambda each: each != tonic)
    return tuple(f"{each} {mode}" for each in same if TONICS[each] == TONICS[tonic])


@lru_cache(maxsize=64)
def key_shift(scale: str) -> int:
    """Return the shift in semitones (-6..5) that puts most notes of C major, the networks' key, in the scale; 0 if free."""
    allowed = scale_pitch_classes(scale)
    if allowed is None:
        return 0
    return max(
        range(-6, 6), key=lambda shift: (len({(p + shift) % 12 for p in C_MAJOR} & allowed), -abs(shift))
    )
