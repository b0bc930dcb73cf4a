"""A small piece with four voices, two tempos and two sections."""

from exporters.music import of_take
from models.music import Music
from models.notes import PULSES_PER_BAR, PULSES_PER_BEAT, PULSES_PER_TICK, Note
from models.take import Take

TICK, BEAT, BAR = PULSES_PER_TICK, PULSES_PER_BEAT, PULSES_PER_BAR
_ROOTS = (57, 53, 48, 55)
_TUNE = (76, 72, 81, 79, 76, 74)


def take(bars: int = 4) -> Take:
    """Kick on every beat, hats between, a chord a bar, an octave bass, a lead with a note held across the bar line."""
    notes: list[Note] = []
    for bar in range(bars):
        at, root = bar * BAR, _ROOTS[bar % 4]
        notes += [Note(at, BAR - TICK, "chords", root + step, 70) for step in (0, 3 if root == 57 else 4, 7)]
        for beat in range(4):
            notes.append(Note(at + beat * BEAT, TICK, "drums", 36, 120))
            notes.append(Note(at + beat * BEAT + BEAT // 2, TICK, "drums", 46, 80))
            notes.append(Note(at + beat * BEAT + 2 * TICK, 2 * TICK, "bass", root - 24 + 12 * (beat % 2), 90))
        notes += [Note(at + 3 * TICK * i, 2 * TICK, "lead", _TUNE[i % 6], 100) for i in range(5)]
        if bar + 1 < bars:
            notes.append(Note(at + 15 * TICK, 3 * TICK, "lead", 84, 90))
    return Take(
        tuple(sorted(notes)),
        ((0, 125.0), (2 * BAR, 150.0)),
        ((0, "intro"), (2 * BAR, "drop")),
        {"lead": 1, "chords": 2, "bass": 3, "drums": 10},
        bars * BAR,
    )


def music(bars: int = 4) -> Music:
    """Return the piece as music to export."""
    return of_take(take(bars), "a piece")
