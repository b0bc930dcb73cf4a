"""The parameters that do not act while a symbol system plays the melody, each with the reason."""

from collections.abc import Mapping
from typing import Final

from daemon.music.systems.system import Networks, Part
from models.codecs.sequences import symbols_of
from models.notes import MELODIC_VOICES

_ALWAYS: Final = {
    "hook": "this melody does not return to a hook",
    "chord_loop": "this melody makes its own chords",
}
_OF_A_VOICE: Final = ("mute", "octave", "level")


def unheeded(_part: Part, networks: Networks) -> Mapping[str, str]:
    """Return the parameters of the director's harmony and hook, and those of the voices that the codec does not have."""
    own = symbols_of(networks.vocabulary).voices
    missing = [voice for voice in MELODIC_VOICES if voice not in own]
    return _ALWAYS | {
        f"{voice}.{name}": f"this melody has no {voice}" for voice in missing for name in _OF_A_VOICE
    }
