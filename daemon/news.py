"""What the composer tells the world: telemetry messages, and the figures they are made of."""

import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from daemon.composition import Ticked
from daemon.parameters import Parameters
from daemon.telemetry import Telemetry, Window, health_message, note_message, state_message, tick_message
from models.take import SentRow

_STATE_SECONDS: Final = 0.1


class News:
    """Publishes notes, ticks, state and health; keeps what sounds and how late it was."""

    def __init__(self, telemetry: Telemetry, provider: str) -> None:
        self._telemetry = telemetry
        self._provider = provider
        self._lateness, self._steps = Window(), Window()
        self._ticks = 0
        self._last: Ticked | None = None
        self._parameters: Parameters | None = None
        self._next_state = 0.0
        self.state_changed = True
        self.underruns = 0
        self.ports: Mapping[str, str] = {}
        self.sounding: set[tuple[int, int]] = set()

    def sent(self, rows: Iterable[SentRow], late_us: Iterable[int]) -> None:
        """Tell of note messages that were sent, and count how late they and the clocks were."""
        now = time.monotonic()
        self._lateness.add(now, late_us)
        for row in rows:
            _, _, is_on, pitch, _, channel, lateness = row
            (self.sounding.add if is_on else self.sounding.discard)((channel, pitch))
            self._lateness.add(now, (lateness,))
            self._telemetry.publish("note", note_message(row))

    def ticked(self, ticked: Ticked) -> None:
        """A tick is ready; the one before it sounds now, and is told."""
        self._ticks += 1
        self._steps.add(time.monotonic(), (ticked.compose_us,))
        last, self._last = self._last, ticked
        if last is not None:
            section = last.composed.plan.section
            tempo = last.parameters.tempo
            self._telemetry.publish("tick", tick_message(last.composed.tick, tempo, section, last.compose_us))

    def state_is_due(self, parameters: Parameters) -> bool:
        """Whether something changed that has not been told, and the last telling is a moment ago."""
        changed = self.state_changed or parameters is not self._parameters
        self._parameters = parameters
        self.state_changed = changed
        return changed and time.monotonic() >= self._next_state

    def state(self, params: Mapping[str, Any], transport: Mapping[str, Any]) -> None:
        """Tell the state."""
        self.state_changed = False
        self._next_state = time.monotonic() + _STATE_SECONDS
        self._telemetry.publish("state", state_message(params, transport))

    def health(self, uptime_seconds: float) -> None:
        """Tell the health."""
        self._telemetry.publish("health", self.health_now(uptime_seconds))

    def health_now(self, uptime_seconds: float) -> dict[str, Any]:
        """The health message of this moment."""
        now = time.monotonic()
        return health_message(
            self._lateness.summary(now),
            self._steps.summary(now),
            underruns=self.underruns,
            ticks=self._ticks,
            provider=self._provider,
            ports=self.ports,
            uptime_seconds=uptime_seconds,
        )
