"""The one place that reads the time and sleeps; tests put a clock here that jumps."""

import time
from typing import Final, Protocol

SPIN_SECONDS: Final = 0.0003
"""A sleeping process is woken up to about this late; the rest of a wait is spun."""


class Clock(Protocol):
    """Monotonic seconds and a way to wait for them."""

    def now(self) -> float:
        """Return the time in seconds, the same for all processes of the machine."""

    def sleep_until(self, deadline: float) -> None:
        """Return at `deadline` (seconds of `now`), at once if it is past."""


class SystemClock:
    """`time.perf_counter`, with waits that end within microseconds of their deadline."""

    def now(self) -> float:
        """Return the seconds of `time.perf_counter`."""
        return time.perf_counter()

    def sleep_until(self, deadline: float) -> None:
        """Sleep to shortly before `deadline`, then spin."""
        slack = deadline - time.perf_counter() - SPIN_SECONDS
        if slack > 0.0:
            time.sleep(slack)
        while time.perf_counter() < deadline:
            pass


class VirtualClock:
    """Time that passes only by being waited for."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def now(self) -> float:
        """Return the virtual seconds."""
        return self.seconds

    def sleep_until(self, deadline: float) -> None:
        """Jump to `deadline`; time never goes back."""
        self.seconds = max(self.seconds, deadline)
