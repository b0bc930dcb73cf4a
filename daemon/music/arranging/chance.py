"""Chance by name: the same words always give the same number."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final, TypeVar

_T = TypeVar("_T")
_RANGE: Final = 1 << 64


def chance(*words: object) -> float:
    """A number in [0, 1), decided by the words alone; other words, another number."""
    return int.from_bytes(blake2b(repr(words).encode(), digest_size=8).digest()) / _RANGE


def weighed(weights: Mapping[_T, float], draw: float) -> _T:
    """The key that `draw`, in [0, 1), falls upon when each takes up its weight; weights are above 0."""
    left = draw * sum(weights.values())
    for key, weight in weights.items():
        left -= weight
        if left < 0:
            return key
    return next(reversed(weights.keys()))  # type: ignore[call-overload, no-any-return]  # rounding


def rounded(level: float, draw: float) -> int:
    """A level between two whole ones is the higher one as often as it is near it."""
    return int(round(level, 6) + draw)
