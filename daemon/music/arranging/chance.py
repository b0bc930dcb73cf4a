"""Random numbers that depend only on their arguments: equal arguments give equal numbers."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final, TypeVar

_T = TypeVar("_T")
_RANGE: Final = 1 << 64


def chance(*words: object) -> float:
    """Return a number in [0, 1) that depends only on `words`."""
    return int.from_bytes(blake2b(repr(words).encode(), digest_size=8).digest()) / _RANGE


def weighed(weights: Mapping[_T, float], draw: float) -> _T:
    """Return a key of `weights` with a probability proportional to its weight, for a uniform `draw` in [0, 1).

    All weights are above 0.
    """
    left = draw * sum(weights.values())
    for key, weight in weights.items():
        left -= weight
        if left < 0:
            return key
    return next(reversed(weights.keys()))  # type: ignore[call-overload, no-any-return]  # only after a rounding error


def rounded(level: float, draw: float) -> int:
    """Round `level` up with the probability of its fraction, else down, for a uniform `draw` in [0, 1)."""
    return int(round(level, 6) + draw)
