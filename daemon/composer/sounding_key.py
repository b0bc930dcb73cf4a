"""In which key music sounds: where its plan lies, or its scale, and how far it is transposed."""

from typing import Final

from daemon.music.barplan import BarPlan
from daemon.music.sounding import key_shift
from daemon.parameters import Parameters
from models.scales import FREE
from models.take import Key

# Scales that begin as a major does; all others are written under the signature of a minor.
_MAJOR: Final = ("major", "lydian", "mixolydian", "major-pentatonic")


def sounding_key(plan: BarPlan, parameters: Parameters) -> Key:
    """The key signature of what sounds; a scale lock holds whatever the transposition."""
    if parameters.scale != FREE:
        mode = parameters.scale.partition(" ")[2]
        return Key(_sharps(key_shift(parameters.scale)), mode not in _MAJOR)
    is_minor = not parameters.key.endswith(" major")  # unasked, the tonic is taken to be that of the minor
    return Key(_sharps(plan.key + parameters.transpose), is_minor)


def _sharps(shift: int) -> int:
    """Sharps of the key so many semitones above C major and A minor, -5 to 6: a semitone is seven fifths."""
    return (shift * 7 + 5) % 12 - 5
