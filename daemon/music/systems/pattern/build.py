"""Make the system of a part."""

from daemon.music.systems.pattern.drums import hits
from daemon.music.systems.pattern.pattern_system import PatternSystem
from daemon.music.systems.pattern.tune import sounds
from daemon.music.systems.system import Networks, Part, System


def build(part: Part, _networks: Networks) -> System:
    """Return the system of a part; it opens no row."""
    made: System = PatternSystem(sounds if part == "melody" else hits)
    return made
