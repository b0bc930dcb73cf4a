"""Replace planned levels by those that a performer sets by hand."""

from typing import Final

from daemon.parameters import AUTO, OFF, Parameters
from models.codecs import percussion

# The drum that plays a level set by hand when the plan has the whole part silent.
_MAIN_DRUM: Final = {"kick": "kick", "backbeat": "clap", "hats": "closed_hat", "colour": "ride"}


def overridden_voices(planned: tuple[int, int, int], parameters: Parameters) -> tuple[int, int, int]:
    """Return the levels of bass, chords and lead; those set by hand replace the planned ones."""
    wanted = (parameters.bass_level, parameters.chords_level, parameters.lead_level)
    bass, chords, lead = map(_level, wanted, planned)
    return bass, chords, lead


def overridden_drums(planned: tuple[int, ...], parameters: Parameters) -> tuple[int, ...]:
    """Return the levels of the nine drums; a level set for a part applies to its sounding drums, else to its main one."""
    levels = dict(zip(percussion.DRUMS, planned, strict=True))
    for part in percussion.LAYOUT.parts:
        wanted: str = getattr(parameters, f"{part.name}_level")
        if wanted != AUTO:
            drums = [slot.name for slot in part.slots]
            sounding = [drum for drum in drums if levels[drum]] or [_MAIN_DRUM[part.name]]
            levels.update({drum: _level(wanted, 0) if drum in sounding else 0 for drum in drums})
    return tuple(levels.values())


def _level(wanted: str, planned: int) -> int:
    return planned if wanted == AUTO else 0 if wanted == OFF else int(wanted)
