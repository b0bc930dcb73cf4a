"""Chord loops in A minor and C major, voiced so that each chord is close to the one before."""

import random
from typing import Final, NamedTuple

_STEPS: Final = (0, 2, 4, 5, 7, 9, 11)
_MIDDLE: Final = 62
# Loops of club music as degrees of C major (six is A minor). Minor ones are from the Free MIDI Chords collection (MIT).
_MINOR: Final = (
    (6, 4, 1, 5), (6, 1, 5, 4), (6, 2, 4, 3), (6, 3, 4, 5), (6, 4, 5, 2), (6, 5, 4, 3), (6, 4, 2, 3), (6, 5, 2, 4),
    (6, 1, 4, 2), (6, 5, 6, 3), (6, 2, 5, 1), (6, 3, 2, 5), (6, 4, 5, 3), (2, 4, 6, 5), (4, 5, 6, 6), (6, 6, 4, 5),
    (2, 6, 4, 5), (6, 1, 2, 4), (4, 6, 5, 2), (6, 5, 4, 5), (4, 1, 6, 5), (6, 3, 5, 4), (6, 6, 2, 2), (4, 4, 6, 6),
)  # fmt: skip
_MAJOR: Final = (
    (1, 5, 6, 4), (1, 4, 6, 5), (4, 1, 5, 6), (1, 3, 4, 4), (2, 5, 1, 6), (1, 6, 4, 5), (4, 5, 3, 6), (1, 1, 4, 4),
)  # fmt: skip
_STATIC: Final = ((6, 6, 6, 6), (6, 6, 6, 5), (6, 6, 4, 4), (6, 6, 6, 4), (2, 2, 6, 6))


class Chord(NamedTuple):
    """A chord of the common key: `root` as a pitch class, `notes` as MIDI pitches from low to high."""

    root: int
    notes: tuple[int, ...]

    def tones(self, low: int, count: int) -> list[int]:
        """Return `count` pitches of the chord in all octaves, from `low` upwards."""
        classes = {note % 12 for note in self.notes}
        return [pitch for pitch in range(low, low + 60) if pitch % 12 in classes][:count]


def chord_loop(dice: random.Random, *, static: float, sevenths: float) -> tuple[Chord, ...]:
    """Return four chords of a bar each; `static` and `sevenths` are the probabilities of few changes and of sevenths."""
    table = _STATIC if dice.random() < static else _MAJOR if dice.random() < 0.2 else _MINOR
    size = 4 if dice.random() < sevenths else 3
    chords: list[Chord] = []
    for degree in dice.choice(table):
        centre = sum(chords[-1].notes) / len(chords[-1].notes) if chords else _MIDDLE
        chords.append(_voiced(degree, size, (centre + _MIDDLE) / 2))
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
