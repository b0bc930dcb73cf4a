"""Between two sets of parameters: numbers that glide lie on a line, everything else switches in the middle."""

from collections.abc import Mapping

from daemon.parameters import SPECS, Value


def between(first: Mapping[str, Value], second: Mapping[str, Value], position: float) -> dict[str, Value]:
    """Return the values at a position from 0, the first set, to 1, the second, of the names that both have."""
    return {name: _between(name, first[name], second[name], position) for name in first if name in second}


def _between(name: str, first: Value, second: Value, position: float) -> Value:
    if SPECS[name].smoothing == "ramp" and first != second:
        # In this form both ends are exact; between equal numbers it would round.
        return (1 - position) * float(first) + position * float(second)
    return second if position >= 0.5 else first
