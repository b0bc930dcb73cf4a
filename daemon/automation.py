"""Pending changes of parameters: what was asked for, and the snapshot that each tick adopts."""

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
    """One parameter on its way: it holds `origin` before `start_tick` and `target` from `end_tick` on."""

    start_tick: int
    end_tick: float
    origin: Value
    target: Value

    def value_at(self, tick: int) -> Value:
        """Value at `tick`: a line from origin to target for numbers that glide, else a switch."""
        if tick >= self.end_tick:
            return self.target
        if tick < self.start_tick:
            return self.origin
        share = (tick - self.start_tick) / (self.end_tick - self.start_tick)
        return float(self.origin) + (float(self.target) - float(self.origin)) * share


class Automation:
    """Parameters over time. A later change of a parameter replaces what is pending or gliding for it.

    `changes` counts what was asked for.
    """

    def __init__(self, parameters: Parameters) -> None:
        self.current = parameters
        self.changes = 0
        self._pending: dict[str, Pending] = {}

    def schedule(
        self, changes: Mapping[str, Any], at: At = "now", over_beats: float = 0.0, *, next_tick: int
    ) -> float:
        """Ask for `changes` (by contract name) and return the beat at which they begin.

        `next_tick` is the tick to be composed next; `over_beats` is the length of a ramp from there on, for
        numbers that glide: the rest switches at once. All or nothing: ParameterError changes nothing.
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
        """Adopt and return the snapshot of `tick`; the same object as before when nothing changed."""
        if self._pending:
            self.current = self.peek(tick)
            # What a bar's plan is made of is adopted at once, and waits until the bar line all the same.
            self._pending = {
                name: p for name, p in self._pending.items() if tick < heard_tick(name, ceil(p.end_tick))
            }
        return self.current

    def peek(self, tick: int) -> Parameters:
        """Snapshot that `tick` would adopt, changing nothing: what a reader is shown before it is heard."""
        values = {name: pending.value_at(tick) for name, pending in self._pending.items()}
        moved = {name: value for name, value in values.items() if value != self._held(name)}
        if not moved:
            return self.current
        return replace(self.current, **{SPECS[name].attribute: v for name, v in moved.items()})  # type: ignore[arg-type]

    def accepted(self, names: Iterable[str]) -> dict[str, Value]:
        """Values that were asked for and granted: the target of what is pending, else what holds."""
        return {
            name: self._pending[name].target if name in self._pending else self._held(name) for name in names
        }

    def restart(self, tick: int, next_tick: int) -> None:
        """Go on from `tick` where `next_tick` was due: glides keep their progress, what waits begins."""
        self._pending = {
            name: p._replace(start_tick=start, end_tick=start + (p.end_tick - p.start_tick))
            for name, p in self._pending.items()
            for start in [tick - max(0, next_tick - p.start_tick)]
        }

    def pending(self) -> dict[str, dict[str, Value]]:
        """Tell what is on its way, by contract name: target, and the beats from which on it is heard and has arrived."""
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
    """The tick from which on a change of a parameter that begins at `tick` is heard."""
    return boundary(tick, "bar") if SPECS[name].acts == "bar" else tick


def boundary(next_tick: int, at: At) -> int:
    """First tick, not before `next_tick`, at which a change asked for `at` can begin."""
    step = BOUNDARY_TICKS[at]
    return -(-next_tick // step) * step
