"""Actions that are held back by some seconds: the delay of each voice, against the latency of its synthesiser."""

import heapq
import math
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple

from daemon.player.timing.schedule import Event, StartNote
from models.notes import Voice

Lane = Voice | Literal["clock", "effects"]


class _Held(NamedTuple):
    due_seconds: float
    serial: int
    lane: Lane
    event: Event


class DelayLine:
    """Keeps the order of actions within a lane, also while its delay changes: no note ends before it begins.

    `ahead` is how many seconds the schedule is ahead of what is heard, so that a voice with a negative delay can be sent
    earlier than the others.
    """

    def __init__(self) -> None:
        self.ahead = 0.0
        self.delays: Mapping[Lane, float] = {}  # in seconds; lanes without one have none
        self._heap: list[_Held] = []
        self._waiting: Counter[Lane] = Counter()
        self._last_due: dict[Lane, float] = {}
        self._serial = 0

    def seconds(self, lane: Lane) -> float:
        """Return how long the actions of a lane are held back now."""
        return max(self.ahead + self.delays.get(lane, 0.0), 0.0)

    def passes(self, lane: Lane) -> bool:
        """Return whether an action of this lane need not wait."""
        return not self._waiting[lane] and self.seconds(lane) == 0.0

    def add(self, due_seconds: float, lane: Lane, event: Event) -> None:
        """Hold an action back until `due_seconds`, or longer if an earlier one of its lane waits longer."""
        if self._waiting[lane]:
            due_seconds = max(due_seconds, self._last_due[lane])
        self._serial += 1
        self._waiting[lane] += 1
        self._last_due[lane] = due_seconds
        heapq.heappush(self._heap, _Held(due_seconds, self._serial, lane, event))

    def next_seconds(self) -> float:
        """Return when the first action is due; infinity if there is none."""
        return self._heap[0].due_seconds if self._heap else math.inf

    def pop(self) -> Event:
        """Remove and return the first action; raises IndexError if there is none."""
        held = heapq.heappop(self._heap)
        self._waiting[held.lane] -= 1
        return held.event

    def drop_notes(self, lanes: Collection[Lane]) -> None:
        """Remove the notes of these lanes that have not begun; what ends notes stays."""
        gone = [
            each for each in self._heap if each.lane in lanes and isinstance(each.event.action, StartNote)
        ]
        self._waiting.subtract(each.lane for each in gone)
        self._heap = [each for each in self._heap if each not in gone]
        heapq.heapify(self._heap)

    def clear(self) -> None:
        """Remove all actions."""
        self._heap.clear()
        self._waiting.clear()
