"""The plans of coming bars, with the effects of pending operations."""

from collections.abc import Mapping
from math import ceil
from typing import Final, NamedTuple

from daemon.automation import Automation
from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.director import Director
from daemon.music.arranging.given import planned_or_given
from daemon.music.arranging.harmony import with_chords
from daemon.music.arranging.recalling import Past, remembering
from daemon.music.arranging.set_form import Section
from daemon.music.deck.describe_plan import describe_plan
from daemon.music.deck.loops import Loops
from daemon.music.ensemble.ensemble import EnsembleState
from daemon.music.ensemble.recent import LONGEST_LOOP_BARS
from models.chords import PlayedChords
from models.notes import BEATS_PER_BAR, TICKS_PER_BAR

# Parameters that decide which section a bar belongs to.
_OF_SECTIONS: Final = ("section", "director", "loop")


class PlannedBar(NamedTuple):
    """The plan of a bar, made when its first tick was composed."""

    bar: int
    section: Section
    plan: BarPlan


class Turn(NamedTuple):
    """From `bar` on `director` plans; if `is_primed`, the first bars follow the priming music.

    Its own bars lie `behind` the deck's, and after a loop as many bars more as that had.
    """

    bar: int
    director: Director
    is_primed: bool = False
    behind: int = 0


class Outlook(NamedTuple):
    """All data that decide the coming plans.

    `planned` are the composed bars by number, `music` is the memory after them. The first of `turns` is the
    present director. `end` is the first bar after the end, or None. `chords` are those that were played in.
    """

    planned: Mapping[int, PlannedBar]
    music: EnsembleState
    automation: Automation
    turns: tuple[Turn, ...]
    end: int | None
    loops: Loops
    chords: PlayedChords = PlayedChords()

    def describe(self, bar: int) -> dict[str, object] | None:
        """Return the plan of a composed bar in words and numbers, and under `next` that of the following bar.

        Return None for a bar that is not composed; `next` is None if it is not known.
        """
        now = self.planned.get(bar)
        if now is None:
            return None
        is_last = self.end is not None and bar + 1 >= self.end
        following = None if is_last else self._plan_at(bar + 1)
        return {
            **self._described(now.plan, bar),
            "next": None if following is None else self._described(following, bar + 1),
        }

    def _described(self, plan: BarPlan, bar: int) -> dict[str, object]:
        bars_left, next_section = self._coming(plan.section, bar)
        return describe_plan(plan._replace(bars_left=bars_left, next_section=next_section), bar)

    def _coming(self, name: str, bar: int) -> tuple[int, str]:
        """Return how many bars of its section follow a bar, and the next section ("" if not known)."""
        # Recent changes may take effect at the first bar that is not composed.
        turning, at = [*self._turning(), max(self.planned, default=bar) + 1], bar + 1
        while self.end is None or at < self.end:
            section = self.section_at(at)
            if section.name != name:
                return at - bar - 1, section.name
            if self.loops.bars(at):  # each of its bars may belong to another section
                if at > max([bar + LONGEST_LOOP_BARS, *turning]):
                    return 0, ""
                at += 1
                continue
            ends = (section.start_bar + section.bars,) if section.follows else ()
            later = [turn for turn in (*ends, *turning) if turn > at]
            if not later:
                return 0, ""
            at = min(later)
        return max(self.end - bar - 1, 0), ""

    def section_at(self, bar: int) -> Section:
        """Return the section of a bar, in bars of the deck."""
        if bar in self.planned:
            return self.planned[bar].section
        if (bars := self.loops.bars(bar)) and bar - bars >= min(self.planned, default=bar):
            return self.section_at(bar - bars)
        parameters, turn = self.automation.peek(bar * TICKS_PER_BAR), self._turn_at(bar)
        behind = self._behind(turn, bar)
        section = turn.director.section_at(bar - behind, parameters)
        return section._replace(start_bar=section.start_bar + behind)

    def _behind(self, turn: Turn, bar: int) -> int:
        return turn.behind + self.loops.between(max(turn.bar, self.loops.first), bar)

    def _plan_at(self, bar: int) -> BarPlan | None:
        if bar in self.planned:
            return self.planned[bar].plan
        if bars := self.loops.bars(bar):
            return self._plan_at(bar - bars) if bar - bars >= min(self.planned) else None
        turn = self._turn_at(bar)
        if turn.is_primed:
            return None  # it comes from the priming music
        own = bar - self._behind(turn, bar)
        parameters = with_chords(self.automation.peek(bar * TICKS_PER_BAR), self.chords.moved(own - bar))
        music = self.music
        plan = turn.director.foresee(own, parameters)
        if turn is not self.turns[0]:
            return plan
        plan = planned_or_given(plan, dict(music.given).get(own), parameters)
        section = turn.director.section_at(own, parameters)
        return remembering(Past(music.seed, music.track, music.plans), own, section, plan, parameters)[0]

    def _turn_at(self, bar: int) -> Turn:
        return [turn for turn in self.turns if turn.bar <= bar][-1]

    def _turning(self) -> list[int]:
        """Return the bars from which pending operations may change the sections."""
        pending = self.automation.pending()
        beats = [float(pending[name]["from_beat"]) for name in _OF_SECTIONS if name in pending]
        return [*(ceil(beat / BEATS_PER_BAR) for beat in beats), *(turn.bar for turn in self.turns[1:])]
