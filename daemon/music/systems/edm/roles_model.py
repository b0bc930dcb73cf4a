"""One tick network as a system uses it: the inputs of each step, among them its earlier tokens."""

from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.music.systems.system import Ask, Steps
from models.codecs.base import HISTORY_TICKS, LOOKBACK_TICKS, MATCH_TICKS, Floats, Layout, Tokens
from models.session import Row, SavedState

_LAGS: Final = len(LOOKBACK_TICKS)


class Choice(NamedTuple):
    """How a tick is drawn: `uniform` (P + S,) in [0, 1), `mask` (V,) added to the logits."""

    uniform: Floats
    temperature: float
    top_p: float
    copy_bias: float
    mask: Floats


class RolesMemory(msgspec.Struct, frozen=True, tag="edm"):
    """The memory of a model. `born` is its first tick; `lstm` is the state of its row."""

    born: int
    tokens: NDArray[np.int64]
    matched: NDArray[np.bool_]
    lstm: SavedState

    def moved(self, ticks: int) -> "RolesMemory":
        """Return the same memory for music that lies `ticks` later."""
        return RolesMemory(
            self.born + ticks,
            np.roll(self.tokens, ticks % len(self.tokens), axis=0),
            np.roll(self.matched, ticks % len(self.matched), axis=0),
            self.lstm,
        )


class RolesModel:
    """Melody or percussion: `advance` takes tick after tick, each exactly once."""

    def __init__(self, row: Row, layout: Layout) -> None:
        self.layout = layout
        self.row = row
        self._part_starts = [start for start, _ in layout.part_ranges]
        self._tokens: Tokens = np.zeros((HISTORY_TICKS, len(layout.slots)), np.int64)
        self._matched = np.zeros((MATCH_TICKS, len(layout.parts), _LAGS), bool)
        self._born = 0

    def begin(self, tick: int) -> None:
        """Forget everything; `tick` is the first of a new life."""
        self._tokens[:] = 0
        self._matched[:] = False
        self._born = tick
        self.row.restore(None)

    def save(self) -> RolesMemory:
        """Return a copy of the memory."""
        return RolesMemory(self._born, self._tokens.copy(), self._matched.copy(), self.row.save())

    def restore(self, memory: RolesMemory) -> None:
        """Continue from a saved memory, bit for bit."""
        self._born = memory.born
        self._tokens[:], self._matched[:] = memory.tokens, memory.matched
        self.row.restore(memory.lstm)

    def before(self, tick: int) -> Tokens:
        """(S,) tokens one tick ago."""
        row: Tokens = self._tokens[(tick - 1) % HISTORY_TICKS]
        return row

    def lookback(self, tick: int) -> Tokens:
        """(4, S) tokens at the lookbacks."""
        rows: Tokens = self._tokens[[(tick - ticks) % HISTORY_TICKS for ticks in LOOKBACK_TICKS]]
        return rows

    def lived(self, tick: int) -> NDArray[np.bool_]:
        """(4,) which lookbacks reach no further than the beginning."""
        return np.array([tick - self._born >= ticks for ticks in LOOKBACK_TICKS])

    def recent(self) -> Floats:
        """(1, P, 4) how well each lookback has matched in the last bar."""
        rates: Floats = (self._matched.sum(axis=0, dtype=np.float32) / np.float32(MATCH_TICKS))[None]
        return rates

    def advance(
        self,
        tick: int,
        condition: Floats,
        valid: NDArray[np.bool_],
        choice: Choice,
        dictated: Tokens | None = None,
    ) -> Steps[Tokens]:
        """Return the (S,) tokens of `tick`: those that the network chooses, or `dictated` in their place.

        `valid` (P, 4) says which lookbacks may be copied.
        """
        lookback = self.lookback(tick)
        outputs = yield Ask(
            self.row,
            {
                "previous": self.before(tick),
                "lookback": lookback,
                "condition": condition,
                "valid": valid,
                "uniform": choice.uniform,
                "temperature": np.array([choice.temperature], np.float32),
                "top_p": np.array([choice.top_p], np.float32),
                "copy_bias": np.array([choice.copy_bias], np.float32),
                "mask": choice.mask,
            },
        )
        tokens: Tokens = outputs["tokens"].copy() if dictated is None else dictated
        same = (tokens == lookback) & self.lived(tick)[:, None]
        self._matched[tick % MATCH_TICKS] = np.logical_and.reduceat(same, self._part_starts, axis=1).T
        self._tokens[tick % HISTORY_TICKS] = tokens
        return tokens
