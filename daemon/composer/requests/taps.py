"""The tempo of taps: the median of the times between the last ones, so that one bad tap moves little."""

import statistics
from typing import Final

# After a longer pause the taps before it are of another tempo.
_LONGEST_SECONDS: Final = 2.5
_MOST: Final = 9


class Taps:
    """The last taps of one tempo."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def tap(self, now: float) -> float | None:
        """Note a tap at a time in seconds; return the tempo in BPM from the second one on."""
        if self._times and now - self._times[-1] > _LONGEST_SECONDS:
            self._times.clear()
        self._times = [*self._times[1 - _MOST :], now]
        if len(self._times) < 2:
            return None
        between = [later - earlier for earlier, later in zip(self._times, self._times[1:], strict=False)]
        return 60.0 / max(statistics.median(between), 1e-3)
