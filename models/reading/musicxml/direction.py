"""Read the signs between the notes of a MusicXML bar: tempo, dynamics, sections, repeat signs and jumps."""

import re
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from models.notes import PULSES_PER_BEAT
from models.reading.notation.jumps import read_words
from models.reading.notation.repeats import passes_of
from models.reading.notation.tempos import put_tempo
from models.reading.notation.texts import number, plain, whole
from models.reading.notation.written import CAPO, DYNAMICS, SEGNO, Marks

if TYPE_CHECKING:
    from models.reading.musicxml.measure import PartReader

_BEATS: Final = {
    "long": 16.0, "breve": 8.0, "whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25,
    "32nd": 0.125, "64th": 0.0625,
}  # fmt: skip
_FORTE: Final = 90
_MOST_TIMES: Final = 1000


def read_direction(part: "PartReader", element: Element) -> None:
    """Read a direction. If it has both a metronome mark and a `<sound>` tempo, only the `<sound>` tempo counts."""
    offset = number(element.findtext("offset")) or 0.0
    at = max(part.at + offset * PULSES_PER_BEAT / part.divisions, 0.0)
    sound = element.find("sound")
    tempo = tempo_of(element.find("direction-type/metronome"))
    if tempo is not None and (sound is None or sound.get("tempo") is None):
        put_tempo(part.written, part.index, at, tempo)
    marks = part.bar.marks
    for kind in element.findall("direction-type"):
        for each in kind:
            if each.tag == "dynamics":
                part.velocity = next(
                    (DYNAMICS[sign.tag] for sign in each if sign.tag in DYNAMICS), part.velocity
                )
            elif each.tag == "rehearsal" and part.is_first:
                part.written.texts.put(part.index, at, plain(each.text))
            elif each.tag == "segno":
                marks.segno = True
            elif each.tag == "coda" and (sound is None or sound.get("tocoda") is None):
                marks.coda = True
            elif each.tag == "words":
                read_words(marks, each.text or "")
    if sound is not None:
        read_sound(part, sound, at)


def read_sound(part: "PartReader", sound: Element, at: float) -> None:
    """Read a `<sound>` element, which is only for playback."""
    tempo = number(sound.get("tempo"))
    if tempo is not None:
        put_tempo(part.written, part.index, at, tempo)
    loudness = number(sound.get("dynamics"))
    if loudness is not None:
        part.velocity = velocity_of(loudness)
    marks = part.bar.marks
    if sound.get("dacapo") == "yes":
        marks.jump = CAPO
    if sound.get("dalsegno") is not None:
        marks.jump = SEGNO
    marks.segno |= sound.get("segno") is not None
    marks.coda |= sound.get("coda") is not None
    marks.to_coda |= sound.get("tocoda") is not None
    marks.fine |= sound.get("fine") is not None
    for midi in sound.findall("midi-instrument"):
        program = whole(midi.findtext("midi-program"), 1, 128)
        if program is not None:
            part.program(program - 1, at)


def velocity_of(percent: float) -> int:
    """Return the velocity for MusicXML's dynamics value, which is a percentage of forte (90)."""
    return round(min(max(percent * _FORTE / 100, 1.0), 127.0))


def read_barline(marks: Marks, element: Element, ending: frozenset[int]) -> frozenset[int]:
    """Read a bar line. `ending` is the ending before it; return the ending after it (passes, empty for none)."""
    repeat = element.find("repeat")
    if repeat is not None and repeat.get("direction") == "forward":
        marks.forward, ending = True, frozenset()
    elif repeat is not None:
        marks.end(ending)
        marks.times = max(whole(repeat.get("times"), 1, _MOST_TIMES) or 2, marks.times)
    marks.segno |= element.find("segno") is not None
    marks.coda |= element.find("coda") is not None
    sign = element.find("ending")
    if sign is None:
        # A repeat sign ends an ending, even if the score does not say so.
        return ending if repeat is None else frozenset()
    if sign.get("type") == "start":
        numbers = passes_of(sign.get("number") or "")
        marks.end(numbers)
        return numbers
    marks.end(ending)
    return frozenset()


def tempo_of(metronome: Element | None) -> float | None:
    """Return the beats per minute of a metronome mark, or None if it has none."""
    if metronome is None:
        return None
    text = re.search(r"\d+(?:\.\d+)?", metronome.findtext("per-minute") or "")
    beats = _BEATS.get((metronome.findtext("beat-unit") or "").strip())
    if text is None or beats is None or metronome.findtext("beat-unit-tied") is not None:
        return None
    dots = len(metronome.findall("beat-unit-dot"))
    return float(text[0][:12]) * beats * (2 - 0.5 ** min(dots, 4))
