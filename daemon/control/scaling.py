"""A parameter's value as a position from 0 to 1, as knobs and faders have it, and back."""

from typing import Final, Literal, get_args

from daemon.parameters import Spec, Value

Curve = Literal["linear", "exp", "log"]
"""How the value follows the knob: evenly, slowly at the bottom (`exp`), or fast at the bottom (`log`)."""

CURVES: Final = get_args(Curve)
_BEND: Final[dict[Curve, float]] = {"linear": 1.0, "exp": 2.0, "log": 0.5}


def value_at(
    spec: Spec, position: float, low: float | None = None, high: float | None = None, curve: Curve = "linear"
) -> Value:
    """Return the value at `position` (0 to 1) between `low` and `high`, or in the whole range of the parameter.

    Switches are on from the middle up; choices lie side by side in equal steps. `low` may lie above `high`.
    """
    position = min(max(position, 0.0), 1.0) ** _BEND[curve]
    if spec.kind == "bool":
        return position >= 0.5
    if spec.kind == "choice":
        return spec.choices[round(position * (len(spec.choices) - 1))]
    bottom, top = _bounds(spec, low, high)
    # Written so that both ends are met exactly.
    value = bottom * (1 - position) + top * position
    return round(value) if spec.kind == "int" else min(max(value, spec.low), spec.high)


def position_of(
    spec: Spec, value: Value, low: float | None = None, high: float | None = None, curve: Curve = "linear"
) -> float:
    """Return the position from 0 to 1 at which `value_at` gives `value`, or the nearest to it."""
    if isinstance(value, str):
        position = spec.choices.index(value) / max(len(spec.choices) - 1, 1)
    elif spec.kind == "bool":
        position = float(value)
    else:
        bottom, top = _bounds(spec, low, high)
        position = (value - bottom) / (top - bottom)
    return float(min(max(position, 0.0), 1.0) ** (1 / _BEND[curve]))


def _bounds(spec: Spec, low: float | None, high: float | None) -> tuple[float, float]:
    return spec.low if low is None else low, spec.high if high is None else high
