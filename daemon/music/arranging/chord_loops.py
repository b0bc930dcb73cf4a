"""The chord loops to draw from: those of songs, as triads and sevenths, and common loops by how usual a genre has them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from daemon.music.arranging.chance import weighed
from models.arrangement import Arrangement, Loop
from models.chords import Halves, halves_of
from models.genres import FOUR, usual_beat

# Four bars each, and how usual they are in dance music: facts of harmony as textbooks and collections of progressions
# give them.
_COMMON: Final[Mapping[str, float]] = {
    "i-VI-III-VII": 3, "VI-VII-i-i": 4, "i-VII-VI-VII": 3, "VI-VII-i-III": 2, "i-iv-VI-VII": 3, "i-VI-iv-VII": 3,
    "VI-III-VII-i": 3, "VI-i-VII-iv": 2, "iv-VI-i-VII": 2, "i-VI-VII-iv": 2, "VI-VI-i-VII": 2, "VI-VII-v-i": 2,
    "i-v-VI-VII": 2, "i-VII-iv-VI": 2, "VI-iv-i-VII": 2, "i-i-VI-VII": 2, "iv-VI-VII-i": 2, "III-VII-i-VI": 1,
    "VI-VII-III-i": 1, "i-III-VII-VI": 1, "i-VI-VII-v": 1, "iv-v-VI-VII": 1, "VI-iv-III-VII": 1, "iv-III-VII-i": 1,
    "i-i-iv-VI": 1, "i-i-VI-VI": 2, "iv-i-VI-VII": 1, "i-VII-VI-V": 1, "i-iv-VI-V": 1,
}  # fmt: skip


class _Taste(NamedTuple):
    """What a genre adds to the weights of loops.

    `sevenths` is the share of its common loops in which all chords are sevenths. In the share `held` of its loops each bar
    lasts two bars, and the share `vamps` has the first two bars alone.
    """

    sevenths: float
    held: float
    vamps: float
    loops: Mapping[str, float]


# What textbooks of production say of the genres: vamps of VI, VII and iv in house, sevenths in deep house, one or
# two chords in techno, the rising VI-VII and the four chords of pop in trance, minor loops in broken beats.
_TASTES: Final[Mapping[str, _Taste]] = {
    "house": _Taste(0.2, 0.35, 0.2, {"VI-VII-i-VII": 10, "iv-VI-i-VII": 8, "iv-v-VI-VII": 4}),
    "deep house": _Taste(0.8, 0.3, 0.25, {"iv-v-i-VII": 8, "VI-v-iv-i": 8, "i-iv-i-iv": 6, "i-v-iv-v": 6}),
    "techno": _Taste(0.1, 0.4, 0.25, {"i-i-i-i": 6, "i-i-VI-VI": 10, "VI-VI-VII-VII": 14, "VI-VI-iv-iv": 12}),
    "trance": _Taste(0.1, 0.35, 0.05, {"i-VI-III-VII": 12, "VI-VII-i-VII": 12, "iv-VI-III-VII": 10, "VI-VI-VII-i": 14}),
    "drum and bass": _Taste(0.3, 0.35, 0.15, {"i-VI-iv-VII": 12, "i-VII-VI-VII": 10, "i-v-VI-VII": 8, "i-VI-iv-v": 8}),
    "dubstep": _Taste(0.1, 0.4, 0.15, {"i-i-VI-VII": 10, "i-VI-VII-v": 10, "i-VII-VI-v": 8, "VI-VII-i-i": 6}),
    "breakbeat": _Taste(0.2, 0.3, 0.2, {"i-VII-VI-VII": 10, "i-VII-iv-VII": 10, "i-i-VII-VII": 6, "iv-VI-i-VII": 6}),
    "synthwave": _Taste(0.6, 0.35, 0.05, {"VI-VII-i-VII": 10, "i-VII-VI-VII": 10, "VI-VII-i-III": 6, "i-VI-iv-VII": 6}),
    "ambient": _Taste(0.7, 0.6, 0.1, {"i-i-VI-VI": 12, "VI-VI-iv-iv": 8, "VI-VI-III-III": 8, "i-i-iv-iv": 8}),
}  # fmt: skip
_WEIGHTS: Final[Mapping[str, Mapping[str, float]]] = {
    genre: {**_COMMON, **{loop: _COMMON.get(loop, 0) + weight for loop, weight in taste.loops.items()}}
    for genre, taste in _TASTES.items()
}
_VAMP_HALVES: Final = 4
# The share of draws that give one of the common loops.
_IS_COMMON: Final = 0.7
_KEY: Final = frozenset({0, 2, 4, 5, 7, 9, 11})
# A chord's root may not be B, whose fifth lies outside the key, nor a pitch class outside the key.
_ROOTS: Final = _KEY - {11}
_FIFTH: Final = 7
# How much more like a chord its bass makes the triad on it, in Jaccard's index.
_BASS_COUNTS: Final = 0.3


def triad(root: int, *, major: bool) -> int:
    """Return the pitch classes of a triad as a 12-bit mask."""
    return sum(1 << (root + step) % 12 for step in (0, 4 if major else 3, _FIFTH))


_TRIADS: Final = {triad(root, major=major): root for root in range(12) for major in (True, False)}
_IN_KEY: Final = {
    mask: root for mask, root in _TRIADS.items() if all(n in _KEY for n in range(12) if mask >> n & 1)
}


def full_chord(mask: int, root: int) -> tuple[int, int]:
    """Return the triad nearest to a half bar's pitch classes, with the key's seventh if it is among them, and the bass.

    A triad on the bass and one of the key are preferred. The bass stays if the chord has it, else it is the chord's root.
    An empty mask stays empty.
    """
    if not mask:
        return mask, root
    nearest = max(_TRIADS, key=lambda each: (_likeness(mask, each, root), each in _IN_KEY))
    own = _TRIADS[nearest]
    chord = nearest | mask & 1 << _seventh(own)
    return chord, root if root >= 0 and chord >> root & 1 else own


def held(halves: Halves) -> Halves:
    """Return a loop in which each bar lasts two bars."""
    bars = zip(halves[::2], halves[1::2], strict=True)
    return tuple(half for bar in bars for half in (*bar, *bar))


def with_sevenths(halves: Halves) -> Halves:
    """Return the chords, each with the seventh of the key above its root."""
    return tuple((mask | 1 << _seventh(root), root) for mask, root in halves)


class ChordLoops:
    """The loops of an arrangement's styles; one is drawn by a number in 0..1; others decide about sevenths and pace."""

    def __init__(self, arrangement: Arrangement) -> None:
        self.classical = tuple(_halves(loop) for loop in arrangement.style("classical").loops)
        self._songs = {
            house: _usual([_halves(loop) for loop in style.loops])
            for house, style in ((False, arrangement.style("edm")), (True, arrangement.house))
        }

    def edm(self, draw: float, sevenths: float, pace: float, genre: str) -> Halves:
        """Return a loop: the lower part of `draw` gives the genre's common ones, the rest those of songs with such a beat.

        Loops of songs are as frequent as in songs. Without them the chords are unstated. `sevenths` (0..1) decides about
        sevenths, `pace` (0..1) about held chords and vamps.
        """
        songs, taste = self._songs[usual_beat(genre) == FOUR], _TASTES[genre]
        if not songs:
            return ((0, -1), (0, -1))
        if draw >= _IS_COMMON:
            loop = songs[int(len(songs) * (draw - _IS_COMMON) / (1 - _IS_COMMON))]
        else:
            loop = halves_of(weighed(_WEIGHTS[genre], draw / _IS_COMMON))
            loop = with_sevenths(loop) if sevenths < taste.sevenths else loop
        if pace < taste.held:
            return held(loop)
        return loop[:_VAMP_HALVES] if pace < taste.held + taste.vamps else loop


# Cached, so that a bundle's loops are made once and not again for every new director.
@lru_cache(maxsize=2)
def chord_loops_of(arrangement: Arrangement) -> ChordLoops:
    """Return the chord loops of an arrangement."""
    return ChordLoops(arrangement)


def _likeness(mask: int, chord: int, bass: int) -> float:
    same = (mask & chord).bit_count() / (mask | chord).bit_count()
    return same + _BASS_COUNTS * (_TRIADS[chord] == bass)


def _seventh(root: int) -> int:
    """Return the pitch class of the key a seventh above a root."""
    return next(n % 12 for n in (root + 10, root + 11) if n % 12 in _KEY)


def _halves(loop: Loop) -> Halves:
    return tuple(full_chord(mask, root) for mask, root in zip(loop.masks, loop.roots, strict=True))


def _usual(loops: Sequence[Halves]) -> tuple[Halves, ...]:
    """Return the loops whose chords all stand on usual roots of the key; all loops if there is none."""
    return tuple(loop for loop in loops if {root for _, root in loop} <= _ROOTS) or tuple(loops)
