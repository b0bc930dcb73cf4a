"""The systems `performance`, `jazz`, `pop` and `folk`: one network that plays a sequence of symbols, ahead of the tick."""

from daemon.music.systems.symbols.build import build
from daemon.music.systems.symbols.memory import SymbolsMemory as Memory
from daemon.music.systems.symbols.unheeded import unheeded

__all__ = ["Memory", "build", "unheeded"]
