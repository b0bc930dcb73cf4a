"""Make the system of a part."""

from collections.abc import Mapping
from typing import Final

from daemon.music.systems.pattern.drums import hits
from daemon.music.systems.pattern.pattern_system import PatternSystem
from daemon.music.systems.pattern.tune import sounds
from daemon.music.systems.system import Networks, Part, System

_NOT_DRAWN: Final = "patterns are not drawn from probabilities"
_UNHEEDED: Final[Mapping[Part, Mapping[str, str]]] = {
    "melody": {
        "melody.temperature": _NOT_DRAWN,
        "melody.top_p": _NOT_DRAWN,
        "hook": "patterns do not return to a hook",
    },
    "percussion": {"percussion.top_p": _NOT_DRAWN},
}


def build(part: Part, _networks: Networks) -> System:
    """Return the system of a part; it opens no row."""
    made: System = PatternSystem(sounds if part == "melody" else hits)
    return made


def unheeded(part: Part, _networks: Networks) -> Mapping[str, str]:
    """Return the parameters that do not act on a part, each with the reason."""
    return _UNHEEDED[part]
