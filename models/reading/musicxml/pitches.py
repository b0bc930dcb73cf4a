"""What single MusicXML notes say: their pitch or place, and what ties them."""

from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element

from models.reading.notation.texts import number

_STEPS: Final[Mapping[str, int]] = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def pitch_of(pitch: Element) -> int | None:
    """The written pitch as MIDI counts, None where it is none."""
    step = _STEPS.get((pitch.findtext("step") or "").strip())
    octave = number(pitch.findtext("octave"))
    if step is None or octave is None or not -2 <= octave <= 12:
        return None
    alter = number(pitch.findtext("alter")) or 0.0
    return round(12 * (octave + 1) + step + min(max(alter, -12.0), 12.0))


def place_of(note: Mapping[str, Element]) -> str | None:
    """Where a drum is drawn, as a note of a treble staff; empty where it does not matter, None for no drum."""
    hit, drawn = note.get("unpitched"), "display-"
    if hit is None:
        hit, drawn = note.get("pitch"), ""
    if hit is None:
        return None
    return f"{hit.findtext(f'{drawn}step') or ''}{hit.findtext(f'{drawn}octave') or ''}"


def tie_ends(note: Element) -> tuple[bool, bool]:
    """Whether a note goes on another, and whether another goes on it."""
    kinds = {child.get("type") for child in note if child.tag == "tie"}
    kinds |= {child.get("type") for child in note.iterfind("notations/tied")}
    return "stop" in kinds or "continue" in kinds, "start" in kinds or "continue" in kinds
