"""Slow calls to the MIDI system, made one by one while no note is near.

JACK opens a port as a client of its own, which takes 10 to 40 ms. The whole process waits meanwhile, all threads
included, so notes of other decks would be late.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

QUIET_SECONDS: Final = 0.03
"""A chore begins if no note begins within this time."""
PATIENCE_SECONDS: Final = 0.5
"""A chore that has waited this long begins in any case."""


class _Chore(NamedTuple):
    do: Callable[[], None]
    from_seconds: float
    until_seconds: float


class Chores:
    """Chores in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: list[_Chore] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, do: Callable[[], None], now: float, after_seconds: float = 0.0) -> None:
        """Call `do` once, in a `turn` at least `after_seconds` after `now`."""
        begins = now + after_seconds
        self._waiting.append(_Chore(do, begins, begins + PATIENCE_SECONDS))

    def turn(self, now: float, next_note: Callable[[], float]) -> bool:
        """Do the first chore whose time has come, and return whether there was one.

        `next_note` returns when the next note begins, in seconds of the clock.
        """
        ready = next((each for each in self._waiting if each.from_seconds <= now), None)
        if ready is None or (now < ready.until_seconds and next_note() < now + QUIET_SECONDS):
            return False
        self._waiting.remove(ready)
        ready.do()
        return True
