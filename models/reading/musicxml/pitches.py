"""Read the pitch or staff position of single MusicXML notes, and their ties."""

from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element

from models.reading.notation.texts import number

_STEPS: Final[Mapping[str, int]] = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def pitch_of(pitch: Element) -> int | None:
    """Return the written pitch as a MIDI number, or None if it is not valid."""
    step = _STEPS.get((pitch.findtext("step") or "").strip())
    octave = number(pitch.findtext("octave"))
    if step is None or octave is None or not -2 <= octave <= 12:
        return None
    alter = number(pitch.findtext("alter")) or 0.0
    return round(12 * (octave + 1) + step + min(max(alter, -12.0), 12.0))


def place_of(note: Mapping[str, Element]) -> str | None:
    """Return a drum's position as a note of a treble staff: empty if not stated, None if the note has no pitch at all."""
    hit, drawn = note.get("unpitched"), "display-"
    if hit is None:
        hit, drawn = note.get("pitch"), ""
    if hit is None:
        return None
    return f"{hit.findtext(f'{drawn}step') or ''}{hit.findtext(f'{drawn}octave') or ''}"


def tie_ends(note: Element) -> tuple[bool, bool]:
    """Return whether the note continues another one, and whether another one continues it."""
    kinds = {child.get("type") for child in note if child.tag == "tie"}
    kinds |= {child.get("type") for child in note.iterfind("notations/tied")}
    return "stop" in kinds or "continue" in kinds, "start" in kinds or "continue" in kinds
