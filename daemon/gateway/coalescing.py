"""Many requests for the same thing, carried out as few."""

from math import inf


class Coalescing:
    """Carries a request out at once, and all that follow within `seconds` together, once, when these are over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = -inf
        self._is_asked = False

    def ask(self) -> None:
        """Note that it is wanted."""
        self._is_asked = True

    def is_due(self, now: float) -> bool:
        """Whether to do it now, which counts as done. `now` in seconds of a monotonic clock."""
        if not self._is_asked or now - self._last < self._seconds:
            return False
        self._is_asked, self._last = False, now
        return True
