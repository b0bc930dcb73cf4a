"""Musical time as a value: an origin and a tempo convert pulses to seconds and back."""

from typing import NamedTuple

from models.notes import PULSES_PER_BEAT


class Timeline(NamedTuple):
    """Pulse `origin_pulse` sounds at `origin_seconds` of the clock; `tempo` is in beats per minute."""

    origin_pulse: int
    origin_seconds: float
    tempo: float

    def seconds_at(self, pulse: float) -> float:
        """Return the time of a pulse, in seconds of the clock."""
        return self.origin_seconds + (pulse - self.origin_pulse) * 60.0 / (self.tempo * PULSES_PER_BEAT)

    def pulse_at(self, seconds: float) -> float:
        """Return the position at a time, in pulses and fractions of a pulse."""
        return self.origin_pulse + (seconds - self.origin_seconds) * self.tempo * PULSES_PER_BEAT / 60.0

    def retempo(self, at_pulse: int, tempo: float) -> "Timeline":
        """Return a timeline with another tempo from `at_pulse` on; the time of that pulse stays the same."""
        if tempo == self.tempo:
            return self
        return Timeline(at_pulse, self.seconds_at(at_pulse), tempo)

    def renumbered(self, by_pulses: int) -> "Timeline":
        """Return a timeline with the same times but every pulse number higher by `by_pulses`."""
        return self._replace(origin_pulse=self.origin_pulse + by_pulses)

    def later(self, seconds: float) -> "Timeline":
        """Return a timeline on which every pulse sounds so much later."""
        return self._replace(origin_seconds=self.origin_seconds + seconds)


def round_up(pulse: int, grid_pulses: int) -> int:
    """Return the first multiple of `grid_pulses` that is not before `pulse`."""
    return -(-pulse // grid_pulses) * grid_pulses
