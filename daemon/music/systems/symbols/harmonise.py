"""Find chords for a melody: one or two for each bar, from the triads of the common key (C major, A minor)."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Final, NamedTuple

from models.chords import mask_of
from models.notes import PULSES_PER_BAR, PULSES_PER_BEAT, Note

_HALF_PULSES: Final = PULSES_PER_BAR // 2


class Chord(NamedTuple):
    """A chord: its pitch classes as a 12-bit mask, and its root."""

    mask: int
    root: int


_SHAPES: Final[Mapping[int, str]] = {0: "", 2: "m", 4: "m", 5: "", 7: "", 9: "m"}
CHORDS: Final = tuple(Chord(mask_of(root, shape), root) for root, shape in _SHAPES.items())
# How well one root follows another; 0 for what is not named.
_MOVES: Final[Mapping[tuple[int, int], float]] = {
    (7, 0): 0.20, (2, 7): 0.20, (5, 0): 0.12, (5, 7): 0.15, (0, 5): 0.12, (0, 7): 0.12, (0, 9): 0.10, (9, 5): 0.15,
    (9, 2): 0.08, (9, 7): 0.08, (4, 9): 0.12, (4, 5): 0.08, (7, 9): 0.08, (5, 2): 0.05, (0, 2): 0.05, (7, 5): -0.05,
}  # fmt: skip
# What a chord gains where it stays for the whole bar, and loses where it stays for another one.
_WHOLE_BAR, _AGAIN = 0.3, -0.04
_OUTSIDE, _ON_BEAT, _ROOT = -0.8, 1.6, 1.1


def chords_of(notes: Iterable[Note], bar_pulse: int, before: int) -> tuple[Chord, Chord]:
    """Return the chords of the two halves of the bar at `bar_pulse`; `before` is the root of the chord before, or -1."""
    sounding = list(notes)
    first, second = (_fits(_weights(sounding, bar_pulse + half * _HALF_PULSES)) for half in range(2))
    pairs = product(range(len(CHORDS)), repeat=2)
    best = max(pairs, key=lambda pair: first[pair[0]] + second[pair[1]] + _moves(before, *pair))
    return CHORDS[best[0]], CHORDS[best[1]]


def _moves(before: int, first: int, second: int) -> float:
    one, other = CHORDS[first].root, CHORDS[second].root
    arrives = _AGAIN if before == one else _MOVES.get((before, one), 0.0)
    return arrives + (_WHOLE_BAR if one == other else _MOVES.get((one, other), 0.0))


def _weights(notes: Sequence[Note], start: int) -> list[float]:
    """Return the weight of each pitch class in half a bar: how long it sounds, more if it begins on a beat."""
    weights = [0.0] * 12
    for note in notes:
        sounds = min(note.pulse + note.length, start + _HALF_PULSES) - max(note.pulse, start)
        if sounds > 0:
            is_strong = note.pulse % PULSES_PER_BEAT == 0 and note.pulse >= start
            weights[note.pitch % 12] += sounds * (_ON_BEAT if is_strong else 1.0)
    return weights


def _fits(weights: Sequence[float]) -> list[float]:
    """Return how well each chord fits, up to about 1; 0 for all in silence."""
    total = sum(weights)
    if not total:
        return [0.0] * len(CHORDS)
    return [
        sum(
            weight * (_ROOT if tone == chord.root else 1.0 if chord.mask >> tone & 1 else _OUTSIDE)
            for tone, weight in enumerate(weights)
        )
        / total
        for chord in CHORDS
    ]
