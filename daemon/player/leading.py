"""What leads the time of all decks: the internal clock or a foreign one, and the change between them."""

import logging
from collections.abc import Callable, Iterable
from typing import Final

from daemon.link.inputs import ClockIn
from daemon.link.player import ClockSource, ClockState, SetClock
from daemon.player.link import TimeSettings
from daemon.player.performance import Performance
from daemon.player.timing.clock import Clock
from daemon.player.timing.midi_clock import Command, MidiClock
from daemon.player.timing.sources import FollowedTime, InternalTime

# A tempo that changes is reported at most this often.
_TELL_SECONDS: Final = 0.25
_log: Final = logging.getLogger(__name__)


class Leading:
    """Gives each deck its time source. `decks` returns the decks, main first; `tell` sends the state to the composer."""

    def __init__(
        self,
        clock: Clock,
        settings: TimeSettings,
        decks: Callable[[], Iterable[Performance]],
        tell: Callable[[ClockState], None],
    ) -> None:
        self._clock, self._settings, self._decks, self._tell = clock, settings, decks, tell
        self._source: ClockSource = settings.source
        self._midi = MidiClock(128.0, obeys_position=settings.obeys_position)
        self._offset_ms = settings.offset_ms
        self._nudged_ms = 0.0
        self._is_locked = self._has_fallen_back = False
        self._early: Command | None = None  # a start that came before the first clock
        self._told: ClockState | None = None
        self._next_tell = 0.0

    def lead(self, deck: Performance) -> None:
        """Give a new deck its time source."""
        if self._leader != "internal":
            self._give(deck)

    def take(self, message: ClockIn | SetClock) -> None:
        """Follow the messages of a foreign clock, or change what leads."""
        if isinstance(message, ClockIn):
            self._hear(message)
        else:
            self._change(message)

    def _change(self, order: SetClock) -> None:
        before = self._offset_ms
        if order.offset_ms is not None:
            self._offset_ms = order.offset_ms
        later_ms = self._offset_ms - before + order.nudge_ms
        self._nudged_ms += order.nudge_ms
        for deck in self._decks() if later_ms else ():
            deck.playhead.time.shift(later_ms / 1e3)
            deck.look_ahead()
        if order.source is not None and order.source != self._source:
            self._source, self._has_fallen_back = order.source, False
            self._give_all()
        self.tell()

    def _hear(self, message: ClockIn) -> None:
        if self._midi.timeline is None:
            self._midi.tempo = next(iter(self._decks())).playhead.time.timeline.tempo
        for event in message.events:
            command = self._midi.hear(message.port, *event)
            if self._midi.timeline is None:
                self._early = command or self._early
            else:
                early, self._early = self._early, None
                self._found()
                for each in (early, command):
                    self._obey(each)
        if self._leader == "midi":
            for deck in self._decks():
                deck.look_ahead()

    def look(self, now: float) -> None:
        """Notice that a foreign clock is lost, and tell the composer of changes."""
        if self._is_locked and self._midi.is_lost(now):
            self._is_locked = False
            if self._source == "midi" and self._midi.runs is not False:
                self._lose()
        if now >= self._next_tell:
            self._next_tell = now + _TELL_SECONDS
            if self._state() != self._told:
                self.tell()

    def tell(self) -> None:
        """Tell the composer what leads."""
        self._told = self._state()
        self._tell(self._told)

    @property
    def _leader(self) -> ClockSource:
        return "internal" if self._has_fallen_back else self._source

    def _state(self) -> ClockState:
        is_followed = self._leader == "midi"
        return ClockState(
            self._source,
            self._leader,
            self._source == "internal" or self._is_locked,
            self._midi.runs if is_followed else None,
            round(next(iter(self._decks())).playhead.time.timeline.tempo, 1) if is_followed else 0.0,
            self._offset_ms,
        )

    def _found(self) -> None:
        if self._is_locked or self._midi.is_lost(self._clock.now()):
            return
        self._is_locked = True
        if self._has_fallen_back:
            _log.info("the MIDI clock is back and leads again")
            self._has_fallen_back = False
            self._give_all()

    def _lose(self) -> None:
        if not self._settings.fallback:
            _log.warning("the MIDI clock is lost; the music goes on at its last tempo")
            return
        _log.warning("the MIDI clock is lost; the internal clock leads until it returns")
        self._has_fallen_back = True
        self._give_all()

    def _obey(self, command: Command | None) -> None:
        if command is not None and self._leader == "midi":
            for deck in self._decks():
                deck.obey_clock(command)

    def _give_all(self) -> None:
        for deck in self._decks():
            self._give(deck)

    def _give(self, deck: Performance) -> None:
        before = deck.playhead.time.timeline
        if self._leader == "midi":
            later = (self._offset_ms + self._nudged_ms) / 1e3
            deck.use_time(FollowedTime(self._midi, before, later))
        else:
            deck.use_time(InternalTime(before))
