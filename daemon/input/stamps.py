"""The times of a port's messages, from the driver's delta times."""

import math


class Stamps:
    """Turns delta times into seconds of `time.perf_counter`.

    A driver says how long after the previous message each one came, in its own time. So times between messages are as exact
    as the driver, however late this process reads them: microseconds with ALSA and CoreMIDI, a millisecond with WinMM; with
    JACK each message gets the time at which its period began. The place of the first message in our time follows from two
    facts: a message came before we read it, and after we last found the queue empty. Each message narrows it, also when the
    two clocks drift or the driver has dropped messages. It starts within one interval of reading (2 to 10 ms) and is
    typically within 0.3 ms after some dozen messages.
    """

    def __init__(self) -> None:
        self._driver_seconds = 0.0
        self._offset_seconds: float | None = None
        self._empty_seconds = -math.inf

    def stamp(self, delta_seconds: float, now: float) -> float:
        """Return the time of the next message; `now` is a time after it was read."""
        self._driver_seconds += delta_seconds
        if self._offset_seconds is None:
            self._offset_seconds = now - self._driver_seconds
        likely = self._driver_seconds + self._offset_seconds
        seconds = min(max(likely, self._empty_seconds), now)
        self._offset_seconds += seconds - likely
        return seconds

    def found_empty(self, seconds: float) -> None:
        """Note that no message waited at a time."""
        self._empty_seconds = seconds
