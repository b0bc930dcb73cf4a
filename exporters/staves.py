"""Choose the staves and clefs of a part, and the spelling of pitches in a key."""

from collections.abc import Sequence
from statistics import median, quantiles
from typing import Final, NamedTuple

import numpy as np

from exporters.beats import Grid
from exporters.grid import Chord, chords, drum_layers, layers
from exporters.tones import Tone
from models.keys import shift_to_common_key
from models.music import Part
from models.notes import PULSES_PER_BEAT

_MIDDLE_C: Final = 60
_LONGEST_WEIGHT_PULSES: Final = 4 * PULSES_PER_BEAT
# The C of octave 0, which may be spelled as a B sharp of the octave below; and the highest MIDI pitch.
_LOWEST: Final = 12
_HIGHEST: Final = 127
_LINE_OF_FIFTHS: Final = "FCGDAEB"


class Staff(NamedTuple):
    """One staff: music21's name of the clef, and the layers."""

    clef: str
    layers: list[list[Chord]]


def staves(part: Part, notes: Sequence[Tone], grid: Grid) -> list[Staff]:
    """Return the staves of a part's notes (without swing): two if the part spans the range of two hands, else one."""
    if part.is_drums:
        return [Staff("PercussionClef", drum_layers(notes, grid))]
    if not notes:
        return [Staff("TrebleClef", [])]
    pitches = [note.pitch for note in notes]
    low, high = (quantiles(pitches, n=10)[0], quantiles(pitches, n=10)[-1]) if len(pitches) > 1 else (0, 0)
    if not low < _MIDDLE_C - 6 < _MIDDLE_C + 6 < high:
        return [Staff(_clef(pitches), layers(chords(notes, grid)))]
    upper = [note for note in notes if note.pitch >= _MIDDLE_C]
    lower = [note for note in notes if note.pitch < _MIDDLE_C]
    return [
        Staff("TrebleClef", layers(chords(upper, grid))),
        Staff("BassClef", layers(chords(lower, grid))),
    ]


def octaves_above(part: Part) -> int:
    """Return by how many octaves a part is written above its sound, because MusicXML has only octaves 0 to 9."""
    pitches = [note.pitch for note in part.notes]
    is_low = not part.is_drums and min(pitches, default=_MIDDLE_C) <= _LOWEST
    return int(is_low and max(pitches) <= _HIGHEST - 12)


def _clef(pitches: Sequence[int]) -> str:
    middle = median(pitches)
    if middle < 41:
        return "Bass8vbClef"
    if middle < 58:
        return "BassClef"
    return "TrebleClef" if middle < 83 else "Treble8vaClef"


def sharps_of(parts: Sequence[Part]) -> int:
    """Return the number of sharps of the best key signature: -5 (five flats) to 6."""
    weights = np.zeros(12)
    for part in parts:
        if not part.is_drums:
            for note in part.notes:
                weights[note.pitch % 12] += min(note.length, _LONGEST_WEIGHT_PULSES)
    shift = shift_to_common_key(weights)  # semitones down to C major; seven of them are one fifth
    return (-shift * 7 + 5) % 12 - 5


def spelled(pitch: int, sharps: int) -> tuple[str, int]:
    """Return the name and octave of a MIDI pitch in music21's form, with the usual spelling in a key.

    MusicXML has no octave below 0, so inaudible pitches below it are written in octave 0.
    """
    lowest = sharps - 3  # in C major: E flat, B flat; C sharp, F sharp, G sharp
    fifths = lowest + (pitch % 12 * 7 - lowest) % 12
    alteration, letter = divmod(fifths + 1, 7)
    name = _LINE_OF_FIFTHS[letter]
    octave = (pitch - alteration) // 12 - 1
    return f"{name}{'#' * alteration or '-' * -alteration}", max(octave, 0)
