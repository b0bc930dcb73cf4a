"""Replace planned levels by those that a performer sets by hand."""

from collections.abc import Mapping
from typing import Final

from daemon.parameters import AUTO, OFF, DrumPart, Parameters
from models.codecs import percussion

# The drum that plays a level set by hand when the plan has the whole part silent.
_MAIN_DRUM: Final[Mapping[DrumPart, str]] = {
    "kick": "kick", "backbeat": "clap", "hats": "closed_hat", "colour": "ride",
}  # fmt: skip
_DRUMS: Final = {part.name: [slot.name for slot in part.slots] for part in percussion.LAYOUT.parts}


def overridden_voices(planned: tuple[int, int, int], parameters: Parameters) -> tuple[int, int, int]:
    """Return the levels of bass, chords and lead; those set by hand replace the planned ones."""
    wanted = (parameters.bass.level, parameters.chords.level, parameters.lead.level)
    bass, chords, lead = map(_level, wanted, planned)
    return bass, chords, lead


def overridden_drums(planned: tuple[int, ...], parameters: Parameters) -> tuple[int, ...]:
    """Return the levels of the nine drums; a level set for a part applies to its sounding drums, else to its main one."""
    levels = dict(zip(percussion.DRUMS, planned, strict=True))
    for part, main in _MAIN_DRUM.items():
        wanted, drums = parameters.drum_part(part).level, _DRUMS[part]
        if wanted != AUTO:
            sounding = [drum for drum in drums if levels[drum]] or [main]
            levels.update({drum: _level(wanted, 0) if drum in sounding else 0 for drum in drums})
    return tuple(levels.values())


def _level(wanted: str, planned: int) -> int:
    return planned if wanted == AUTO else 0 if wanted == OFF else int(wanted)
