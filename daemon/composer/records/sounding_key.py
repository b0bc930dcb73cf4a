"""The key signature of the sounding music, from the plan's key and the transposition, or from the scale lock."""

from typing import Final

from daemon.music.arranging.barplan import BarPlan
from daemon.parameters import Parameters
from models.scales import FREE, key_shift
from models.take import Key

# Modes with the key signature of a major key; all others get that of a minor key.
_MAJOR: Final = ("major", "lydian", "mixolydian", "major-pentatonic")


def sounding_key(plan: BarPlan, parameters: Parameters) -> Key:
    """Return the key signature of the sounding music; under a scale lock the transposition does not change it."""
    if parameters.scale != FREE:
        mode = parameters.scale.partition(" ")[2]
        return Key(_sharps(key_shift(parameters.scale)), mode not in _MAJOR)
    is_minor = not parameters.key.endswith(" major")  # the default is minor
    return Key(_sharps(plan.key + parameters.transpose), is_minor)


def _sharps(shift: int) -> int:
    """Return the sharps (-5 to 6) of the key `shift` semitones above C major or A minor: a semitone is seven fifths."""
    return (shift * 7 + 5) % 12 - 5
