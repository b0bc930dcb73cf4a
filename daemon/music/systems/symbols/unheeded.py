"""The parameters that do not act while a symbol system plays the melody, each with the reason."""

from collections.abc import Mapping
from typing import Final

from daemon.music.systems.system import Networks, Part

_UNHEEDED: Final = {
    "hook": "this melody does not return to a hook",
    "chord_loop": "the chords follow this melody",
}


def unheeded(_part: Part, _networks: Networks) -> Mapping[str, str]:
    """Return the parameters of the director's chords and of the hook."""
    return _UNHEEDED
