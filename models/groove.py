"""A bundle's statistics of drummers: each drum's lateness and accent for every sixteenth of the bar."""

import json
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, Final, NamedTuple

from models.codecs.percussion import DRUMS
from models.notes import TICKS_PER_BAR

FORMAT: Final = 1
_LARGEST_LATE_TICKS: Final = 0.5
_LARGEST_ACCENT: Final = 127.0

Rows = tuple[tuple[float, ...], ...]


class Spread(NamedTuple):
    """Means and standard deviations, each (9, 16): by drum and sixteenth of the bar."""

    mean: Rows
    spread: Rows


class Groove(NamedTuple):
    """`late` is in ticks after the grid; `accent` is velocity divided by the drum's median velocity in its song."""

    late: Spread
    accent: Spread


def loads(content: bytes) -> Groove:
    """Read a groove from JSON. Raises ValueError with the cause if it is not valid."""
    try:
        table = json.loads(content)
        _require(table["format"] == FORMAT, f"its format is {table['format']!r:.20}, not {FORMAT}")
        _require(table["drums"] == list(DRUMS), f"its drums are not {', '.join(DRUMS)}")
        late = _spread(table["late_ticks"], lambda value: abs(value) <= _LARGEST_LATE_TICKS)
        return Groove(late, _spread(table["accent"], lambda value: 0 <= value <= _LARGEST_ACCENT))
    except (TypeError, KeyError) as error:
        raise ValueError(f"it cannot be read ({type(error).__name__}: {error})") from None


def _spread(table: Mapping[str, Any], is_mean: Callable[[float], bool]) -> Spread:
    mean, spread = _rows(table["mean"]), _rows(table["spread"])
    _require(all(is_mean(value) for row in mean for value in row), "a mean is out of range")
    _require(all(value >= 0 for row in spread for value in row), "a spread is below 0")
    return Spread(mean, spread)


def _rows(rows: Sequence[Sequence[float]]) -> Rows:
    shaped = len(rows) == len(DRUMS) and all(len(row) == TICKS_PER_BAR for row in rows)
    _require(shaped, f"it does not have {TICKS_PER_BAR} numbers for each of {len(DRUMS)} drums")
    _require(
        all(_is_number(value) for row in rows for value in row), "one of its values is not a finite number"
    )
    return tuple(tuple(map(float, row)) for row in rows)


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and isfinite(value)  # type: ignore[arg-type]


def _require(fits: bool, otherwise: str) -> None:
    if not fits:
        raise ValueError(otherwise)


def _everywhere(value: float) -> Rows:
    return ((value,) * TICKS_PER_BAR,) * len(DRUMS)


# For a bundle without drummers in its training data: the same spread at every sixteenth.
EVEN: Final = Groove(Spread(_everywhere(0.0), _everywhere(0.14)), Spread(_everywhere(1.0), _everywhere(0.3)))
