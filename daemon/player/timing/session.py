"""An Ableton Link session as a clock: its tempo and bars, and whether its transport runs."""

from typing import Final

from daemon.link.inputs import SessionState
from daemon.link.timeline import Timeline
from daemon.player.timing.midi_clock import Command
from models.notes import PULSES_PER_BAR, PULSES_PER_CLOCK

# A session that is silent for so long has no peer here: the input process has ended, and another one joins again.
_LOST_SECONDS: Final = 3.0
_ON_ITS_WAY_SECONDS: Final = 0.5


class SessionClock:
    """Follows a session. Its beats may jump when sessions merge; the pulses here go on, and the bars move among them.

    So a session is like a MIDI clock whose song position jumps. The bars have no numbers that all peers share:
    positions count from the bar in which this clock was heard first. `is_playing` is None if start and stop are not shared.
    """

    port = ""
    runs = True
    # The grid of a session always runs, so a command may act at any pulse.
    next_pulse = -(1 << 60)
    has_song = False

    def __init__(self) -> None:
        self.timeline: Timeline | None = None
        self.peers = 0
        self.is_playing: bool | None = None
        self._heard = self._expected_until = float("-inf")
        self._by_pulses = self._zero = 0
        self._is_rejoining = False

    def is_lost(self, now: float) -> bool:
        """Return whether nothing is heard of the session."""
        return now - self._heard > _LOST_SECONDS

    def position(self, pulse: int) -> int:
        """Return the place of a pulse of `timeline`; multiples of a bar begin a bar."""
        return pulse - self._zero

    def expect(self, now: float, *, is_playing: bool) -> None:
        """Take the session for started or stopped, as we have asked now; states of before may be on their way."""
        self.is_playing, self._expected_until = is_playing, now + _ON_ITS_WAY_SECONDS

    def rejoin(self) -> None:
        """Expect the states of another peer of ours, which joins anew."""
        self._is_rejoining = self.timeline is not None

    def is_begun_anew_by(self, state: SessionState) -> bool:
        """Return whether a state is of a session that our new peer has begun, because nobody else is there."""
        return self._is_rejoining and not state.peers

    def hear(self, state: SessionState) -> tuple[Command, ...]:
        """Take a state; return what it commands. The first one commands nothing: who joins does not obey yet."""
        is_anew = self.is_begun_anew_by(state)
        self._is_rejoining = False
        before, self.is_playing = self.is_playing, self._believed(state)
        self._heard, self.peers = state.seconds, state.peers
        if self.timeline is None:
            self.timeline = state.timeline
            self._zero = self._bar_at(state.seconds, back=0.5)
            return ()
        moved: tuple[Command, ...] = ("locate",) if self._follow(state, self.timeline) else ()
        if self.is_playing is None or self.is_playing == before or is_anew:
            return moved
        if self.is_playing:
            self._zero = self._bar_at(state.since_seconds)
        return (*moved, "play" if self.is_playing else "stop")

    def _believed(self, state: SessionState) -> bool | None:
        if state.is_playing == self.is_playing:
            self._expected_until = float("-inf")
        return self.is_playing if state.seconds < self._expected_until else state.is_playing

    def _follow(self, state: SessionState, last: Timeline) -> bool:
        """Take the timeline; return whether the bars have moved."""
        timeline = state.timeline.renumbered(self._by_pulses)
        gap = timeline.pulse_at(state.seconds) - last.pulse_at(state.seconds)
        jump = round(gap / PULSES_PER_CLOCK) * PULSES_PER_CLOCK
        self._by_pulses -= jump
        self.timeline = timeline.renumbered(-jump)
        self._zero -= jump % PULSES_PER_BAR
        return jump % PULSES_PER_BAR != 0

    def _bar_at(self, seconds: float, back: float = 0.0) -> int:
        """Return the pulse of the beginning of a bar: the nearest, or with `back` 0.5 the last one."""
        assert self.timeline is not None  # noqa: S101 - the callers know
        bars = (self.timeline.pulse_at(seconds) - self._by_pulses) / PULSES_PER_BAR - back
        return round(bars) * PULSES_PER_BAR + self._by_pulses
