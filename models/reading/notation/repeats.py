"""Find the order in which bars are played: repeats, endings, D.C., D.S., Fine and Coda.

A repeated section is played as often as its sign states, with each ending in its own pass. After a jump (D.C., D.S.)
repeats are not played again, only the last ending is played, and the music stops at Fine or continues at the Coda.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from models.reading.limits import RefusedError
from models.reading.notation.written import SEGNO, Marks

_MOST_PASSES: Final = 32


@lru_cache(maxsize=256)
def passes_of(text: str) -> frozenset[int]:
    """Return the passes of an ending from its text, such as 1 or 1,2 or 1-3."""
    passes: set[int] = set()
    for first, last in re.findall(r"(\d{1,2})(?:\s*-\s*(\d{1,2}))?", text[:80]):
        passes.update(range(int(first), min(int(last or first), _MOST_PASSES) + 1))
    return frozenset(passes or {1})


def play_order(marks: Sequence[Marks], most_bars: int, sections: Sequence[tuple[int, int]] = ()) -> list[int]:
    """Return the indices of bars in the order of playing, section by section if there are sections.

    Raises RefusedError for more than `most_bars` bars. Bars that are skipped because of their ending count too.
    """
    order: list[int] = []
    steps, is_bounded = 0, True
    players: dict[tuple[int, int], _Player] = {}
    for first, stop in sections or [(0, len(marks))]:
        player = players.get((first, stop))
        if player is None:
            player = players[first, stop] = _Player(marks[first:stop])
            is_bounded = player.play(most_bars - steps)
        steps += player.steps
        if steps > most_bars or not is_bounded:
            raise RefusedError(f"plays more than {most_bars:,} bars with its repeats")
        order += [first + index for index in player.order]
    return order


class _Player:
    """Plays bars by their marks. `_start` is the first bar of the current section, `_pass` counts its passes from 1."""

    def __init__(self, marks: Sequence[Marks]) -> None:
        self.order: list[int] = []
        self.steps = self._at = 0
        self._marks = marks
        self._start, self._pass = 0, 1
        self._has_jumped = False
        self._passes = _passes(marks)
        self._codas = [index for index, mark in enumerate(marks) if mark.coda]

    def play(self, most_steps: int) -> bool:
        """Go through all bars. Return whether `most_steps` were enough."""
        while self._at < len(self._marks) and self.steps < most_steps:
            self.steps += 1
            self._step()
        return self._at >= len(self._marks)

    def _step(self) -> None:
        """Play or skip the current bar, and go to the next one."""
        at, mark = self._at, self._marks[self._at]
        if mark.forward and at != self._start:
            self._start, self._pass = at, 1
        if mark.endings and self._now(at) not in mark.endings:
            self._at += 1
            return
        self.order.append(at)
        self._at = self._after(at, mark)

    def _now(self, at: int) -> int:
        return self._passes[at] if self._has_jumped else self._pass

    def _after(self, at: int, mark: Marks) -> int:
        if self._has_jumped:
            return self._after_jump(at, mark)
        if mark.times and self._pass < self._times(at, mark):
            self._pass += 1
            return self._start
        leaves_ending = mark.endings and not (at + 1 < len(self._marks) and self._marks[at + 1].endings)
        if mark.times or leaves_ending:
            self._start, self._pass = at + 1, 1
        if mark.jump:
            self._has_jumped = True
            return self._segno(at) if mark.jump == SEGNO else 0
        return at + 1

    def _after_jump(self, at: int, mark: Marks) -> int:
        if mark.fine:
            return len(self._marks)
        if mark.to_coda:
            later = bisect_right(self._codas, at)
            return self._codas[later] if later < len(self._codas) else at + 1
        return at + 1

    def _times(self, at: int, mark: Marks) -> int:
        return self._passes[at] if mark.endings else mark.times

    def _segno(self, at: int) -> int:
        return next((i for i in range(at, -1, -1) if self._marks[i].segno), 0)


def _passes(marks: Sequence[Marks]) -> list[int]:
    """Return the number of passes for each bar inside endings, and 1 elsewhere. One more pass follows a single ending."""
    passes, first = [1] * len(marks), 0
    while first < len(marks):
        last = first
        while last < len(marks) and marks[last].endings:
            last += 1
        group = {mark.endings for mark in marks[first:last]}
        if group:
            most = max(max(endings) for endings in group) + (len(group) == 1)
            passes[first:last] = [most] * (last - first)
        first = last + 1
    return passes
