"""What leads the time of all decks: the internal clock, a foreign one or a Link session, and the change between them."""

import logging
from collections.abc import Callable, Iterable
from typing import Final

from daemon.link.inputs import (
    ChangeSession,
    ClockIn,
    FromPlayerToInput,
    JoinSession,
    LeaveSession,
    NewInput,
    SessionState,
)
from daemon.link.player import ClockSource, ClockState, Inherit, SetClock
from daemon.player.link import TimeSettings
from daemon.player.performance import Performance
from daemon.player.timing.clock import Clock
from daemon.player.timing.follower import LOST_SECONDS
from daemon.player.timing.midi_clock import Command, MidiClock
from daemon.player.timing.session import SessionClock
from daemon.player.timing.sources import FollowedTime, InternalTime
from daemon.player.voice_delays import VoiceDelays

# A tempo that changes is reported at most this often.
_TELL_SECONDS: Final = 0.25
_log: Final = logging.getLogger(__name__)


class Leading:
    """Gives each deck its time source.

    `decks` returns the decks, main first; `tell` sends the state to the composer, `order` a message to the input process.
    """

    def __init__(
        self,
        clock: Clock,
        settings: TimeSettings,
        decks: Callable[[], Iterable[Performance]],
        tell: Callable[[ClockState], None],
        order: Callable[[FromPlayerToInput], None],
    ) -> None:
        self._clock, self._settings, self._decks = clock, settings, decks
        self._tell, self._order = tell, order
        self._source: ClockSource = settings.source
        self._midi = MidiClock(128.0, obeys_position=settings.obeys_position)
        self._session = SessionClock()
        self._played = False
        self._chosen_seconds = clock.now()
        self._offset_ms = settings.offset_ms
        self._nudged_ms = 0.0
        self._delays = VoiceDelays(decks, settings.delays)
        self._is_locked = self._has_fallen_back = self._is_heir = False
        self._early: Command | None = None  # a start that came before the first clock
        self._told: ClockState | None = None
        self._next_tell = 0.0

    def give(self, deck: Performance) -> None:
        """Give a new deck its time source and the delays of its voices."""
        self._delays.give(deck)
        if self._leader != "internal":
            self._give_time(deck)

    def succeed(self) -> None:
        """Go on for a player that has died."""
        if not self._plays:
            self._delays.arrive()

    def take(self, message: ClockIn | SessionState | SetClock | Inherit | NewInput) -> None:
        """Follow the messages of a foreign clock or a session, or change what leads."""
        match message:
            case ClockIn():
                self._hear(message)
            case SessionState() if self._source == "link":
                self._hear_session(message)
            case SetClock():
                self._change(message)
            case Inherit(clock):
                self._inherit(clock)
            case NewInput():
                self._session.rejoin()
                self._join()
            case _:  # it was on its way when the session was left
                pass

    def _join(self) -> None:
        if self._source == "link":
            timeline = self._main.playhead.time.timeline.later(-self._later_seconds)
            self._order(JoinSession(timeline, self._settings.shares_start))

    def _change(self, order: SetClock) -> None:
        if order.source is not None and order.source != self._source:
            self._choose(order.source)
        before = self._offset_ms
        if order.offset_ms is not None:
            self._offset_ms = order.offset_ms
        later_ms = self._offset_ms - before + order.nudge_ms
        if self._source != "internal":  # its own timeline keeps a nudge
            self._nudged_ms += order.nudge_ms
        self._shift(later_ms)
        if order.delays is not None:
            self._delays.change(order.delays)
        if order.tempo is not None and self._source == "link":
            self._order(ChangeSession(order.tempo))
        self.tell()

    def _shift(self, later_ms: float) -> None:
        for deck in self._decks() if later_ms else ():
            deck.playhead.time.shift(later_ms / 1e3)
            deck.look_ahead()

    def _inherit(self, clock: ClockState) -> None:
        """Go on as a dead player: its nudges, and whether its MIDI clock was there and its transport ran."""
        if self._source != "internal":
            self._nudged_ms += clock.nudged_ms
            self._shift(clock.nudged_ms)
        if self._source == clock.source == "midi":
            self._midi.inherit(clock.song, self._clock.now(), runs=clock.runs, is_locked=clock.is_locked)
            self._is_locked = self._is_locked or clock.is_locked
            if clock.leader == "internal" and not self._is_locked:
                self._has_fallen_back = True
                self._give_all()
        self._is_heir = True
        self.tell()

    def _choose(self, source: ClockSource) -> None:
        if self._source == "link":
            self._order(LeaveSession())
        self._source, self._has_fallen_back = source, False
        self._session, self._is_locked = SessionClock(), False
        self._chosen_seconds = self._clock.now()
        self._nudged_ms = 0.0
        self._join()
        self._give_all()

    def _hear(self, message: ClockIn) -> None:
        if self._midi.timeline is None:
            self._midi.tempo = self._main.playhead.time.timeline.tempo
        for event in message.events:
            command = self._midi.hear(message.port, *event)
            if self._source == "link":
                continue
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

    def _hear_session(self, state: SessionState) -> None:
        """Follow a session. The music starts with the first state, unless others share start and stop and have stopped."""
        is_first, is_anew = self._session.timeline is None, self._session.is_begun_anew_by(state)
        for command in self._session.hear(state):
            self._obey(command)
        self._is_locked = True
        if is_anew:  # it does not know yet whether the music plays
            self._played = bool(self._session.is_playing)
        if is_first:
            has_others = self._session.peers > 0
            self._played = has_others and self._plays  # who joins does not start others
            self._give_all(starts=not (has_others and self._session.is_playing is False))
        for deck in self._decks():
            deck.look_ahead()

    def _share_start(self) -> None:
        """Start or stop the session if the music here has started or stopped by itself."""
        plays, before = self._plays, self._played
        self._played = plays
        if plays != before and self._session.is_playing not in (None, plays):
            now = self._clock.now()
            self._session.expect(now, is_playing=plays)
            begins = min((deck.next_tick_seconds() for deck in self._decks() if deck.is_playing), default=now)
            self._order(ChangeSession(is_playing=plays, seconds=begins - self._later_seconds))

    @property
    def _plays(self) -> bool:
        return any(deck.is_playing for deck in self._decks())

    @property
    def _main(self) -> Performance:
        return next(iter(self._decks()))

    def look(self, now: float) -> None:
        """Notice that a foreign clock is lost, share start and stop, and tell the composer of changes."""
        self._delays.approach()
        if self._source == "link":
            self._is_locked = not self._session.is_lost(now)
            self._share_start()
        elif self._midi.is_lost(now):
            was_locked, self._is_locked = self._is_locked, False
            if self._source == "midi":
                self._miss(now, was_locked=was_locked)
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
        is_midi = self._leader == "midi"
        # The tempo of a MIDI clock moves with its jitter, that of a session is exact.
        tempo = (
            0.0
            if self._leader == "internal"
            else round(self._main.playhead.time.timeline.tempo, 1 if is_midi else 3)
        )
        return ClockState(
            self._source,
            self._leader,
            self._source == "internal" or self._is_locked,
            self._midi.runs if is_midi else self._session.is_playing,
            tempo,
            self._offset_ms,
            self._session.peers,
            self._delays.ms,
            self._nudged_ms,
            self._delays.ahead + max(-self._offset_ms, 0.0) / 1e3,
            self._midi.song if is_midi else None,
            self._is_heir,
        )

    def _found(self) -> None:
        if self._is_locked or self._midi.is_lost(self._clock.now()):
            return
        self._is_locked = True
        if self._has_fallen_back:
            _log.info("the MIDI clock is back and leads again")
            self._has_fallen_back = False
            self._give_all()

    def _miss(self, now: float, *, was_locked: bool) -> None:
        """Let the internal clock lead, if the foreign one is lost, or never came, while the music is to play."""
        if was_locked:
            if self._midi.runs is not False:
                self._lose()
        elif (self._plays and self._settings.fallback and not self._has_fallen_back) and (
            now - self._chosen_seconds > LOST_SECONDS
        ):
            self._lose()

    def _lose(self) -> None:
        if not self._settings.fallback:
            _log.warning("the MIDI clock is lost; the music goes on at its last tempo")
            return
        _log.warning("the MIDI clock is lost; the internal clock leads until it returns")
        self._has_fallen_back = True
        self._give_all()

    def _obey(self, command: Command | None) -> None:
        if command is not None and self._leader != "internal":
            for deck in self._decks():
                deck.obey_clock(command)

    def _give_all(self, *, starts: bool = True) -> None:
        for deck in self._decks():
            self._give_time(deck, starts=starts)

    def _give_time(self, deck: Performance, *, starts: bool = True) -> None:
        before = deck.playhead.time.timeline
        if self._leader == "internal":
            deck.use_time(InternalTime(before))
            return
        followed = self._midi if self._leader == "midi" else self._session
        deck.use_time(FollowedTime(followed, before, self._later_seconds), starts=starts)

    @property
    def _later_seconds(self) -> float:
        return (self._offset_ms + self._nudged_ms) / 1e3 - self._delays.ahead
