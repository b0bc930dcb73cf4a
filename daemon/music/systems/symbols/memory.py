"""The memory of a symbol system, as a savepoint stores it."""

import msgspec

from models.codecs.matching import Numbers
from models.codecs.symbols import Reading
from models.notes import Note
from models.session import SavedState


class SymbolsMemory(msgspec.Struct, frozen=True, tag="symbols"):
    """The symbols so far, the notes that were read ahead of their tick, and the state of the network.

    The pulses of `reading`, of the notes in `ready`, and `planned`, that of the last bar with a note of a planned voice,
    count from the tick `origin`, the first of a bar. `symbols`, `places` and `runs` are those of a `SymbolMemory`.
    `heard` has the notes of the bar that is being heard; their pulses count from its bar line. `root` is that of the last
    chord of the bar, -1 if there is none.
    """

    seed: int
    origin: int
    root: int
    reading: Reading
    ready: tuple[Note, ...]
    heard: tuple[Note, ...]
    symbols: Numbers
    places: Numbers
    runs: Numbers
    network: SavedState
    planned: int = 0

    def moved(self, ticks: int) -> "SymbolsMemory":
        """Return the same memory for music that lies `ticks`, a number of whole bars, later."""
        return msgspec.structs.replace(self, origin=self.origin + ticks)
