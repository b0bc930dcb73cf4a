"""The current settings of one **kern spine: its instrument, transposition and velocity."""

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
    """The settings of one spine. `moved` is its transposition in semitones, `place` the current (bar, pulses in it)."""

    staff: Staff
    moved: int = 0
    velocity: int = MEZZO_FORTE
    drum: int | None = None
    has_program: bool = False
    place: tuple[int, float] = (0, 0.0)
    graces: dict[int, int] = field(default_factory=dict)


def move(found: re.Match[str], voice: Voice) -> None:
    """Store by how many semitones the spine was transposed."""
    voice.moved = int(found[1])


def beat(_: re.Match[str], voice: Voice) -> None:
    """Make the spine a drum part, because it has a percussion clef."""
    voice.staff.is_drums = True


def name(found: re.Match[str], voice: Voice) -> None:
    """Set the instrument by its name or its code."""
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
