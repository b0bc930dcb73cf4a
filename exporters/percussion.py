"""General MIDI drums on a five-line staff: line or space, note head and name, after Weinberg's guidelines."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element, SubElement

from models.music import Part


class DrumSign(NamedTuple):
    """Where a drum is written: `place` as on a treble staff, `head` as MusicXML calls it."""

    name: str
    place: str
    head: str = "normal"


_OTHER: Final = DrumSign("Percussion", "E5", "diamond")

_SIGNS: Final[Mapping[int, DrumSign]] = {
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
    59: DrumSign("Ride Cymbal 2", "F5", "x"),
    69: DrumSign("Cabasa", "B4", "x"),
    70: DrumSign("Maracas", "B4", "x"),
}


def sign_of(pitch: int) -> DrumSign:
    """How a General MIDI drum is written; all that have no place of their own share one."""
    return _SIGNS.get(pitch, _OTHER)


def name_drums(score: Element, name: str, part: Part) -> None:
    """Say in a MusicXML score which drum each sign of part `name` is, so that a program plays it by its sound."""
    pitches = {sign_of(note.pitch)[1:]: note.pitch for note in sorted(part.notes, reverse=True)}
    listed = next(each for each in score.iter("score-part") if each.get("id") == name)
    for old in [*listed.findall("score-instrument"), *listed.findall("midi-instrument")]:
        listed.remove(old)
    for pitch in sorted(pitches.values()):
        instrument = SubElement(listed, "score-instrument", id=f"{name}-I{pitch}")
        SubElement(instrument, "instrument-name").text = sign_of(pitch).name
    for pitch in sorted(pitches.values()):
        sound = SubElement(listed, "midi-instrument", id=f"{name}-I{pitch}")
        numbers = {"channel": part.channel, "program": part.program + 1, "unpitched": pitch + 1}
        for kind, number in numbers.items():
            SubElement(sound, f"midi-{kind}").text = str(number)
    written = next(each for each in score.iter("part") if each.get("id") == name)
    for note in written.iter("note"):
        if (hit := note.find("unpitched")) is not None:
            place = f"{hit.findtext('display-step')}{hit.findtext('display-octave')}"
            sign = place, note.findtext("notehead") or "normal"
            instrument = Element("instrument", id=f"{name}-I{pitches[sign]}")
            note.insert(_after_duration(note), instrument)


def _after_duration(note: Element) -> int:
    tags = [child.tag for child in note]
    return max(tags.index(tag) for tag in ("duration", "tie") if tag in tags) + 1
