"""The only place that reads the time and sleeps; tests use a clock that jumps instead."""

import time
from typing import Final, Protocol

SPIN_SECONDS: Final = 0.0003
"""A sleeping process may wake about this late, so the last part of each wait is a busy loop."""


class Clock(Protocol):
    """Monotonic seconds and a way to wait for them."""

    def now(self) -> float:
        """Return the time in seconds; all processes of the machine share it."""

    def sleep_until(self, deadline: float) -> None:
        """Return at `deadline` (in seconds of `now`), or at once if it is past."""


class SystemClock:
    """`time.perf_counter`, with waits that end within microseconds of their deadline."""

    def now(self) -> float:
        """Return the seconds of `time.perf_counter`."""
        return time.perf_counter()

    def sleep_until(self, deadline: float) -> None:
        """Sleep until shortly before `deadline`, then loop until it is reached."""
        slack = deadline - time.perf_counter() - SPIN_SECONDS
        if slack > 0.0:
            time.sleep(slack)
        while time.perf_counter() < deadline:
            pass


class VirtualClock:
    """A clock that moves only when `sleep_until` is called."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def now(self) -> float:
        """Return the virtual seconds."""
        return self.seconds

    def sleep_until(self, deadline: float) -> None:
        """Jump to `deadline`, but never backwards."""
        self.seconds = max(self.seconds, deadline)
