"""What a gateway starts with: the maps, and where the learned one is kept."""

from pathlib import Path
from typing import NamedTuple

from daemon.mapping.bindings import Binding
from daemon.mapping.mapfile import Learned


class MapSettings(NamedTuple):
    """Bindings of ready maps, those of the configuration, what was learned before, and the file for what is learned."""

    ready: tuple[Binding, ...] = ()
    configured: tuple[Binding, ...] = ()
    learned: Learned = Learned()
    path: Path | None = None
