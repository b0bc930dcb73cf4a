"""The common part of the melody and the percussion system."""

from collections.abc import Callable

from daemon.music.arranging.barplan import BarPlan
from daemon.music.systems.edm.roles_model import RolesMemory, RolesModel
from daemon.music.systems.system import Cue, Steps
from daemon.parameters import Parameters
from models.codecs.base import Floats
from models.notes import TICKS_PER_BAR


class RolesSystem:
    """A system with one tick network. `rows_of` returns the (16, C) input rows of a bar from its plan."""

    def __init__(self, model: RolesModel, rows_of: Callable[[BarPlan, int], Floats]) -> None:
        self._model = model
        self._make_rows = rows_of
        self._rows: tuple[int, BarPlan, Floats] | None = None

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

    def _rows_of(self, cue: Cue) -> Floats:
        bar = cue.tick // TICKS_PER_BAR
        if self._rows is None or self._rows[0] != bar or self._rows[1] is not cue.plan:
            self._rows = bar, cue.plan, self._make_rows(cue.plan, bar)
        return self._rows[2]
