"""The order in which bars are played: repeats, endings, D.C., D.S., Fine and Coda, as a listener hears them.

A repeated section is played as often as it says, each ending in its pass. After a jump (D.C., D.S.) repeats are not
played again, endings are the last ones, and the music stops at Fine or goes on at the Coda.
"""

from collections.abc import Sequence

from models.reading.limits import RefusedError
from models.reading.notation.written import SEGNO, Marks


def play_order(marks: Sequence[Marks], most_bars: int) -> list[int]:
    """Indices of bars as they are played; RefusedError for more than `most_bars`."""
    player = _Player(marks, most_bars)
    while player.at < len(marks):
        player.step()
    return player.order


class _Player:
    """Plays bars by their marks: `start` is where the section that is played began, `pass_` counts its passes from 1."""

    def __init__(self, marks: Sequence[Marks], most_bars: int) -> None:
        self.order: list[int] = []
        self.at = 0
        self._marks, self._most = marks, most_bars
        self._start, self._pass = 0, 1
        self._has_jumped = False
        self._passes = _passes(marks)

    def step(self) -> None:
        """Play the bar or leave it out, and go to the next one."""
        at, mark = self.at, self._marks[self.at]
        if mark.forward and at != self._start:
            self._start, self._pass = at, 1
        if mark.endings and self._now(at) not in mark.endings:
            self.at += 1
            return
        if len(self.order) >= self._most:
            raise RefusedError(f"plays more than {self._most:,} bars with its repeats")
        self.order.append(at)
        self.at = self._after(at, mark)

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
            return next((i for i in range(at + 1, len(self._marks)) if self._marks[i].coda), at + 1)
        return at + 1

    def _times(self, at: int, mark: Marks) -> int:
        return self._passes[at] if mark.endings else mark.times

    def _segno(self, at: int) -> int:
        return next((i for i in range(at, -1, -1) if self._marks[i].segno), 0)


def _passes(marks: Sequence[Marks]) -> list[int]:
    """For each bar within endings, how many passes they make; 1 elsewhere. After a lone ending comes another pass."""
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
