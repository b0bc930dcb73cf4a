"""What is to come, as everything stands: with what was asked for and has not begun, and nothing that will not be."""

from math import ceil
from typing import Final, NamedTuple

from daemon.automation import Automation
from daemon.music.agenda import Due
from daemon.music.arranging.set_form import Section
from daemon.music.barplan import BarPlan
from daemon.music.describe_plan import describe_plan
from daemon.music.director import Director
from daemon.music.engine import Engine
from daemon.parameters import Parameters
from models.bundle import Bundle
from models.notes import BEATS_PER_BAR, TICKS_PER_BAR

# Parameters that say which section a bar belongs to.
_OF_SECTIONS: Final = ("section", "director")
_KEPT_BARS: Final = 4


class Standing(NamedTuple):
    """Everything that decides what is to come; `end` is the first bar that will not be played, None is endless."""

    engine: Engine
    automation: Automation
    due: tuple[Due, ...]
    end: int | None


class Outlook:
    """Remembers what the last bars were planned as, and foresees the bars after them."""

    def __init__(self) -> None:
        self._composed: dict[int, tuple[Section, BarPlan]] = {}
        self._foreseen: tuple[int, Bundle, Director] | None = None

    def note(self, bar: int, plan: BarPlan, engine: Engine, parameters: Parameters) -> None:
        """Remember a bar as it has just been planned."""
        if bar not in self._composed or self._composed[bar][1] is not plan:
            self._composed[bar] = engine.director.section_at(bar, parameters), plan
            self._composed.pop(bar - _KEPT_BARS, None)

    def forget(self) -> None:
        """The music begins anew."""
        self._composed.clear()

    def tell(self, plan: BarPlan, bar: int, standing: Standing) -> dict[str, object]:
        """The plan of a bar in words and numbers, and under `next` that of the bar after it; None where that is open."""
        is_last = standing.end is not None and bar + 1 >= standing.end
        following = None if is_last else self._plan_at(bar + 1, standing)
        return {
            **self._told(plan, bar, standing),
            "next": None if following is None else self._told(following, bar + 1, standing),
        }

    def _told(self, plan: BarPlan, bar: int, standing: Standing) -> dict[str, object]:
        bars_left, next_section = self._coming(plan.section, bar, standing)
        return describe_plan(plan._replace(bars_left=bars_left, next_section=next_section), bar)

    def _coming(self, name: str, bar: int, standing: Standing) -> tuple[int, str]:
        """How many bars of a bar's section follow it, and which section comes then; "" where that is open."""
        # The first bar that is not composed may have taken up what was asked for since the last one was.
        turns, at = [*_turns(standing), max(self._composed, default=bar) + 1], bar + 1
        while standing.end is None or at < standing.end:
            section = self._section_at(at, standing)
            if section.name != name:
                return at - bar - 1, section.name
            ends = (section.start_bar + section.bars,) if section.follows else ()
            later = [turn for turn in (*ends, *turns) if turn > at]
            if not later:
                return 0, ""
            at = min(later)
        return max(standing.end - bar - 1, 0), ""

    def _section_at(self, bar: int, standing: Standing) -> Section:
        if bar in self._composed:
            return self._composed[bar][0]
        parameters = standing.automation.peek(bar * TICKS_PER_BAR)
        return self._director_at(bar, standing).section_at(bar, parameters)

    def _plan_at(self, bar: int, standing: Standing) -> BarPlan | None:
        if bar in self._composed:
            return self._composed[bar][1]
        parameters = standing.automation.peek(bar * TICKS_PER_BAR)
        happened = [due for due in standing.due if due.bar <= bar]
        if not happened:
            return standing.engine.foresee(bar, parameters)
        if any(due.kind == "prime" for due in happened):
            return None  # the music that is heard says it
        return self._director_at(bar, standing).foresee(bar, parameters)

    def _director_at(self, bar: int, standing: Standing) -> Director:
        engine = standing.engine
        seed, bundle = engine.seed, engine.bundle
        for due in standing.due:
            if due.bar <= bar:
                seed = seed if due.seed is None else due.seed
                bundle = due.bundle or bundle
        if seed == engine.seed and bundle is engine.bundle:
            return engine.director
        if self._foreseen is None or self._foreseen[0] != seed or self._foreseen[1] is not bundle:
            self._foreseen = seed, bundle, Director(seed, bundle.arrangement)
        return self._foreseen[2]


def _turns(standing: Standing) -> list[int]:
    """Bars from which on sections may be others than the director alone would have them."""
    pending = standing.automation.pending()
    beats = [float(pending[name]["from_beat"]) for name in _OF_SECTIONS if name in pending]
    return [*(ceil(beat / BEATS_PER_BAR) for beat in beats), *(due.bar for due in standing.due)]
