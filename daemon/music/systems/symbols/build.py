"""Make the system for the network of a bundle that plays symbols."""

from daemon.music.systems.symbols.symbol_system import SymbolSystem
from daemon.music.systems.system import Networks, Part, System
from models.codecs.sequences import symbols_of


def build(part: Part, networks: Networks) -> System:
    """Return the system; the vocabulary says which symbols its network has, and the network of which kind it is."""
    vocabulary = networks.vocabulary
    made: System = SymbolSystem(networks.open_row(part), symbols_of(vocabulary), vocabulary.openings)
    return made
