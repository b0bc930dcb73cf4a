"""Write the playback of a score into its MusicXML: instrument, program, drum and velocity of each note."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from exporters.percussion import sign_of
from exporters.staves import octaves_above
from exporters.tones import Tone
from models.music import Part

# MusicXML gives velocities in per cent of this one.
_FORTE = 90


class _Timbre(NamedTuple):
    """The sound of an instrument in a score: a program, and for a drum kit the MIDI pitch of the drum."""

    program: int
    drum: int | None = None


def mark(tone: Tone) -> str:
    """Return the id of a written note, from which `add_sounds` reads program, pitch and velocity."""
    return f"tone.{tone.program}.{tone.pitch}.{tone.velocity}"


def add_sounds(score: Element, parts: Mapping[str, Part]) -> None:
    """Add instruments to each part of a MusicXML score, and remove the ids made by `mark`. `parts` is by part id."""
    for head, body in zip(score.iter("score-part"), score.iter("part"), strict=True):
        part = parts[head.attrib["id"]]
        marked = list(_marked(body, part))
        timbres = dict.fromkeys(timbre for _, timbre in marked) or [_Timbre(part.program)]
        numbers = _numbers(timbres, part)
        _list(head, numbers, part)
        if octaves_above(part):
            _transpose(body, octaves_above(part))
        for note, timbre in marked:
            if part.is_drums or len(numbers) > 1:
                note.insert(
                    _after_duration(note), Element("instrument", id=f"{head.get('id')}-{numbers[timbre]}")
                )


def _marked(body: Element, part: Part) -> Iterator[tuple[Element, _Timbre]]:
    """Yield all sounding notes with their timbres. Write their velocities and remove their marks."""
    for note in body.iter("note"):
        name = note.attrib.pop("id", None)
        if name is not None:
            program, pitch, velocity = map(int, name.split(".")[1:])
            note.set("dynamics", f"{100 * velocity / _FORTE:.2f}")
            yield note, _Timbre(program, pitch if part.is_drums else None)


def _transpose(body: Element, octaves: int) -> None:
    """Write that a part sounds `octaves` lower than it is written."""
    attributes = next(body.iter("attributes"))
    transpose = Element("transpose")
    for name, number in (("diatonic", 0), ("chromatic", 0), ("octave-change", -octaves)):
        SubElement(transpose, name).text = str(number)
    attributes.append(transpose)


def _numbers(timbres: Iterable[_Timbre], part: Part) -> dict[_Timbre, str]:
    """Return the id of each instrument within a part: from its drum, else from its order."""
    if not part.is_drums:
        return {timbre: f"I{number}" for number, timbre in enumerate(timbres, start=1)}
    return {
        timbre: f"I{timbre.drum}" + (f"-{timbre.program}" if timbre.program != part.program else "")
        for timbre in sorted(timbres, key=lambda each: (each.program != part.program, each))
    }


def _list(head: Element, numbers: Mapping[_Timbre, str], part: Part) -> None:
    """Write the instruments of a part, replacing existing ones."""
    for old in [*head.findall("score-instrument"), *head.findall("midi-instrument")]:
        head.remove(old)
    for timbre, number in numbers.items():
        instrument = SubElement(head, "score-instrument", id=f"{head.get('id')}-{number}")
        SubElement(instrument, "instrument-name").text = _name(timbre, part)
    for timbre, number in numbers.items():
        sound = SubElement(head, "midi-instrument", id=f"{head.get('id')}-{number}")
        SubElement(sound, "midi-channel").text = str(part.channel)
        SubElement(sound, "midi-program").text = str(timbre.program + 1)
        if timbre.drum is not None:
            SubElement(sound, "midi-unpitched").text = str(timbre.drum + 1)


def _name(timbre: _Timbre, part: Part) -> str:
    if timbre.drum is not None:
        return sign_of(timbre.drum).name
    return part.name if timbre.program == part.program else f"{part.name}, program {timbre.program + 1}"


def _after_duration(note: Element) -> int:
    return max(number for number, child in enumerate(note) if child.tag in ("duration", "tie")) + 1
