"""One tick network as a system uses it: the inputs of each step, among them the tokens of the song so far."""

from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.music.systems.system import Ask, Steps
from models.codecs import melody
from models.codecs.base import (
    LAGS,
    LOOKBACK_TICKS,
    MATCH_TICKS,
    RECALL,
    Floats,
    Layout,
    Tokens,
)
from models.codecs.condition import COLUMNS
from models.codecs.recall import RECALL_BARS, Lags, SongMemory
from models.codecs.roles import SHAPES
from models.notes import TICKS_PER_BAR
from models.session import Row, SavedState

_LEAD: Final = slice(melody.LAYOUT.part_ranges[2][0], melody.LAYOUT.part_ranges[2][1] - 1)


class Choice(NamedTuple):
    """How a tick is drawn: `uniform` (P + S,) in [0, 1), `mask` (V,) added to the logits."""

    uniform: Floats
    temperature: float
    top_p: float
    copy_bias: float
    mask: Floats


class Seen(NamedTuple):
    """What a tick sees: `condition` (C,), `lookback` (5, S), and which lookbacks each part may copy, `valid` (P, 5)."""

    condition: Floats
    lookback: Tokens
    valid: NDArray[np.bool_]


class RolesMemory(msgspec.Struct, frozen=True, tag="edm"):
    """The memory of a model. `born` is its first tick; `line` is the lead's last token; `lstm` is the state of its row.

    `numbers` (192, 16, P) and `lengths` (P, 192) are those of a `SongMemory`, `matched` (16, P, 4) says which of the last
    ticks equalled which fixed lookback.
    """

    born: int
    line: int
    numbers: NDArray[np.int32]
    lengths: NDArray[np.uint8]
    matched: NDArray[np.bool_]
    lstm: SavedState

    def moved(self, ticks: int) -> "RolesMemory":
        """Return the same memory for music that lies `ticks`, a number of whole bars, later."""
        numbers = np.roll(self.numbers, ticks // TICKS_PER_BAR % RECALL_BARS, axis=0)
        return RolesMemory(self.born + ticks, self.line, numbers, self.lengths, self.matched, self.lstm)


class RolesModel:
    """Melody or percussion: `advance` takes tick after tick, each exactly once."""

    def __init__(self, row: Row, layout: Layout) -> None:
        self.layout = layout
        self.row = row
        self.line = 0
        self.song = SongMemory(layout)
        codec = row.session.network.codec
        self._shape, self._columns = SHAPES[codec.name], COLUMNS[codec.part]
        self._part_starts = [start for start, _ in layout.part_ranges]
        self._matched = np.zeros((MATCH_TICKS, len(layout.parts), len(LOOKBACK_TICKS)), bool)

    def begin(self, tick: int) -> None:
        """Forget everything; `tick` is the first of a new life."""
        self.song.begin(tick)
        self.line = 0
        self._matched[:] = False
        self.row.restore(None)

    def save(self) -> RolesMemory:
        """Return a copy of the memory."""
        song = self.song
        return RolesMemory(
            song.born,
            self.line,
            song.numbers.copy(),
            song.lengths.copy(),
            self._matched.copy(),
            self.row.save(),
        )

    def restore(self, memory: RolesMemory) -> None:
        """Continue from a saved memory, bit for bit."""
        self.line, self.song.born = memory.line, memory.born
        self.song.numbers[:], self.song.lengths[:] = memory.numbers, memory.lengths
        self._matched[:] = memory.matched
        self.row.restore(memory.lstm)

    def recent(self, lags: Lags) -> Floats:
        """(P, 5) how well each lookback has matched in the last bar; the last one is at each part's lag in bars (P,)."""
        rates = self._matched.sum(axis=0, dtype=np.float32) / np.float32(MATCH_TICKS)
        return np.concatenate([rates, self.song.rates(lags)[:, None]], axis=1)

    def advance(self, tick: int, seen: Seen, choice: Choice, dictated: Tokens | None = None) -> Steps[Tokens]:
        """Return the (S,) tokens of `tick`: those that the network chooses, or `dictated` in their place."""
        outputs = yield Ask(
            self.row,
            {
                "previous": self.song.before(tick),
                **self._shaped(seen)._asdict(),
                "uniform": choice.uniform,
                "temperature": np.array([choice.temperature], np.float32),
                "top_p": np.array([choice.top_p], np.float32),
                "copy_bias": np.array([choice.copy_bias], np.float32),
                "mask": choice.mask,
            },
        )
        tokens: Tokens = outputs["tokens"].copy() if dictated is None else dictated
        self._remember(tick, tokens)
        return tokens

    def _shaped(self, seen: Seen) -> Seen:
        """Return the inputs in the shape of the network's codec.

        A network without recall gets the bars that the plan recalls in place of its longest lookback.
        """
        if self._shape.columns is None:
            return seen
        condition, lookback, valid = (
            seen.condition.copy(),
            seen.lookback[:RECALL].copy(),
            seen.valid[:, :RECALL].copy(),
        )
        swapped = (condition[self._columns["recall"]] > 0) & seen.valid[:, RECALL]
        slots = np.repeat(swapped, np.diff([*self._part_starts, len(self.layout.slots)]))
        lookback[-1, slots] = seen.lookback[RECALL, slots]
        valid[swapped, -1] = True
        form = self._columns["form"].start + LAGS * np.flatnonzero(swapped) + RECALL
        condition[form - 1] = condition[form]
        return Seen(condition[self._shape.columns], lookback, valid)

    def _remember(self, tick: int, tokens: Tokens) -> None:
        self._matched[tick % MATCH_TICKS] = self.song.add(tick, tokens)
        if self.layout is melody.LAYOUT:
            self.line = int(tokens[_LEAD].max()) or self.line
