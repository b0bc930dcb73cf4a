"""Transpose songs to other keys and octaves, so that a small collection covers all keys."""

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.codecs import melody, plan
from models.codecs.base import Tokens, identity
from models.codecs.condition import MELODY_COLUMNS
from models.notes import TICKS_PER_BAR

# Semitones by which bass, chords and lead move.
Shifts = tuple[int, int, int]
STILL: Final[Shifts] = (0, 0, 0)
_FURTHEST: Final = 24
_SEMITONES: Final = (-5, 6)
_OCTAVE: Final = 12


def drawn_shifts(rng: np.random.Generator, transpose: float, octave: float) -> Shifts:
    """Draw a song's shifts.

    With probability `transpose` all voices move by the same semitones; with probability `octave` each moves by an octave.
    """
    semitones = int(rng.integers(*_SEMITONES, endpoint=True)) if rng.random() < transpose else 0
    octaves = rng.choice((-_OCTAVE, 0, _OCTAVE), size=3, p=(octave / 2, 1 - octave, octave / 2)).tolist()
    return tuple(semitones + each for each in octaves)


@lru_cache(maxsize=1)
def _table() -> NDArray[np.uint8]:
    """Return (shifts, slots, tokens): the shifted token. Pitches that leave a register are folded back by octaves."""
    widest = max(slot.size for slot in melody.LAYOUT.slots)
    table = np.tile(np.arange(widest, dtype=np.uint8), (2 * _FURTHEST + 1, len(melody.LAYOUT.slots), 1))
    for register, (start, stop) in zip(melody.REGISTERS, melody.LAYOUT.part_ranges, strict=True):
        for shift in range(-_FURTHEST, _FURTHEST + 1):
            for pitch in range(register.low, register.high + 1):
                moved = register.token(pitch + shift)
                table[shift + _FURTHEST, start : stop - 1, pitch - register.low + 1] = moved
    return table


def shifted_tokens(tokens: NDArray[Any], shifts: Shifts) -> NDArray[np.uint8]:
    """Return (..., 10) tokens with each voice moved."""
    slots = np.arange(tokens.shape[-1])
    rows = np.repeat(shifts, [stop - start for start, stop in melody.LAYOUT.part_ranges]) + _FURTHEST
    moved: NDArray[np.uint8] = _table()[rows, slots, tokens]
    return moved


@lru_cache(maxsize=2 * _FURTHEST + 1)
def _moves(shift: int) -> NDArray[np.float32]:
    """Return (pitches, pitches): 1 at the pitch of the lead to which each one moves."""
    lead = melody.REGISTERS[2]
    return identity(lead.high - lead.low + 1)[
        [lead.token(pitch + shift) - 1 for pitch in range(lead.low, lead.high + 1)]
    ]


def shift_condition(condition: NDArray[np.float32], target: Tokens, shifts: Shifts) -> None:
    """Shift the plan's harmony, roots and contour too, in place. `target` must consist of whole bars."""
    harmony, chord = MELODY_COLUMNS["harmony"].start, MELODY_COLUMNS["chord"].start
    bass, chords, _ = shifts
    for first, shift in ((harmony, chords), (harmony + 13, bass), (chord, chords)):
        columns = slice(first, first + 12)
        condition[:, columns] = np.roll(condition[:, columns], shift, axis=1)
    register, contour = MELODY_COLUMNS["manner"].start + 9, MELODY_COLUMNS["contour"].start
    line = condition[:, MELODY_COLUMNS["line"]]
    line[:] = line @ _moves(shifts[2])
    for first, values, ticks, width in (
        (register, plan.register(target), TICKS_PER_BAR, len(plan.REGISTER_BOUNDS) + 1),
        (contour, plan.heights(target), plan.HARMONY_TICKS, plan.HEIGHTS),
        (contour + plan.HEIGHTS, plan.span(target), TICKS_PER_BAR, plan.SPANS),
    ):
        rows = np.repeat(values, ticks)[: len(condition)]
        condition[:, first : first + width] = identity(width)[rows - 1]
