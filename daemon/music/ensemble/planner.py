"""The plan network of a deck: it steps once a bar and writes what the director would otherwise draw at random."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.music.arranging.barplan import UNSTATED, BarPlan
from daemon.music.arranging.director import Director
from daemon.music.arranging.set_form import FREE
from daemon.music.arranging.writing_rules import Situation, copyable, mask_of, possible
from daemon.music.arranging.written import PAST_BARS, WrittenBar, resolved, row_of_plan
from daemon.music.systems.chance import of_bar
from daemon.music.systems.repetition import copy_bias
from daemon.music.systems.system import Ask, Steps
from daemon.parameters import Parameters
from models.chords import Halves
from models.codecs import bars
from models.codecs.base import LOOKBACK_BARS, Floats, Tokens
from models.codecs.chords import chord_of
from models.notes import SECTIONS
from models.session import Row, SavedState

_TEMPERATURE, _TOP_P = 1.0, 0.97
# Added to the logits of repeats, because the training songs repeat less than club music does.
_REPEATS: Final = 1.0
_DRAWS: Final = len(bars.LAYOUT.parts) + len(bars.LAYOUT.slots)
# How simple tracks like those of clubs are, and other tracks, as `training.simplicity` measures it.
_SIMPLE, _INTRICATE = 0.85, 0.5


class PlannerMemory(msgspec.Struct, frozen=True):
    """The last bars, the latest first, and the state of the network."""

    past: tuple[WrittenBar, ...]
    lstm: SavedState

    def moved(self, bars_later: int) -> "PlannerMemory":
        """Return the same memory for music that lies later."""
        return PlannerMemory(tuple(each.moved(bars_later) for each in self.past), self.lstm)


class Planner:
    """Writes bar after bar, each exactly once."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._past: tuple[WrittenBar, ...] = ()

    def begin(self) -> None:
        """Forget everything."""
        self._past = ()
        self._row.restore(None)

    def save(self) -> PlannerMemory:
        """Return a copy of the memory."""
        return PlannerMemory(self._past, self._row.save())

    def restore(self, memory: PlannerMemory | None) -> None:
        """Continue from a saved memory; None stands for none."""
        if memory is None:
            self.begin()
        else:
            self._past = memory.past
            self._row.restore(memory.lstm)

    def close(self) -> None:
        """Release the row of the session."""
        self._row.release()

    def plan(
        self,
        bar: int,
        director: Director,
        parameters: Parameters,
        plans: Sequence[BarPlan | None],
        given: BarPlan | None,
    ) -> Steps[BarPlan]:
        """Return the director's plan of a bar with what the network writes, or with `given`, which it reads instead.

        `plans` are those of the lookbacks.
        """
        brief = director.brief(bar, parameters)
        now = Situation(director.seed, bar, brief, self._past, plans, parameters.repetition)
        row = yield from self._row_of(now, given)
        written, past = resolved(bar, row, self._past), self._past
        self._past = (written, *past[: PAST_BARS - 1])
        before = [past[ago - 1] if ago <= len(past) else None for ago in LOOKBACK_BARS]
        return director.plan(bar, parameters, (written, *before))

    def _row_of(self, now: Situation, given: BarPlan | None) -> Steps[Tokens]:
        allowed = possible(now)
        lookback = np.stack([self._ago(ago) for ago in LOOKBACK_BARS])
        harmony = now.brief.harmony if given is None else tuple(zip(given.harmony, given.roots, strict=True))
        outputs = yield Ask(
            self._row,
            {
                "previous": self._ago(1),
                "lookback": lookback,
                "condition": _condition(now, harmony),
                "valid": copyable(allowed, lookback, len(self._past)),
                "uniform": of_bar(now.seed, now.number, _DRAWS),
                "temperature": np.array([_TEMPERATURE], np.float32),
                "top_p": np.array([_TOP_P], np.float32),
                # More loops are demanded by `possible`; copies of rows do not make them.
                "copy_bias": np.array([min(copy_bias(now.repetition), 0.0)], np.float32),
                "mask": mask_of(allowed, _REPEATS),
            },
        )
        return outputs["tokens"].copy() if given is None else row_of_plan(given)

    def _ago(self, ago: int) -> Tokens:
        """Return the row (S,) of `ago` bars before, zeros if there is none."""
        if ago > len(self._past):
            return np.zeros(len(bars.LAYOUT.slots), np.int64)
        return bars.row_of(self._past[ago - 1].bar)


def _condition(now: Situation, harmony: Halves) -> Floats:
    brief, section = now.brief, now.brief.section
    rows = bars.condition(
        bars.Circumstances(
            age=np.array([now.place]),
            left=np.array([section.bars_left(now.number) if section.follows else UNSTATED]),
            section=_name(section.name),
            following=_name(section.follows),
            energy=np.array([UNSTATED if section.name == FREE else brief.energy], np.float64),
            style=np.array([[not brief.is_classical, brief.is_classical]], np.float64),
            genre=np.array([section.genres.weights()]),
            simplicity=np.array([_SIMPLE if brief.is_simple else _INTRICATE]),
            same_chords=np.array([[_same_chords(harmony, plan) for plan in now.plans]]),
        )
    )
    row: Floats = rows[0]
    return row


def _name(section: str) -> NDArray[np.int64]:
    return np.array([SECTIONS.index(section) if section in SECTIONS else UNSTATED])


def _same_chords(harmony: Halves, plan: BarPlan | None) -> bool:
    if plan is None:
        return False
    old = zip(plan.harmony, plan.roots, strict=True)
    return all(chord_of(*now) == chord_of(*then) for now, then in zip(harmony, old, strict=True))
