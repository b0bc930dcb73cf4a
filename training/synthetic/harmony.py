"""Chord loops in A minor and C major, voiced so that each chord is close to the one before."""

import random
from typing import Final, NamedTuple

_STEPS: Final = (0, 2, 4, 5, 7, 9, 11)
_MIDDLE: Final = 62
# The degree of C major of each chord of A minor.
_DEGREES: Final = {"i": 6, "III": 1, "iv": 2, "v": 3, "VI": 4, "VII": 5}
# Loops of club music in the minor key, and how often each is used.
_MINOR: Final = {
    "i VI III VII": 3, "i VI VII VII": 2, "i VII VI VII": 3, "VI VII i i": 3, "VI VII i III": 2, "i iv VI VII": 3,
    "i VI iv VII": 3, "i v VI iv": 1, "iv VI VII i": 2, "VI iv i VII": 2, "i VII iv VI": 2, "VI VII v i": 2,
    "i VI VII iv": 2, "iv v VI VII": 1, "VI i VII iv": 2, "iv VI i VII": 2, "VI VII i v": 2, "i III VII iv": 1,
    "i III VI VII": 1, "VI III VII i": 2, "iv i VI VII": 2, "i i VI VII": 2, "iv VII i VI": 1,
}  # fmt: skip
_MAJOR: Final = {
    "III VII i VI": 3,
    "VI III VII i": 2,
    "VI VII III i": 2,
    "III VI i VII": 1,
    "iv VI III VII": 1,
}
_STATIC: Final = {
    "i i i i": 4,
    "i i i VII": 2,
    "i i VI VI": 3,
    "i i VI VII": 2,
    "i i iv iv": 3,
    "i i VII VII": 2,
}
_IN_MAJOR: Final = 0.12


class Chord(NamedTuple):
    """A chord of the common key: `root` as a pitch class, `notes` as MIDI pitches from low to high."""

    root: int
    notes: tuple[int, ...]

    def has(self, pitch: int) -> bool:
        """Return whether the pitch belongs to the chord in any octave."""
        return pitch % 12 in {note % 12 for note in self.notes}

    def tones(self, low: int, count: int) -> list[int]:
        """Return `count` pitches of the chord in all octaves, from `low` upwards."""
        return [pitch for pitch in range(low, low + 60) if self.has(pitch)][:count]


def chord_loop(dice: random.Random, *, static: float, sevenths: float) -> tuple[Chord, ...]:
    """Return four chords of a bar each; `static` and `sevenths` are the probabilities of few changes and of sevenths."""
    table = _STATIC if dice.random() < static else _MAJOR if dice.random() < _IN_MAJOR else _MINOR
    names = dice.choices(list(table), list(table.values()))[0].split()
    size = 4 if dice.random() < sevenths else 3
    chords: list[Chord] = []
    for name in names:
        centre = sum(chords[-1].notes) / len(chords[-1].notes) if chords else _MIDDLE
        chords.append(_voiced(_DEGREES[name], size, (centre + _MIDDLE) / 2))
    return tuple(chords)


def _voiced(degree: int, size: int, centre: float) -> Chord:
    """Return the inversion whose mean pitch is nearest to `centre`."""
    classes = [_STEPS[(degree - 1 + 2 * third) % 7] for third in range(size)]
    inversions = [_stacked(classes[turn:] + classes[:turn], low) for turn in range(size) for low in (48, 60)]
    return Chord(classes[0], min(inversions, key=lambda notes: abs(sum(notes) / size - centre)))


def _stacked(classes: list[int], low: int) -> tuple[int, ...]:
    notes = [low + classes[0]]
    for each in classes[1:]:
        notes.append(notes[-1] + (each - notes[-1]) % 12)
    return tuple(notes)
