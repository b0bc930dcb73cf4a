"""Time sources, which determine the tempo and the times of the beats."""

from typing import Protocol

from daemon.link.timeline import Timeline


class TimeSource(Protocol):
    """Makes a timeline from its input; the player's loop reads the time only from there."""

    @property
    def timeline(self) -> Timeline:
        """Return the present relation of pulses to seconds."""

    def change_tempo(self, at_pulse: int, tempo: float) -> None:
        """Receive the composer's tempo from a pulse on; a source with an external clock ignores it."""

    def renumber(self, by_pulses: int) -> None:
        """Give every pulse a number that is `by_pulses` higher; its time does not change."""

    def take_over(self, timeline: Timeline) -> None:
        """Continue with the timeline of a dead player."""


class InternalTime:
    """The computer's own clock, with the composer's tempos."""

    def __init__(self, now_seconds: float, tempo: float) -> None:
        self._timeline = Timeline(0, now_seconds, tempo)

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
