"""Pairs of presets between which a fader morphs: read once, not for each of its positions."""

import time
from typing import Final

from daemon.workers.jobs import PresetPair

_MOST: Final = 8
# A preset may be edited with other programs meanwhile.
_FRESH_SECONDS: Final = 5.0


class Pairs:
    """The last pairs that were read, by their names."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str], tuple[PresetPair, float]] = {}

    def get(self, first: str, second: str) -> PresetPair | None:
        """Return a pair that was read a moment ago."""
        pair, read = self._pairs.get((first, second), (None, 0.0))
        return pair if time.monotonic() - read < _FRESH_SECONDS else None

    def put(self, first: str, second: str, pair: PresetPair) -> None:
        """Keep a pair that was read now."""
        self._pairs.pop((first, second), None)
        while len(self._pairs) >= _MOST:
            del self._pairs[next(iter(self._pairs))]
        self._pairs[first, second] = pair, time.monotonic()

    def forget(self) -> None:
        """Forget all pairs, because a preset was changed."""
        self._pairs.clear()
