"""Parameters over time: the snapshot that each tick adopts, and the changes that wait or glide; all of it a value."""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Final, Literal, NamedTuple

from daemon.parameters import SPECS, Parameters, Value
from models.notes import BARS_PER_PHRASE, TICKS_PER_BAR, TICKS_PER_BEAT

At = Literal["now", "beat", "bar", "phrase"]
BOUNDARY_TICKS: Final[Mapping[At, int]] = {
    "now": 1,
    "beat": TICKS_PER_BEAT,
    "bar": TICKS_PER_BAR,
    "phrase": TICKS_PER_BAR * BARS_PER_PHRASE,
}


class Change(NamedTuple):
    """One parameter on its way: it holds `origin` before `start_tick` and `target` from `end_tick` on.

    `number` is that of the operation that asked for it. In a morph the way begins with `first` at `start_tick`.
    """

    start_tick: int
    end_tick: float
    origin: Value
    target: Value
    number: int = 0
    first: Value | None = None

    def value_at(self, tick: int) -> Value:
        """Return the value at `tick`: on a line from origin to target for numbers that glide, else a switch."""
        if tick >= self.end_tick:
            return self.target
        if tick < self.start_tick:
            return self.origin
        first = self.origin if self.first is None else self.first
        if not isinstance(self.target, float):
            return first  # it switches at the end
        share = (tick - self.start_tick) / (self.end_tick - self.start_tick)
        return float(first) + (self.target - float(first)) * share

    def held_at(self, name: str, tick: int) -> Value:
        """Return the value that stays when the change is cancelled at `tick`."""
        # A bar's plan adopts some parameters at its first tick only, long after the change began.
        return self.origin if tick <= heard_tick(name, self.start_tick) else self.value_at(tick)


class Automation(NamedTuple):
    """The snapshot of the last tick, and one change at most for each parameter, by its contract name."""

    current: Parameters
    changes: Mapping[str, Change] = {}

    def scheduled(
        self,
        values: Mapping[str, Value],
        tick: int,
        at: At = "now",
        over_beats: float = 0.0,
        number: int = 0,
        *,
        origins: Mapping[str, Value] | None = None,
    ) -> "Automation":
        """Return the automation with `values`, checked ones, asked for while `tick` is the next one.

        They begin at the boundary `at`; `over_beats` is the length of a ramp from there, for numbers that glide.
        The other values switch at once. With `origins` it is a morph from these: numbers glide from there, the other
        values switch in the middle. A change replaces what waits or glides for its parameter.
        """
        start = boundary(tick, at)
        changes = dict(self.changes)
        for name, target in values.items():
            first = (origins or {}).get(name)
            share = 1.0 if SPECS[name].smoothing == "ramp" else 0.0 if first is None else 0.5
            end = start + share * over_beats * TICKS_PER_BEAT
            changes[name] = Change(start, end, self._value_at(name, tick), target, number, first)
        return Automation(self.current, changes)

    def advanced(self, tick: int) -> "Automation":
        """Return the automation after `tick` adopted its snapshot; `current` stays the same object if nothing changed."""
        if not self.changes:
            return self
        # A bar's plan adopts some parameters at its first tick only; until then their change is still announced.
        changes = {name: c for name, c in self.changes.items() if tick < heard_tick(name, ceil(c.end_tick))}
        return Automation(self.peek(tick), changes)

    def peek(self, tick: int) -> Parameters:
        """Return the snapshot that `tick` would adopt."""
        values = {name: change.value_at(tick) for name, change in self.changes.items()}
        moved = {name: value for name, value in values.items() if value != self.current.value(name)}
        return self.current.replaced(moved)

    def accepted(self, names: Iterable[str]) -> dict[str, Value]:
        """Return the values that were asked for: the target of what waits or glides, else what holds."""
        return {
            name: self.changes[name].target if name in self.changes else self.current.value(name)
            for name in names
        }

    def cancelled(self, numbers: Iterable[int], tick: int) -> "Automation":
        """Return the automation without the changes of these operations, for `tick`.

        What is not heard before `tick` has its value of before; a glide that is heard stops where it is.
        """
        unwanted = set(numbers)
        gone = {name for name, change in self.changes.items() if change.number in unwanted}
        held = {name: self.changes[name].held_at(name, tick) for name in gone}
        changes = {name: change for name, change in self.changes.items() if name not in gone}
        return Automation(self.current.replaced(held), changes)

    def restarted(self, tick: int, next_tick: int) -> "Automation":
        """Go on from `tick` where `next_tick` was due: glides keep their progress, what waits begins."""
        changes = {}
        for name, change in self.changes.items():
            start = tick - max(0, next_tick - change.start_tick)
            changes[name] = change._replace(
                start_tick=start, end_tick=start + (change.end_tick - change.start_tick)
            )
        return Automation(self.current, changes)

    def pending(self) -> dict[str, dict[str, Value]]:
        """Return each pending change by contract name: its target, and the beats at which it begins and is complete."""
        return {
            name: {
                "target": change.target,
                "from_beat": heard_tick(name, change.start_tick) / TICKS_PER_BEAT,
                "until_beat": heard_tick(name, ceil(change.end_tick)) / TICKS_PER_BEAT,
            }
            for name, change in self.changes.items()
        }

    def _value_at(self, name: str, tick: int) -> Value:
        change = self.changes.get(name)
        return self.current.value(name) if change is None else change.value_at(tick)


def heard_tick(name: str, tick: int) -> int:
    """Return the tick from which on a change of a parameter that begins at `tick` is heard."""
    return boundary(tick, "bar") if SPECS[name].acts == "bar" else tick


def boundary(next_tick: int, at: At) -> int:
    """Return the first tick, not before `next_tick`, at which a change asked for `at` can begin."""
    step = BOUNDARY_TICKS[at]
    return -(-next_tick // step) * step
