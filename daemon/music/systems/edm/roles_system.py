"""The common part of the melody and the percussion system."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from daemon.music.arranging.barplan import BarPlan
from daemon.music.systems.edm.roles_model import RolesMemory, RolesModel
from daemon.music.systems.edm.validity import Allowed, recalled, valid
from daemon.music.systems.system import Cue, Steps
from daemon.parameters import Parameters
from models.codecs.base import Floats, Tokens
from models.codecs.plan import HARMONY_TICKS
from models.codecs.recall import Lags, recallable
from models.notes import TICKS_PER_BAR


class RolesSystem:
    """A system with one tick network.

    `parts` are the network's parts among the seven of a plan. `rows_of` returns the (16, C) input rows of a bar from its
    plan, and `agreements_of` which earlier bars each part may copy in each half bar.
    """

    extra_ticks = 0

    def __init__(
        self,
        model: RolesModel,
        parts: slice,
        rows_of: Callable[[BarPlan, int], Floats],
        agreements_of: Callable[[Cue], tuple[Allowed, Allowed]],
    ) -> None:
        self._model, self._parts = model, parts
        self._make_rows, self._make_agreements = rows_of, agreements_of
        self._bar: _Bar | None = None

    def begin(self, _seed: int, tick: int) -> None:
        """Clear the memory: the music begins at `tick`. The seed acts through `cue.chance`."""
        self._model.begin(tick)

    def plan(self, _bar: int, plan: BarPlan, _parameters: Parameters) -> Steps[BarPlan]:
        """Return the plan as it is."""
        yield from ()
        return plan

    def save(self) -> RolesMemory:
        """Return the memory as a value."""
        return self._model.save()

    def restore(self, state: RolesMemory) -> None:
        """Continue from a saved memory."""
        self._model.restore(state)

    def close(self) -> None:
        """Release the row of the session."""
        self._model.row.release()

    def _recall(self, cue: Cue) -> "_Recall":
        """Return the input rows of the bar, and what the tick may copy from where."""
        song, bar = self._model.song, self._bar
        if bar is None or bar.number != cue.tick // TICKS_PER_BAR or bar.plan is not cue.plan:
            bar = self._bar = self._prepared(cue)
        half = cue.tick % TICKS_PER_BAR // HARMONY_TICKS
        lags = recalled(cue.tick, bar.wanted, song, bar.usable[half])
        lookback, recent = song.lookback(cue.tick, lags), self._model.recent(lags)
        return _Recall(bar.rows, lookback, recent, valid(cue.tick, song, lags, bar.allowed[half]))

    def _prepared(self, cue: Cue) -> "_Bar":
        number, plan = cue.tick // TICKS_PER_BAR, cue.plan
        allowed = self._make_agreements(cue)
        furthest = min(plan.reach, self._model.song.lived_bars(cue.tick))
        first, second = (recallable(each, furthest) for each in allowed)
        wanted = np.array(plan.recall[self._parts] or (0,) * len(self._model.layout.parts), np.int64)
        return _Bar(number, plan, self._make_rows(plan, number), wanted, allowed, (first, second))


class _Bar(NamedTuple):
    """What a system prepares once for each bar: its rows (16, C), the lags in bars that the plan recalls (P,).

    `allowed` and `usable` (P, RECALL_BARS) say for each half bar which earlier bars may be copied, and recalled.
    """

    number: int
    plan: BarPlan
    rows: Floats
    wanted: Lags
    allowed: tuple[Allowed, Allowed]
    usable: tuple[Allowed, Allowed]


class _Recall(NamedTuple):
    """The rows of the bar; the lookback (5, S) of a tick, how well it matched (P, 5), what may be copied (P, 5)."""

    rows: Floats
    lookback: Tokens
    recent: Floats
    valid: Allowed
