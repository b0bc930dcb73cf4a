"""Names of keys and chords, and the chord progressions that a performer can choose."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

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
LONGEST_PLAYED_BARS: Final = 8
_NAMED: Final = (
    *("i-VI-III-VII", "i-VI-VII-i", "i-VII-VI-VII", "i-VII-VI-V", "i-iv-VI-V", "i-III-VII-VI", "i-v-VI-VII"),
    *("VI-VII-i-i", "VI-III-VII-i", "iv-VI-i-VII", "i-i-VI-VII", "III-VII-i-VI", "i-iv-i-iv", "i-i-i-i"),
)
Chord = tuple[int, int]
"""The pitch classes as a 12-bit mask, and the pitch class of the bass."""

Halves = tuple[Chord, ...]


class PlayedChords(NamedTuple):
    """Chords that somebody plays in: those of successive bars in `run`, the last of them that of `last_bar`.

    After `last_bar` they go round as a loop. The chords are as heard, not in the common key.
    """

    run: tuple[Chord, ...] = ()
    last_bar: int = 0

    def at(self, bar: int) -> Chord:
        """Return the chord of a bar; there must be one."""
        return self.run[(bar - self.last_bar - 1) % len(self.run)]

    def leads_anew(self, bar: int) -> bool:
        """Return whether the chord of a bar was played in for it, and is not one of the loop."""
        return bool(self.run) and bar == self.last_bar

    def with_chord(self, chord: Chord, bar: int) -> "PlayedChords":
        """Return the chords with that of a later bar. After a bar that had none of its own, the loop begins anew."""
        goes_on = self.last_bar == bar - 1
        return PlayedChords((*(self.run if goes_on else ()), chord)[-LONGEST_PLAYED_BARS:], bar)

    def moved(self, bars: int) -> "PlayedChords":
        """Return the same chords so many bars later."""
        return self._replace(last_bar=self.last_bar + bars) if bars else self


def mask_of(root: int, shape: str) -> int:
    """Return a chord's pitch classes as a 12-bit mask."""
    return sum(1 << (root + step) % 12 for step in _SHAPES[shape])


def halves_of(name: str) -> Halves:
    """Return the half bars of a progression, such as `i-VI-III-VII`, with one chord a bar, in the common key."""
    degrees = (_DEGREES[degree] for degree in name.split("-"))
    return tuple((mask_of(root, shape), root) for root, shape in degrees for _ in range(2))


# The mask and root of each half bar, in the common key.
PROGRESSIONS: Final[Mapping[str, Halves]] = {name: halves_of(name) for name in _NAMED}


def rotated(mask: int, semitones: int) -> int:
    """Return the 12-bit mask of the same chord so many semitones higher."""
    up = semitones % 12
    return (mask << up | mask >> (12 - up)) & 0xFFF


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
