"""The notes of a part for a score, each with the program that plays it."""

from typing import NamedTuple

from models.music import Part

_PROGRAM_CHANGE = 0xC0


class Tone(NamedTuple):
    """A `Sound` with the MIDI program that plays it."""

    pulse: int
    length: int
    pitch: int
    velocity: int
    program: int = 0


def tones_of(part: Part) -> list[Tone]:
    """Return the notes of a part, each with the program that applies when it begins."""
    changes = [(at, message[1]) for at, message in part.controls if message[0] & 0xF0 == _PROGRAM_CHANGE]
    tones, program, done = [], part.program, 0
    for note in part.notes:
        while done < len(changes) and changes[done][0] <= note.pulse:
            program = changes[done][1]
            done += 1
        tones.append(Tone(*note, program))
    return tones
