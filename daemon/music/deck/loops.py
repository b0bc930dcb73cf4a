"""The bars to come that belong to a loop, as far as parameters decide it."""

from typing import NamedTuple

from daemon.automation import Automation
from daemon.parameters import OFF
from models.notes import TICKS_PER_BAR


class Loops(NamedTuple):
    """`first` is the first bar that is not composed, before which `heard` bars have been heard in a row."""

    automation: Automation
    first: int
    heard: int

    def bars(self, bar: int) -> int:
        """Return how many bars go round in a bar that is not composed; 0 if it is no part of a loop."""
        if bar < self.first or self._is_off:
            return 0
        asked = self.automation.peek(bar * TICKS_PER_BAR).loop
        bars = 0 if asked == OFF else int(asked)
        return bars if bars <= self.heard + bar - self.first else 0

    def between(self, start: int, end: int) -> int:
        """Return how many bars from `start` to before `end` belong to a loop."""
        return 0 if self._is_off else sum(1 for bar in range(start, end) if self.bars(bar))

    @property
    def _is_off(self) -> bool:
        return self.automation.current.loop == OFF and "loop" not in self.automation.changes
