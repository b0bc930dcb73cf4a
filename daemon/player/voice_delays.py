"""The delay of each voice, and how far the schedule runs ahead of what is heard for voices that are sent earlier."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from daemon.player.performance import Performance
from daemon.player.timing.delay_line import Lane
from models.notes import Voice

_STEP_SECONDS: Final = 0.005


class VoiceDelays:
    """`ms` has the delays, `ahead` is in seconds. All decks have the same."""

    def __init__(self, decks: Callable[[], Iterable[Performance]], delays: Mapping[Voice, float]) -> None:
        self._decks = decks
        self.ms: dict[Voice, float] = {}
        self.ahead = self._wanted = 0.0
        self._seconds: Mapping[Lane, float] = {}
        self.change(delays)
        self.ahead = self._wanted

    def give(self, deck: Performance) -> None:
        """Give a new deck the delays."""
        deck.playhead.line.delays, deck.playhead.line.ahead = self._seconds, self.ahead

    def change(self, delays: Mapping[Voice, float]) -> None:
        """Set the delays of voices, in ms."""
        self.ms = {**self.ms, **delays}
        self._seconds = {voice: ms / 1e3 for voice, ms in self.ms.items()}
        self._wanted = max(0.0, -min(self._seconds.values(), default=0.0))
        for deck in self._decks():
            self.give(deck)

    def approach(self) -> None:
        """Move the schedule to where it is wanted, by small steps, so that no tick is skipped."""
        missing = self._wanted - self.ahead
        if not missing:
            return
        step = min(max(missing, -_STEP_SECONDS), _STEP_SECONDS)
        self.ahead = self._wanted if step == missing else self.ahead + step
        for deck in self._decks():
            self.give(deck)
            deck.playhead.time.shift(-step)
            deck.look_ahead()

    def arrive(self) -> None:
        """Be where it is wanted at once: the timelines that the decks take over from a dead player are so already."""
        later, self.ahead = self.ahead - self._wanted, self._wanted
        for deck in self._decks():
            self.give(deck)
            deck.playhead.time.shift(later)
            deck.look_ahead()
