"""One network at play: its session, and what it has played as the network will hear it again."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.codecs.base import HISTORY_TICKS, LOOKBACK_TICKS, MATCH_TICKS, Floats, Layout, Tokens
from models.session import Feeds, Row, SavedState

_LAGS: Final = len(LOOKBACK_TICKS)


class Choice(NamedTuple):
    """How a tick is drawn: `uniform` (P + S,) in [0, 1), `mask` (V,) added to the logits."""

    uniform: Floats
    temperature: float
    top_p: float
    copy_bias: float
    mask: Floats


class RolesState(NamedTuple):
    """Everything a lane remembers, on the host."""

    born: int
    tokens: Tokens
    matched: NDArray[np.bool_]
    lstm: SavedState


class RolesModel:
    """Melody or percussion: `advance` composes tick after tick, each exactly once."""

    def __init__(self, row: Row, layout: Layout) -> None:
        self.layout = layout
        self._row = row
        self._part_starts = [start for start, _ in layout.part_ranges]
        self._tokens: Tokens = np.zeros((HISTORY_TICKS, len(layout.slots)), np.int64)
        self._matched = np.zeros((MATCH_TICKS, len(layout.parts), _LAGS), bool)
        self._born = 0

    def begin(self, tick: int) -> None:
        """Forget everything; `tick` is the first of a new life."""
        self._tokens[:] = 0
        self._matched[:] = False
        self._born = tick
        self._row.restore(None)

    def save(self) -> RolesState:
        """Copy all memory to the host."""
        return RolesState(self._born, self._tokens.copy(), self._matched.copy(), self._row.save())

    def restore(self, state: RolesState) -> None:
        """Go on from a saved memory, bit for bit."""
        self._born = state.born
        self._tokens[:], self._matched[:] = state.tokens, state.matched
        self._row.restore(state.lstm)

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
    ) -> Tokens:
        """Return the (S,) tokens of `tick`: those that the network chooses, or `dictated` in their place.

        `valid` (P, 4) says which lookbacks may be copied.
        """
        lookback = self.lookback(tick)
        inputs: Feeds = {
            "previous": self.before(tick),
            "lookback": lookback,
            "condition": condition,
            "valid": valid,
            "uniform": choice.uniform,
            "temperature": np.array([choice.temperature], np.float32),
            "top_p": np.array([choice.top_p], np.float32),
            "copy_bias": np.array([choice.copy_bias], np.float32),
            "mask": choice.mask,
        }
        tokens = self._row.session.step({self._row.index: inputs})[self._row.index]["tokens"]
        if dictated is not None:
            tokens = dictated
        same = (tokens == lookback) & self.lived(tick)[:, None]
        self._matched[tick % MATCH_TICKS] = np.logical_and.reduceat(same, self._part_starts, axis=1).T
        self._tokens[tick % HISTORY_TICKS] = tokens
        return tokens.copy()
