"""Telemetry and its figures."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from daemon.composer.records.gauge_reader import GaugeReader
from daemon.control.telemetry import (
    Window,
    effects_message,
    gauge_message,
    health_message,
    note_message,
    state_message,
    tick_message,
)
from daemon.link.player import MidiServer, Ports
from daemon.music.deck.deck import Deck
from daemon.music.ensemble.ensembles import Ticked
from daemon.parameters import Parameters
from models.notes import CHANNELS, TICKS_PER_BAR, Voice
from models.take import SentRow

_STATE_SECONDS: Final = 0.1

Publish = Callable[[str, Mapping[str, Any]], None]


class Events:
    """Publishes notes, ticks, state, readings of the gauge and health; stores the sounding notes and the lateness."""

    def __init__(
        self,
        provider: str,
        gauge_reader: GaugeReader | None = None,
        channels: Mapping[Voice, int] = CHANNELS,
    ) -> None:
        self._channels = channels
        self.publish: Publish = _to_nobody
        self._provider, self._gauge_reader = provider, gauge_reader
        self._began = time.monotonic()
        self._lateness, self._steps = Window(), Window()
        self._ticks = self._asked = 0
        self._plan: Mapping[str, object] | None = None
        self._parameters: Parameters | None = None
        self._next_state = 0.0
        self.state_changed = True
        self.underruns = 0
        self.gauge: Mapping[str, Any] | None = None
        self.ports: Mapping[str, str] = {}
        self.inputs: Mapping[str, str] = {}
        self.midi = ""
        self.midi_server: MidiServer = "unknown"
        self.disk: Mapping[str, str] = {}
        self._sounding: dict[tuple[int, int], Voice] = {}

    def sent(self, rows: Iterable[SentRow], late_us: Iterable[int]) -> None:
        """Publish sent note messages, and record the lateness of notes and clocks."""
        now = time.monotonic()
        self._lateness.add(now, late_us)
        for row in rows:
            _, voice, is_on, pitch, _, channel, lateness = row
            if is_on:
                self._sounding[channel, pitch] = voice
            else:
                self._sounding.pop((channel, pitch), None)
            self._lateness.add(now, (lateness,))
            self.publish("note", note_message(row))

    def ports_are(self, ports: Ports) -> None:
        """Record the state of the ports and the MIDI system in use ("" for none)."""
        self.ports, self.inputs, self.midi = ports.ports, ports.inputs, ports.api
        self.midi_server = ports.server

    @property
    def sounding(self) -> set[tuple[int, int]]:
        """The sounding notes as (channel, pitch)."""
        return set(self._sounding)

    def cut(self, pulse: int) -> list[SentRow]:
        """Publish the end of all sounding notes, because their player has died. Return the rows."""
        rows: list[SentRow] = [
            (pulse, voice, False, pitch, 0, channel, 0) for (channel, pitch), voice in self._sounding.items()
        ]
        for row in rows:
            self.publish("note", note_message(row))
        self._sounding.clear()
        return rows

    def composed(self, ticked: Ticked) -> None:
        """Count a composed tick, and record how long it took."""
        self._ticks += 1
        self._steps.add(time.monotonic(), (ticked.compose_us,))

    def tell(self, topic: str, message: Mapping[str, Any]) -> None:
        """Publish a message of another topic."""
        self.publish(topic, message)

    def sound(self, notes: Iterable[tuple[int, int]]) -> None:
        """Add the notes that a player already sounds, as (channel, pitch)."""
        voices = {channel: voice for voice, channel in self._channels.items()}
        self._sounding |= {(channel, pitch): voices[channel] for channel, pitch in notes if channel in voices}

    def began(self, ticked: Ticked, deck: Deck) -> None:
        """Publish the tick that begins to sound, and at a bar's last tick the gauge's reading.

        The message contains the plan at a bar's first tick and when the plan has changed.
        """
        tick, asked = ticked.composed.tick, deck.journal.number
        message = tick_message(tick, ticked.parameters.tempo, ticked.composed.plan.section, ticked.compose_us)
        if ticked.composed.effects is not None:
            message["effects"] = effects_message(ticked.composed.effects)
        if tick % TICKS_PER_BAR == 0 or asked != self._asked:
            plan = deck.outlook().describe(tick // TICKS_PER_BAR)
            if tick % TICKS_PER_BAR == 0 or plan != self._plan:
                message["plan"] = plan
            self._asked, self._plan = asked, plan
        self.publish("tick", message)
        if self._gauge_reader is not None and (reading := self._gauge_reader.hear(ticked)) is not None:
            self.gauge = gauge_message(tick // TICKS_PER_BAR, *reading)
            self.publish("gauge", self.gauge)

    def adopted(self, parameters: Parameters) -> None:
        """Record the snapshot of a tick; another snapshot is a change of state."""
        self.state_changed = self.state_changed or parameters is not self._parameters
        self._parameters = parameters

    @property
    def state_is_due(self) -> bool:
        """Whether a change is not published yet, and the last `state` is at least 0.1 s old."""
        return self.state_changed and time.monotonic() >= self._next_state

    def state(
        self, params: Mapping[str, Any], transport: Mapping[str, Any], standing: Mapping[str, Any]
    ) -> None:
        """Publish the state."""
        self.state_changed = False
        self._next_state = time.monotonic() + _STATE_SECONDS
        self.publish("state", state_message(params, transport, standing))

    def health(self) -> None:
        """Publish the health."""
        self.publish("health", self.health_now())

    def health_now(self) -> dict[str, Any]:
        """Return the health message of this moment."""
        now = time.monotonic()
        return health_message(
            self._lateness.summary(now),
            self._steps.summary(now),
            underruns=self.underruns,
            ticks=self._ticks,
            provider=self._provider,
            ports=self.ports,
            inputs=self.inputs,
            midi_server=self.midi_server,
            disk=self.disk,
            uptime_seconds=now - self._began,
        )


def _to_nobody(_topic: str, _message: Mapping[str, Any]) -> None:
    pass
