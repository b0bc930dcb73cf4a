"""Time sources, which determine the tempo and the times of the beats."""

from typing import Final, Protocol

from daemon.link.timeline import Timeline, round_up
from models.notes import PULSES_PER_CLOCK, PULSES_PER_TICK, TICKS_PER_BAR

_BAR: Final = TICKS_PER_BAR * PULSES_PER_TICK
# Music that is asked for so near to the start of the song begins with it, perhaps a little late, and not a bar later.
_NEAR_SECONDS: Final = 0.1


class TimeSource(Protocol):
    """Makes a timeline from its input; the player's loop reads the time only from there."""

    @property
    def timeline(self) -> Timeline:
        """Return the present relation of pulses to seconds."""

    @property
    def port(self) -> str:
        """Return the name of the input port that the time comes from; "" if it comes from none."""

    @property
    def has_song(self) -> bool:
        """Return whether bars have numbers that another program gives them, and the music must be where its song is."""

    def change_tempo(self, at_pulse: int, tempo: float) -> None:
        """Receive the composer's tempo from a pulse on; a source with an external clock ignores it."""

    def renumber(self, by_pulses: int) -> None:
        """Give every pulse a number that is `by_pulses` higher; its time does not change."""

    def take_over(self, timeline: Timeline) -> None:
        """Continue with the timeline of a dead player."""

    def shift(self, seconds: float) -> None:
        """Let everything sound so much later."""

    def start_after(self, pulse: int, tick: int, now: float) -> int | None:
        """Return the first pulse, from `pulse` on, at which music may begin with `tick`; None while it must wait."""


class ForeignClock(Protocol):
    """A clock that other programs lead, or lead with us."""

    @property
    def timeline(self) -> Timeline | None:
        """Return its tempo and phase, by pulses of its own; None before it is heard."""

    @property
    def port(self) -> str:
        """Return the name of the input port that it comes from; "" if it comes from none."""

    @property
    def runs(self) -> bool | None:
        """Return whether its transport runs; None if it has no song position."""

    @property
    def has_song(self) -> bool:
        """Return whether its bars have numbers."""

    @property
    def next_pulse(self) -> int:
        """Return the first pulse at which a command of it can act."""

    def position(self, pulse: int) -> int:
        """Return the song position at a pulse, in pulses, while its transport runs."""


class InternalTime:
    """The computer's own clock, with the composer's tempos."""

    port = ""
    has_song = False

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    @property
    def timeline(self) -> Timeline:
        """Return the present relation of pulses to seconds."""
        return self._timeline

    def change_tempo(self, at_pulse: int, tempo: float) -> None:
        """Use this tempo from a pulse on; the time of that pulse does not change."""
        self._timeline = self._timeline.retempo(at_pulse, tempo)

    def renumber(self, by_pulses: int) -> None:
        """Give every pulse a number that is `by_pulses` higher; its time does not change."""
        self._timeline = self._timeline.renumbered(by_pulses)

    def take_over(self, timeline: Timeline) -> None:
        """Continue with the timeline of a dead player."""
        self._timeline = timeline

    def shift(self, seconds: float) -> None:
        """Let everything sound so much later."""
        self._timeline = self._timeline.later(seconds)

    def start_after(self, pulse: int, tick: int, now: float) -> int | None:  # noqa: ARG002
        """Return the first MIDI clock from `pulse` on."""
        return round_up(pulse, PULSES_PER_CLOCK)


class FollowedTime:
    """A foreign clock, `offset_seconds` later. Until its first message, `before` goes on.

    Its pulses get the deck's numbers: those of `before`, moved by less than a clock, so that the music goes on.
    """

    def __init__(self, clock: ForeignClock, before: Timeline, offset_seconds: float = 0.0) -> None:
        self._clock, self._before, self._offset_seconds = clock, before, offset_seconds
        self._by_pulses: int | None = None

    @property
    def timeline(self) -> Timeline:
        """Return the present relation of pulses to seconds."""
        led, by_pulses = self._clock.timeline, self._numbering()
        if led is not None and by_pulses is not None:
            self._before = led.later(self._offset_seconds).renumbered(by_pulses)
        return self._before

    def _numbering(self) -> int | None:
        """Return the deck's number of the clock's pulse 0; None before the first clock."""
        led = self._clock.timeline
        if self._by_pulses is None and led is not None:
            begins = led.origin_seconds + self._offset_seconds
            self._by_pulses = _nearest_clock(self._before.pulse_at(begins)) - led.origin_pulse
        return self._by_pulses

    @property
    def port(self) -> str:
        """Return the name of the input port that the clock comes from."""
        return self._clock.port

    def change_tempo(self, at_pulse: int, tempo: float) -> None:
        """Do nothing: the foreign clock has the tempo. Clients change that of a Link session with SetClock."""

    def renumber(self, by_pulses: int) -> None:
        """Give every pulse a number that is `by_pulses` higher; its time does not change."""
        self._before = self._before.renumbered(by_pulses)
        if self._by_pulses is not None:
            self._by_pulses += by_pulses

    def take_over(self, timeline: Timeline) -> None:
        """Continue with the timeline of a dead player."""
        self._before, self._by_pulses = timeline, None

    def shift(self, seconds: float) -> None:
        """Let everything sound so much later."""
        self._offset_seconds += seconds
        self._before = self._before.later(seconds)

    def start_after(self, pulse: int, tick: int, now: float) -> int | None:
        """Return when the song position is that of `tick` in its bar; None while the foreign transport is stopped."""
        by_pulses = self._numbering()
        if by_pulses is None or self._clock.runs is False:
            return None
        if self._clock.runs is None:  # a clock that has no song position
            return round_up(pulse, PULSES_PER_CLOCK)
        zero = by_pulses - self._clock.position(0)
        if tick == 0 and abs(now - self.timeline.seconds_at(zero)) < _NEAR_SECONDS:
            return zero
        earliest = max(pulse, zero)
        return zero + round_up(earliest - zero - tick * PULSES_PER_TICK, _BAR) + tick * PULSES_PER_TICK

    @property
    def has_song(self) -> bool:
        """Return whether the bars of the clock have numbers."""
        return self._clock.has_song

    @property
    def is_running(self) -> bool:
        """Whether the foreign transport runs, at a known song position."""
        return bool(self._clock.runs) and self._clock.timeline is not None

    def next_sixteenth(self, pulse: int) -> tuple[int, int]:
        """Return the pulse of the first sixteenth of the song from the next clock and from `pulse` on, and its position."""
        by_pulses = self._numbering()
        assert by_pulses is not None  # noqa: S101 - `is_running` says so
        zero = by_pulses - self._clock.position(0)
        earliest = max(pulse, self._clock.next_pulse + by_pulses)
        sixteenth = max(-(-(earliest - zero) // PULSES_PER_TICK), 0)
        return zero + sixteenth * PULSES_PER_TICK, sixteenth


def _nearest_clock(pulse: float) -> int:
    return round(pulse / PULSES_PER_CLOCK) * PULSES_PER_CLOCK
