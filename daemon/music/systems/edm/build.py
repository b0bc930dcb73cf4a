"""Make the systems for the networks of an `edm` bundle."""

from daemon.music.systems.edm.melody import MelodySystem
from daemon.music.systems.edm.percussion import PercussionSystem
from daemon.music.systems.system import Networks, Part, System


def build(part: Part, networks: Networks) -> System:
    """Return the system of a part."""
    row = networks.open_row(part)
    made: System = MelodySystem(row) if part == "melody" else PercussionSystem(row)
    return made
