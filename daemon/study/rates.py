"""How often one origin may ask: its allowance refills with time. Addresses are kept in memory only, and only briefly."""

import threading
import time
from collections.abc import Callable

_MOST_ORIGINS = 4096


class Allowance:
    """Lets each origin do something `most` times at once, and that many times again every `seconds`."""

    def __init__(self, most: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._most, self._rate, self._now = most, most / seconds, now
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def allows(self, origin: str) -> bool:
        """Take one from the allowance of an origin. Return False if nothing is left."""
        now = self._now()
        with self._lock:
            if len(self._left) >= _MOST_ORIGINS:
                self._forget(now)
            left, since = self._left.get(origin, (float(self._most), now))
            left = min(left + (now - since) * self._rate, self._most)
            is_allowed = left >= 1
            self._left[origin] = (left - is_allowed, now)
            return is_allowed

    def give_back(self, origin: str) -> None:
        """Undo what `allows` took, because the origin did not get what it asked for."""
        with self._lock:
            if origin in self._left:
                left, since = self._left[origin]
                self._left[origin] = (min(left + 1, self._most), since)

    def _forget(self, now: float) -> None:
        """Forget origins whose allowance is full again; if all still wait, forget them all."""
        waiting = {
            origin: (left, since)
            for origin, (left, since) in self._left.items()
            if left + (now - since) * self._rate < self._most
        }
        self._left = waiting if len(waiting) < _MOST_ORIGINS else {}
