"""Time sources: who says how fast the music is and where its beats lie."""

from typing import Protocol

from daemon.player.timeline import Timeline


class TimeSource(Protocol):
    """Turns what it receives into a timeline; the player's loop asks that alone for the time."""

    @property
    def timeline(self) -> Timeline:
        """Return where the pulses lie in time now."""

    def change_tempo(self, at_pulse: int, tempo: float) -> None:
        """Take note that the composer wants this tempo from a pulse on; a foreign clock goes on as it is."""

    def renumber(self, by_pulses: int) -> None:
        """Give every pulse a number that is `by_pulses` higher; its moment stays."""

    def take_over(self, timeline: Timeline) -> None:
        """Go on with the timeline of a player that has gone."""


class InternalTime:
    """The computer's own clock: the composer's tempos are obeyed at once."""

    def __init__(self, now_seconds: float, tempo: float) -> None:
        self._timeline = Timeline(0, now_seconds, tempo)

    @property
    def timeline(self) -> Timeline:
        """Return where the pulses lie in time now."""
        return self._timeline

    def change_tempo(self, at_pulse: int, tempo: float) -> None:
        """Play at this tempo from a pulse on, which keeps its moment."""
        self._timeline = self._timeline.retempo(at_pulse, tempo)

    def renumber(self, by_pulses: int) -> None:
        """Give every pulse a number that is `by_pulses` higher; its moment stays."""
        self._timeline = self._timeline.renumbered(by_pulses)

    def take_over(self, timeline: Timeline) -> None:
        """Go on with the timeline of a player that has gone."""
        self._timeline = timeline
