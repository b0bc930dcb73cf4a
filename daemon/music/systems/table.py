"""The table of all systems. A new system adds its line here; docs/systems.md describes how to write one."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from daemon.music.systems import edm, pattern
from daemon.music.systems.system import Part, System
from models.session import Row


class Entry(NamedTuple):
    """How to make a system for a part. `open_row` opens a row of one of its bundle's networks by the network's part.

    A system without networks has no bundle: its name alone selects it.
    """

    build: Callable[[Part, Callable[[str], Row]], System]
    has_networks: bool = True


SYSTEMS: Final[Mapping[str, Entry]] = {
    "edm": Entry(edm.build),
    "pattern": Entry(pattern.build, has_networks=False),
}
SystemState = edm.Memory | pattern.Memory
"""The memory of any system, as a savepoint stores it."""

NETWORKLESS: Final = tuple(name for name, entry in SYSTEMS.items() if not entry.has_networks)
"""The systems that need no bundle."""
