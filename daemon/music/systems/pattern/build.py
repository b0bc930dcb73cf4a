"""Make the system of a part."""

from collections.abc import Callable

from daemon.music.systems.pattern.drums import hits
from daemon.music.systems.pattern.pattern_system import PatternSystem
from daemon.music.systems.pattern.tune import sounds
from daemon.music.systems.system import Part, System
from models.session import Row


def build(part: Part, _open_row: Callable[[str], Row]) -> System:
    """Return the system of a part; it opens no row."""
    made: System = PatternSystem(sounds if part == "melody" else hits)
    return made
