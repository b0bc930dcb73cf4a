"""A call that somebody played, as music to go on from."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from daemon.music.listening.notes import PlayedNote
from models.codecs import percussion
from models.codecs.percussion import Hit
from models.grid import Song, Track
from models.hearing import TokenisedMusic
from models.notes import PULSES_PER_TICK, TICKS_PER_BAR
from models.scales import C_MAJOR
from models.voicing import key_shift, melody_tokens

# A call of one bar is heard twice, so that the networks know how it repeats.
_LEAST_BARS: Final = 2
_LONGEST_TICKS: Final = 4 * TICKS_PER_BAR


def call_of(
    notes: Sequence[PlayedNote], first_tick: int, bars: int, hits: Sequence[Sequence[Hit]], key: int | None
) -> TokenisedMusic | None:
    """Return the call of some bars from `first_tick` on with the drums that accompanied it; None if nobody played.

    `hits` are those of each tick, and fewer if not all are known. The pitches are those of the notes in the deck's pitch,
    before it is transposed. `key` is the present key in semitones above the common one; it stays if it has all pitches of
    the call; None stands for a fixed key, in which the pitches are.
    """
    ticks = bars * TICKS_PER_BAR
    inside = [note for note in notes if first_tick <= note.tick < first_tick + ticks]
    if not inside:
        return None
    track = _track(inside, first_tick, ticks)
    shift = 0 if key is None else _shift(track, key)
    drums = [*hits[-ticks:]]
    beats = percussion.encode([[] for _ in range(ticks - len(drums))] + [[*each] for each in drums])
    tune = melody_tokens(Song((track,)), ticks, shift)
    return TokenisedMusic(tune, beats, shift).filled(_LEAST_BARS)


def heard_bars(bars: int) -> int:
    """Return how many bars the networks hear of a call of so many."""
    return max(bars, _LEAST_BARS)


def _track(notes: Sequence[PlayedNote], first_tick: int, ticks: int) -> Track:
    onset = np.array([note.tick - first_tick for note in notes], np.int64)
    lasts = [
        round(note.length / PULSES_PER_TICK) if note.length is not None else ticks - each
        for note, each in zip(notes, onset.tolist(), strict=True)
    ]
    late = np.array([note.pulse / PULSES_PER_TICK - note.tick for note in notes])
    return Track(
        "",
        False,
        onset,
        np.clip(np.array(lasts, np.int64), 1, _LONGEST_TICKS),
        np.array([note.pitch for note in notes], np.int64),
        np.array([note.velocity for note in notes], np.int64),
        late,
    )


def _shift(track: Track, key: int) -> int:
    """Return the shift to the common key. A short call fits many keys, so the present one has priority."""
    if {int(pitch - key) % 12 for pitch in track.pitch} <= C_MAJOR:
        return -key
    return key_shift([track])
