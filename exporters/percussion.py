"""How General MIDI and GS drums are written on a five-line staff: place, note head and name (Weinberg's guidelines)."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class DrumSign(NamedTuple):
    """How a drum is written: `place` is a note of a treble staff, `head` is MusicXML's name of the note head."""

    name: str
    place: str
    head: str = "normal"


_SIGNS: Final[Mapping[int, DrumSign]] = {
    27: DrumSign("High Q", "B5", "diamond"),
    28: DrumSign("Slap", "D5", "slash"),
    29: DrumSign("Scratch Push", "C5", "slash"),
    30: DrumSign("Scratch Pull", "B4", "slash"),
    31: DrumSign("Sticks", "E5", "x"),
    32: DrumSign("Square Click", "G4", "diamond"),
    33: DrumSign("Metronome Click", "E5", "slash"),
    34: DrumSign("Metronome Bell", "G5", "slash"),
    35: DrumSign("Bass Drum 2", "E4"),
    36: DrumSign("Bass Drum", "F4"),
    37: DrumSign("Side Stick", "C5", "x"),
    38: DrumSign("Snare", "C5"),
    39: DrumSign("Clap", "D5", "x"),
    40: DrumSign("Electric Snare", "C5"),
    41: DrumSign("Low Floor Tom", "G4"),
    42: DrumSign("Closed Hi-Hat", "G5", "x"),
    43: DrumSign("High Floor Tom", "A4"),
    44: DrumSign("Pedal Hi-Hat", "D4", "x"),
    45: DrumSign("Low Tom", "B4"),
    46: DrumSign("Open Hi-Hat", "G5", "circle-x"),
    47: DrumSign("Low Mid Tom", "D5"),
    48: DrumSign("High Mid Tom", "E5"),
    49: DrumSign("Crash Cymbal", "A5", "x"),
    50: DrumSign("High Tom", "F5"),
    51: DrumSign("Ride Cymbal", "F5", "x"),
    52: DrumSign("China Cymbal", "B5", "x"),
    53: DrumSign("Ride Bell", "F5", "diamond"),
    54: DrumSign("Tambourine", "B4", "x"),
    55: DrumSign("Splash Cymbal", "B5", "x"),
    56: DrumSign("Cowbell", "E5", "triangle"),
    57: DrumSign("Crash Cymbal 2", "A5", "x"),
    58: DrumSign("Vibraslap", "A4", "diamond"),
    59: DrumSign("Ride Cymbal 2", "F5", "x"),
    60: DrumSign("High Bongo", "E5", "cross"),
    61: DrumSign("Low Bongo", "C5", "cross"),
    62: DrumSign("Mute High Conga", "D5", "circle-x"),
    63: DrumSign("Open High Conga", "D5", "cross"),
    64: DrumSign("Low Conga", "B4", "cross"),
    65: DrumSign("High Timbale", "D5", "diamond"),
    66: DrumSign("Low Timbale", "C5", "diamond"),
    67: DrumSign("High Agogo", "G5", "cross"),
    68: DrumSign("Low Agogo", "F5", "cross"),
    69: DrumSign("Cabasa", "B4", "x"),
    70: DrumSign("Maracas", "B4", "x"),
    71: DrumSign("Short Whistle", "C6", "x"),
    72: DrumSign("Long Whistle", "C6", "diamond"),
    73: DrumSign("Short Guiro", "A4", "x"),
    74: DrumSign("Long Guiro", "A4", "slash"),
    75: DrumSign("Claves", "E5", "x"),
    76: DrumSign("High Wood Block", "F5", "circle-x"),
    77: DrumSign("Low Wood Block", "C5", "circle-x"),
    78: DrumSign("Mute Cuica", "G4", "x"),
    79: DrumSign("Open Cuica", "G4", "circle-x"),
    80: DrumSign("Mute Triangle", "A5", "circle-x"),
    81: DrumSign("Open Triangle", "A5", "diamond"),
    82: DrumSign("Shaker", "A4", "cross"),
    83: DrumSign("Jingle Bell", "G5", "diamond"),
    84: DrumSign("Bell Tree", "B5", "cross"),
    85: DrumSign("Castanets", "E5", "circle-x"),
    86: DrumSign("Mute Surdo", "F4", "x"),
    87: DrumSign("Open Surdo", "F4", "cross"),
}


def sign_of(pitch: int) -> DrumSign:
    """Return how the drum of a MIDI pitch is written. Pitches without a drum in General MIDI and GS share a place."""
    return _SIGNS.get(pitch) or DrumSign(f"Percussion {pitch}", "E5", "diamond")
