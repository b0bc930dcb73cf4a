"""Names of keys and chords, and the chord progressions that a performer can choose."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

TONICS: Final = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_A: Final = 9
# Everything is planned in a common key, which is both C major and A minor. The other keys lie -6..5 semitones above it.
KEYS: Final[Mapping[str, int]] = {
    f"{tonic} {mode}": (number - home + 6) % 12 - 6
    for mode, home in (("minor", _A), ("major", 0))
    for number, tonic in enumerate(TONICS)
}
_SHAPES: Final[Mapping[str, tuple[int, ...]]] = {
    "": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "m7": (0, 3, 7, 10), "maj7": (0, 4, 7, 11),
    "sus4": (0, 5, 7), "sus2": (0, 2, 7), "5": (0, 7), "dim": (0, 3, 6), "add9": (0, 2, 4, 7), "m add9": (0, 2, 3, 7),
}  # fmt: skip
# Degrees of A minor: the root and the chord's shape.
_DEGREES: Final[Mapping[str, tuple[int, str]]] = {
    "i": (9, "m"), "III": (0, ""), "iv": (2, "m"), "v": (4, "m"), "V": (4, ""), "VI": (5, ""), "VII": (7, ""),
}  # fmt: skip
_NAMED: Final = (
    *("i-VI-III-VII", "i-VI-VII-i", "i-VII-VI-VII", "i-VII-VI-V", "i-iv-VI-V", "i-III-VII-VI", "i-v-VI-VII"),
    *("VI-VII-i-i", "VI-III-VII-i", "iv-VI-i-VII", "i-i-VI-VII", "III-VII-i-VI", "i-iv-i-iv", "i-i-i-i"),
)
Halves = tuple[tuple[int, int], ...]


def mask_of(root: int, shape: str) -> int:
    """Return a chord's pitch classes as a 12-bit mask."""
    return sum(1 << (root + step) % 12 for step in _SHAPES[shape])


def halves_of(name: str) -> Halves:
    """Return the half bars of a progression, such as `i-VI-III-VII`, with one chord a bar, in the common key."""
    degrees = (_DEGREES[degree] for degree in name.split("-"))
    return tuple((mask_of(root, shape), root) for root, shape in degrees for _ in range(2))


# The mask and root of each half bar, in the common key.
PROGRESSIONS: Final[Mapping[str, Halves]] = {name: halves_of(name) for name in _NAMED}


def key_name(key: int) -> str:
    """Return the names of the minor and the major key that lie `key` semitones above A minor and C major."""
    return f"{TONICS[(_A + key) % 12]} minor / {TONICS[key % 12]} major"


@lru_cache(maxsize=1024)
def chord_name(mask: int, root: int, key: int = 0) -> str:
    """Return the name of the chord that is nearest to the mask, transposed by `key`. An empty mask gives "".

    A `root` below 0 allows any root in the mask.
    """
    if not mask:
        return ""
    roots = [root] if root >= 0 else [n for n in range(12) if mask >> n & 1]
    near = {
        (n, shape): (mask & other).bit_count() / (mask | other).bit_count()
        for n in roots
        for shape in _SHAPES
        for other in (mask_of(n, shape),)
    }
    best, shape = max(near, key=lambda each: near[each])
    return f"{TONICS[(best + key) % 12]}{shape}"
