"""Other music as the notes of a symbol system, bar by bar."""

from collections.abc import Iterable, Sequence
from typing import Final

from daemon.music.systems.played import Played
from models.notes import MELODIC_VOICES, PULSES_PER_BAR, PULSES_PER_TICK, Note, Voice

# The velocity of heard notes that have none.
_VELOCITY: Final = 90


def notes_of(played: Played, place: int) -> tuple[Note, ...]:
    """Return the melodic notes of the tick `place` of a bar, cut at the bar line. Their pulses count from the one before."""
    start = place * PULSES_PER_TICK
    sounds = (
        _note(start, each.length * PULSES_PER_TICK, each.voice, each.pitch, _VELOCITY)
        for each in played.sounds
    )
    timed = (
        _note(start + each.late, each.length, each.voice, each.pitch, each.velocity or _VELOCITY)
        for each in played.timed
    )
    return (*sounds, *timed)


def _note(pulse: int, length: int, voice: Voice, pitch: int, velocity: int) -> Note:
    return Note(pulse, min(length, PULSES_PER_BAR - pulse), voice, pitch, velocity)


def own_notes(notes: Iterable[Note], voices: Sequence[Voice]) -> list[Note]:
    """Return the notes of these voices.

    If there are none, the notes of the highest other voice are used as the first own voice.
    """
    bar = list(notes)
    own = [note for note in bar if note.voice in voices]
    if own:
        return own
    highest = next((voice for voice in MELODIC_VOICES if any(note.voice == voice for note in bar)), None)
    return [note._replace(voice=voices[0]) for note in bar if note.voice == highest]
