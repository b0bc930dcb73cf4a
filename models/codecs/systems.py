"""The systems whose bundles this version reads, by name. A new system adds its row here."""

from collections.abc import Mapping
from typing import Final

from models.codecs import gauge, roles, sequences
from models.codecs.demands import System

SYSTEMS: Final[Mapping[str, System]] = {
    system.name: system for system in (roles.EDM, *sequences.SYSTEMS.values(), gauge.SYSTEM)
}
