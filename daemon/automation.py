"""Pending changes of parameters, and the values that apply at each tick."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import ceil
from typing import Any, Final, Literal, NamedTuple

from daemon.parameters import SPECS, Parameters, Value, check_all
from models.notes import BARS_PER_PHRASE, TICKS_PER_BAR, TICKS_PER_BEAT

At = Literal["now", "beat", "bar", "phrase"]
BOUNDARY_TICKS: Final[Mapping[At, int]] = {
    "now": 1,
    "beat": TICKS_PER_BEAT,
    "bar": TICKS_PER_BAR,
    "phrase": TICKS_PER_BAR * BARS_PER_PHRASE,
}


class Pending(NamedTuple):
    """A pending change: the value is `origin` before `start_tick`, and `target` from `end_tick` on."""

    start_tick: int
    end_tick: float
    origin: Value
    target: Value

    def value_at(self, tick: int) -> Value:
        """Return the value at `tick`: numbers that glide follow a line from origin to target, others jump."""
        if tick >= self.end_tick:
            return self.target
        if tick < self.start_tick:
            return self.origin
        share = (tick - self.start_tick) / (self.end_tick - self.start_tick)
        return float(self.origin) + (float(self.target) - float(self.origin)) * share


class Automation:
    """Parameters over time. A later change of a parameter replaces its pending change or glide.

    `changes` is the number of calls of `schedule`.
    """

    def __init__(self, parameters: Parameters) -> None:
        self.current = parameters
        self.changes = 0
        self._pending: dict[str, Pending] = {}

    def schedule(
        self, changes: Mapping[str, Any], at: At = "now", over_beats: float = 0.0, *, next_tick: int
    ) -> float:
        """Schedule `changes` (by contract name) and return the beat at which they begin.

        `next_tick` is the tick to be composed next. `over_beats` is the length of the ramp of numbers that glide; other
        values jump. Raises ParameterError if a value is wrong; then no value changes.
        """
        wanted = check_all(changes)
        start_tick = boundary(next_tick, at)
        self.changes += 1
        for name, target in wanted.items():
            spec = SPECS[name]
            length_ticks = over_beats * TICKS_PER_BEAT if spec.smoothing == "ramp" else 0.0
            origin = self._value_at(name, next_tick)
            self._pending[name] = Pending(start_tick, start_tick + length_ticks, origin, target)
        return start_tick / TICKS_PER_BEAT

    def advance(self, tick: int) -> Parameters:
        """Apply the changes up to `tick` and return the parameters: the same object as before if nothing changed."""
        if self._pending:
            self.current = self.peek(tick)
            # A parameter of a bar's plan changes at once, but stays pending until the bar line, where it is heard.
            self._pending = {
                name: p for name, p in self._pending.items() if tick < heard_tick(name, ceil(p.end_tick))
            }
        return self.current

    def peek(self, tick: int) -> Parameters:
        """Return the parameters that `advance(tick)` would return, and change nothing."""
        values = {name: pending.value_at(tick) for name, pending in self._pending.items()}
        moved = {name: value for name, value in values.items() if value != self._held(name)}
        if not moved:
            return self.current
        return replace(self.current, **{SPECS[name].attribute: v for name, v in moved.items()})  # type: ignore[arg-type]

    def accepted(self, names: Iterable[str]) -> dict[str, Value]:
        """Return the accepted values: the target of a pending change, else the current value."""
        return {
            name: self._pending[name].target if name in self._pending else self._held(name) for name in names
        }

    def restart(self, tick: int, next_tick: int) -> None:
        """Continue from `tick` instead of `next_tick`: glides keep their progress, waiting changes begin."""
        self._pending = {
            name: p._replace(start_tick=start, end_tick=start + (p.end_tick - p.start_tick))
            for name, p in self._pending.items()
            for start in [tick - max(0, next_tick - p.start_tick)]
        }

    def pending(self) -> dict[str, dict[str, Value]]:
        """Return each pending change by contract name: its target, and the beats at which it begins and is complete."""
        return {
            name: {
                "target": p.target,
                "from_beat": heard_tick(name, p.start_tick) / TICKS_PER_BEAT,
                "until_beat": heard_tick(name, ceil(p.end_tick)) / TICKS_PER_BEAT,
            }
            for name, p in self._pending.items()
        }

    def _value_at(self, name: str, tick: int) -> Value:
        pending = self._pending.get(name)
        return self._held(name) if pending is None else pending.value_at(tick)

    def _held(self, name: str) -> Value:
        value: Value = getattr(self.current, SPECS[name].attribute)
        return value


def heard_tick(name: str, tick: int) -> int:
    """Return the first tick at which a change of parameter `name` that begins at `tick` is heard."""
    return boundary(tick, "bar") if SPECS[name].acts == "bar" else tick


def boundary(next_tick: int, at: At) -> int:
    """Return the first tick, not before `next_tick`, at which a change with this `at` can begin."""
    step = BOUNDARY_TICKS[at]
    return -(-next_tick // step) * step
