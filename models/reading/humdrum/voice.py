"""What is known of one **kern spine: its instrument, how it was moved, how loud it is."""

import re
from dataclasses import dataclass, field
from typing import Final

from models.reading.humdrum.codes import DRUM_CODES, PROGRAM_CODES
from models.reading.notation.instruments import is_drum_set, program_named
from models.reading.notation.kit import drum_named
from models.reading.notation.texts import plain
from models.reading.notation.written import MEZZO_FORTE, Staff

MOVED: Final = re.compile(r"\*Trd-?\d{1,3}c(-?\d{1,3})$")
INSTRUMENT: Final = re.compile(r"\*I(.+)")
DRUM_CLEF: Final = re.compile(r"\*clefX")


@dataclass
class Voice:
    """What is known of one spine: its staff, how it was moved, how loud it is; `place` is the bar and where in it."""

    staff: Staff
    moved: int = 0
    velocity: int = MEZZO_FORTE
    drum: int | None = None
    has_program: bool = False
    place: tuple[int, float] = (0, 0.0)
    graces: dict[int, int] = field(default_factory=dict)


def move(found: re.Match[str], voice: Voice) -> None:
    """The spine was moved by so many semitones."""
    voice.moved = int(found[1])


def beat(_: re.Match[str], voice: Voice) -> None:
    """The spine has a percussion clef."""
    voice.staff.is_drums = True


def name(found: re.Match[str], voice: Voice) -> None:
    """Take in the name of an instrument, or its code."""
    staff, code, called = voice.staff, found[1], plain(found[1][1:])
    if code.startswith('"'):
        staff.name = called
        voice.drum = drum_named(called)
        staff.is_drums |= is_drum_set(called)
        if not voice.has_program:
            staff.play_from(*voice.place, program_named(called))
    elif code in DRUM_CODES:
        staff.is_drums, voice.drum = True, DRUM_CODES[code]
    elif code in PROGRAM_CODES:
        staff.play_from(*voice.place, PROGRAM_CODES[code])
        voice.has_program = True
    if code[:1].islower():
        staff.name = staff.name or plain(code)
