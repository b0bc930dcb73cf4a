"""What a performer sets by hand goes before what is planned."""

from typing import Final

from daemon.parameters import AUTO, OFF, Parameters
from models.codecs import percussion

# Of a part of the kit that is silent as planned, the drum that sounds when a level is asked for.
_FIRST: Final = {"kick": "kick", "backbeat": "clap", "hats": "closed_hat", "colour": "ride"}


def overridden_voices(planned: tuple[int, int, int], parameters: Parameters) -> tuple[int, int, int]:
    """Levels of bass, chords, lead."""
    wanted = (parameters.bass_level, parameters.chords_level, parameters.lead_level)
    bass, chords, lead = map(_level, wanted, planned)
    return bass, chords, lead


def overridden_drums(planned: tuple[int, ...], parameters: Parameters) -> tuple[int, ...]:
    """Levels of the nine drums; a part's level goes to those of its drums that sound, else to its first."""
    levels = dict(zip(percussion.DRUMS, planned, strict=True))
    for part in percussion.LAYOUT.parts:
        wanted: str = getattr(parameters, f"{part.name}_level")
        if wanted != AUTO:
            drums = [slot.name for slot in part.slots]
            sounding = [drum for drum in drums if levels[drum]] or [_FIRST[part.name]]
            levels.update({drum: _level(wanted, 0) if drum in sounding else 0 for drum in drums})
    return tuple(levels.values())


def _level(wanted: str, planned: int) -> int:
    return planned if wanted == AUTO else 0 if wanted == OFF else int(wanted)
