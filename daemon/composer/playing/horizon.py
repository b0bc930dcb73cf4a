"""How far ahead of the player a deck is composed, and how long that takes."""

from typing import Final

from daemon.link.timeline import Timeline
from daemon.music.deck.deck import Deck
from models.notes import PULSES_PER_TICK, TICKS_PER_BEAT

# A pass begins before its first tick by this time plus this multiple of its composing time.
SAFE_SECONDS: Final = 0.006
_SAFE_SHARE: Final = 1.5
# If composing the horizon takes longer than this, a pass composes only a part of it, so that changes stay fast.
_LONGEST_PASS_TICKS: Final = 0.5
# The weight of a new measurement in the average composing time.
_FOLLOWS: Final = 0.1
_LONGEST_TICK_SECONDS: Final = 0.05
_FIRST_GUESS_SECONDS: Final = 0.001


class Horizon:
    """The ticks that have not begun and whose lengths sum to `seconds`, and one more. A system may need a longer one.

    `tick_seconds` is how long a tick takes to compose at present. `led_tempo` is the tempo of a foreign clock that leads,
    in BPM.
    """

    def __init__(self, deck: Deck, seconds: float) -> None:
        self.tick_seconds = _FIRST_GUESS_SECONDS
        self.led_tempo: float | None = None
        self._deck, self._seconds = deck, seconds

    def measured(self, seconds: float) -> None:
        """Record how long a tick took. A time that contains a stop of this process says nothing about ticks."""
        self.tick_seconds += _FOLLOWS * (min(seconds, _LONGEST_TICK_SECONDS) - self.tick_seconds)

    def is_full(self, share: float = 1.0) -> bool:
        """Return whether this share of the horizon is composed."""
        deck = self._deck
        wanted, seconds, tick = share * self._seconds, 0.0, deck.next_tick
        if deck.head <= tick:
            return False
        while tick < deck.head and seconds < wanted:
            seconds += self._seconds_of(tick)
            tick += 1
        return seconds >= wanted and tick + int(share * deck.extra_ticks) < deck.head

    @property
    def extra_seconds(self) -> float:
        """How much longer than usual the horizon must be, in seconds."""
        return self._deck.extra_ticks * self._seconds_of(self._deck.next_tick)

    def latest_start(self, tick: int, timeline: Timeline) -> float:
        """Return the latest time at which a pass from `tick` on must begin."""
        return starts(tick, timeline) - SAFE_SECONDS - _SAFE_SHARE * self.pass_seconds()

    def pass_seconds(self) -> float:
        """Return the estimated duration of a pass: the time to compose the horizon, at most half a tick."""
        tick_seconds = self._seconds_of(self._deck.next_tick)
        ticks = self._seconds / tick_seconds + 1 + self._deck.extra_ticks
        return min(self.tick_seconds * ticks, tick_seconds * _LONGEST_PASS_TICKS)

    def _seconds_of(self, tick: int) -> float:
        if (tempo := self.led_tempo) is None:
            ticked = self._deck.ticked(tick)
            tempo = self._deck.state(tick).parameters.tempo if ticked is None else ticked.parameters.tempo
        return 60.0 / (tempo * TICKS_PER_BEAT)


def starts(tick: int, timeline: Timeline) -> float:
    """Return the time of a tick."""
    return timeline.seconds_at(tick * PULSES_PER_TICK)
