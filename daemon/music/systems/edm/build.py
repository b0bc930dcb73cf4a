"""Make the systems for the networks of an `edm` bundle."""

from collections.abc import Callable

from daemon.music.systems.edm.melody import MelodySystem
from daemon.music.systems.edm.percussion import PercussionSystem
from daemon.music.systems.system import Part, System
from models.session import Row


def build(part: Part, open_row: Callable[[str], Row]) -> System:
    """Return the system of a part; `open_row` opens a row of one of the bundle's networks by its part."""
    made: System = MelodySystem(open_row(part)) if part == "melody" else PercussionSystem(open_row(part))
    return made
