"""How drummers play, as a bundle tells it: each drum's lateness and accent by its place in the bar."""

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
    """Means and standard deviations, (9, 16) each, by drum and sixteenth of the bar."""

    mean: Rows
    spread: Rows


class Groove(NamedTuple):
    """`late` in ticks after the grid; `accent`: velocity against the drum's median in its song."""

    late: Spread
    accent: Spread


def loads(content: bytes) -> Groove:
    """Read a groove in JSON; ValueError says why it is none."""
    try:
        table = json.loads(content)
        _insist(table["format"] == FORMAT, f"its format is {table['format']!r:.20}, not {FORMAT}")
        _insist(table["drums"] == list(DRUMS), "its drums are others")
        late = _spread(table["late_ticks"], lambda value: abs(value) <= _LARGEST_LATE_TICKS)
        return Groove(late, _spread(table["accent"], lambda value: 0 <= value <= _LARGEST_ACCENT))
    except (TypeError, KeyError) as error:
        raise ValueError(f"it cannot be read ({type(error).__name__}: {error})") from None


def _spread(table: Mapping[str, Any], is_mean: Callable[[float], bool]) -> Spread:
    mean, spread = _rows(table["mean"]), _rows(table["spread"])
    _insist(all(is_mean(value) for row in mean for value in row), "a mean is out of range")
    _insist(all(value >= 0 for row in spread for value in row), "a spread is below 0")
    return Spread(mean, spread)


def _rows(rows: Sequence[Sequence[float]]) -> Rows:
    shaped = len(rows) == len(DRUMS) and all(len(row) == TICKS_PER_BAR for row in rows)
    _insist(shaped, f"it has no {TICKS_PER_BAR} places for each of {len(DRUMS)} drums")
    _insist(all(_is_number(value) for row in rows for value in row), "it holds what is no number")
    return tuple(tuple(map(float, row)) for row in rows)


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and isfinite(value)  # type: ignore[arg-type]


def _insist(fits: bool, otherwise: str) -> None:
    if not fits:
        raise ValueError(otherwise)


def _everywhere(value: float) -> Rows:
    return ((value,) * TICKS_PER_BAR,) * len(DRUMS)


# For a bundle that learned from no drummer: the same spread at every place.
EVEN: Final = Groove(Spread(_everywhere(0.0), _everywhere(0.14)), Spread(_everywhere(1.0), _everywhere(0.3)))
