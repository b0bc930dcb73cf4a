"""What a track remembers of itself: where it began, and which bars are its hook."""

from typing import Final, NamedTuple

from daemon.music.arranging.set_form import FREE, Section
from daemon.parameters import AUTO, Parameters
from models.notes import BARS_PER_PHRASE

DROP: Final = "drop"
KEEP, RECALL, NEW = "keep", "recall", "new"
# A lead that has rested for so many bars comes back with the hook, for as many bars.
RETURN_BARS: Final = 4
# The track of a memory that belongs to whatever track comes next, and the start of a line that nobody has played.
ANY_TRACK: Final = -1
_NO_BAR: Final = -1
# A drop states the hook in at most this many bars.
_LONGEST: Final = 2 * BARS_PER_PHRASE


class Hook(NamedTuple):
    """The bars to which later music returns: the first drop of a track, what a performer keeps, or primed music.

    `section_start` is the first bar of the section that states it, -1 if it belongs to no section.
    """

    start: int
    bars: int
    section_start: int = -1
    is_kept: bool = False
    is_primed: bool = False

    def source(self, since_bar: int, bar: int) -> int:
        """Return the bar of the hook that a bar recalls, if the hook begins again at `since_bar`."""
        return self.start + (bar - since_bar) % self.bars

    def is_stated_in(self, section: Section) -> bool:
        """Return whether a section is the one that states the hook."""
        return self.section_start == section.start_bar and section.name in (DROP, FREE)

    def moved(self, bars: int) -> "Hook":
        """Return the same hook for music that lies `bars` later."""
        start = self.section_start + bars if self.section_start >= 0 else -1
        return self._replace(start=self.start + bars, section_start=start)


class TrackMemory(NamedTuple):
    """The memory of a track. `began` is the first bar that it may recall.

    `asked` is the last value of the parameter `hook`, and `asked_bar` the bar from which it has had that value.
    """

    track: int = ANY_TRACK
    began: int = 0
    hook: Hook | None = None
    asked: str = AUTO
    asked_bar: int = 0
    # For how many bars the lead has rested, and the bar in which it came back after a long rest.
    rest_bars: int = 0
    back_bar: int = -RETURN_BARS
    # The first bars of the lead's present line and of the one before: a long rest ends a line.
    line_start: int = _NO_BAR
    line_before: int = _NO_BAR

    def at(
        self, bar: int, section: Section, parameters: Parameters, *, has_lead: bool = True
    ) -> "TrackMemory":
        """Return the memory when `bar` begins; `has_lead` says whether its plan has a lead."""
        memory = self._in_track(bar, section)._asked(bar, parameters.hook)._rested(bar, has_lead=has_lead)
        if parameters.hook in (KEEP, RECALL) or section.name not in (DROP, FREE):
            return memory
        hook = memory.hook
        if hook is None or (parameters.hook == NEW and not hook.is_stated_in(section)):
            return memory._replace(hook=Hook(bar, 1, section.start_bar))
        if hook.is_stated_in(section) and bar == hook.start + hook.bars < hook.start + _LONGEST:
            return memory._replace(hook=hook._replace(bars=hook.bars + 1))
        return memory

    def _in_track(self, bar: int, section: Section) -> "TrackMemory":
        """Return the memory at a bar of a section's track. Another track begins without a hook, unless it is kept."""
        if self.track in (section.track, ANY_TRACK):
            return self._replace(track=section.track)
        hook = self.hook if self.hook and self.hook.is_kept and not self.hook.is_primed else None
        began = min(bar, hook.start) if hook else bar
        memory = self._replace(track=section.track, began=began, hook=hook)
        return memory._replace(line_start=_NO_BAR, line_before=_NO_BAR)

    def _asked(self, bar: int, hook: str) -> "TrackMemory":
        """Return the memory after the performer's choice."""
        if hook == self.asked:
            return self
        memory = self._replace(asked=hook, asked_bar=bar)
        if hook == KEEP and bar > self.began:
            start = (bar - 1) - (bar - 1) % BARS_PER_PHRASE
            return memory._replace(hook=Hook(start, BARS_PER_PHRASE, is_kept=True))
        if hook == NEW:
            return memory._replace(hook=None)
        return memory

    def _rested(self, bar: int, *, has_lead: bool) -> "TrackMemory":
        if not has_lead:
            return self._replace(rest_bars=self.rest_bars + 1)
        if self.rest_bars >= RETURN_BARS:
            return self._replace(rest_bars=0, back_bar=bar, line_start=bar, line_before=self.line_start)
        return self._replace(rest_bars=0, line_start=bar if self.line_start == _NO_BAR else self.line_start)

    def is_back(self, bar: int) -> bool:
        """Return whether the lead has come back after a long rest in one of the last bars."""
        return 0 <= bar - self.back_bar < RETURN_BARS

    def line_source(self, bar: int) -> int | None:
        """Return the bar of the lead's line before its rest that a bar after the rest recalls, if the track has one."""
        if not self.is_back(bar) or self.line_before == _NO_BAR:
            return None
        return self.line_before + bar - self.back_bar

    def moved(self, bars: int) -> "TrackMemory":
        """Return the same memory for music that lies `bars` later."""
        hook = self.hook and self.hook.moved(bars)
        lines = [each if each == _NO_BAR else each + bars for each in (self.line_start, self.line_before)]
        return self._replace(
            began=self.began + bars,
            hook=hook,
            asked_bar=self.asked_bar + bars,
            back_bar=self.back_bar + bars,
            line_start=lines[0],
            line_before=lines[1],
        )
