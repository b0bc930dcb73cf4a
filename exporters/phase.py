"""Find music whose beats are shifted against the beats of its file, and move it onto them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from models.music import Music, Part
from models.notes import PULSES_PER_BEAT, PULSES_PER_TICK

_NEAR_PULSES: Final = 8
_GRIDS: Final = (PULSES_PER_TICK, PULSES_PER_BEAT // 3)
# At least this share of all onsets must be on a grid, for the music to be played to it.
_MOST: Final = 0.8


def on_beats(music: Music) -> Music:
    """Return the music with its notes moved onto the beats. It is made longer if needed.

    Music that is on the beats already, or that has no clear beat, is returned as it is.
    """
    late = _late(music.parts)
    if not late:
        return music
    onsets = [note.pulse for part in music.parts for note in part.notes]
    moved = -late if min(onsets) >= late else PULSES_PER_BEAT - late
    parts = (
        part._replace(notes=tuple(note._replace(pulse=note.pulse + moved) for note in part.notes))
        for part in music.parts
    )
    # The last note may be cut short by the end, but must not be lost.
    end = max(music.end_pulse, max(onsets) + moved + PULSES_PER_TICK)
    return replace(music, parts=tuple(parts), end_pulse=end)


def _late(parts: Iterable[Part]) -> int:
    """Return by how many pulses all notes are behind the beats of the file (negative: ahead of them)."""
    phases = Counter(note.pulse % PULSES_PER_BEAT for part in parts for note in part.notes)
    enough = _MOST * phases.total()
    if not phases or _on_a_grid(phases, 0) >= enough:
        return 0
    possible = [phase for phase in range(PULSES_PER_BEAT) if _on_a_grid(phases, phase) >= enough]
    # The beat is the place of the grid with the most onsets.
    counts = {phase: _near(phases, phase, PULSES_PER_BEAT) for phase in possible}
    best = [phase for phase in possible if counts[phase] == max(counts.values())] or [0]
    late = best[len(best) // 2]
    return (late + PULSES_PER_BEAT // 2) % PULSES_PER_BEAT - PULSES_PER_BEAT // 2


def _on_a_grid(phases: Counter[int], phase: int) -> int:
    return max(_near(phases, phase, unit) for unit in _GRIDS)


def _near(phases: Counter[int], phase: int, unit: int) -> int:
    """Return the number of onsets near to the places at `phase` and every `unit` pulses from it."""
    around = range(-_NEAR_PULSES, _NEAR_PULSES + 1)
    places = range(phase % unit, PULSES_PER_BEAT, unit)
    return sum(phases[(place + by) % PULSES_PER_BEAT] for place in places for by in around)
