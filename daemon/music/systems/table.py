"""The table of all systems. A new system adds its line here; docs/systems.md describes how to write one."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from daemon.music.systems import edm, pattern, symbols
from daemon.music.systems.system import Networks, Part, System
from models.codecs import sequences


class Entry(NamedTuple):
    """How to make a system for a part from the networks of its bundle.

    A system without networks has no bundle: its name alone selects it. `unheeded` returns the parameters that do not act
    while the system plays a part, each with the reason.
    """

    build: Callable[[Part, Networks], System]
    has_networks: bool = True
    unheeded: Callable[[Part, Networks], Mapping[str, str]] = lambda _part, _networks: {}


SYSTEMS: Final[Mapping[str, Entry]] = {
    "edm": Entry(edm.build),
    "pattern": Entry(pattern.build, has_networks=False, unheeded=pattern.unheeded),
    **{name: Entry(symbols.build, unheeded=symbols.unheeded) for name in sequences.NAMES},
}
SystemState = edm.Memory | pattern.Memory | symbols.Memory
"""The memory of any system, as a savepoint stores it."""

NETWORKLESS: Final = tuple(name for name, entry in SYSTEMS.items() if not entry.has_networks)
"""The systems that need no bundle."""
