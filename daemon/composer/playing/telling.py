"""What clients are told of a deck: its parameters, transport, and the rest of the message `state`."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from daemon.composer.models.library import Library
from daemon.composer.playing.horizon import Horizon
from daemon.composer.playing.position import Position, coming
from daemon.composer.records.events import Events
from daemon.composer.records.recorder import Recorder
from daemon.composer.requests.changes import Changes
from daemon.music.deck.deck import Deck
from daemon.music.ensemble.lineup import PARTS


class Telling:
    """`more` returns what others add to `state`, `clock` what leads the time."""

    def __init__(
        self,
        deck: Deck,
        library: Library,
        *,
        events: Events,
        recorder: Recorder,
        position: Position,
        changes: Changes,
        horizon: Horizon,
    ) -> None:
        self._deck, self._library, self._events, self._recorder = deck, library, events, recorder
        self._position, self._changes, self._horizon = position, changes, horizon
        self.more: Callable[[], Mapping[str, Any]] = dict
        self.clock: Callable[[], Mapping[str, Any]] = dict
        self._seen: dict[str, Any] = {}

    def publish(self) -> None:
        """Publish `state` if it changed."""
        if self._events.state_is_due:
            self._events.state(self.values(), self.transport(), self.standing())

    def values(self) -> dict[str, Any]:
        """Return all parameters by name; the tempo is that of a MIDI clock if one leads."""
        values = self._changes.state.parameters.to_names()
        is_led = self._position.leader == "midi" and self._horizon.led_tempo is not None
        return values | {"tempo": self._horizon.led_tempo} if is_led else values

    def unheeded(self) -> Mapping[str, str]:
        """Return the parameters that do not act now, each with the reason."""
        unheeded = self._library.unheeded(self._changes.state.lineup)
        if self._position.leader != "midi":
            return unheeded
        return {**unheeded, "tempo": "a foreign clock leads; the tempo is followed"}

    def transport(self) -> dict[str, Any]:
        """Return state, tick, bar, beat, tempo and clock source."""
        state = self._deck.state(self._deck.next_tick)
        adopted = state.previous if self._position.is_playing else state.parameters
        return self._position.tell(time.perf_counter(), self._horizon.led_tempo or adopted.tempo)

    def standing(self) -> dict[str, Any]:
        """Return the rest of the message `state`: seed, model, recording, pending and coming changes."""
        state, recording = self._changes.state, self._recorder.state()
        return {
            "seed": state.music.seed,
            "model": state.lineup.name,
            "parts": {part: state.lineup.places[part].name for part in PARTS},
            "unheeded": self.unheeded(),
            "clock": self.clock(),
            "recording": {key: recording[key] for key in ("path", "seconds")},
            "pending": state.automation.pending(),
            "coming": coming(state),
            **self.more(),
        }

    def changed(self) -> None:
        """Request that `state` is published soon."""
        self._events.state_changed = True

    def look_around(self) -> None:
        """Publish `state` if a tick applied a pending change, or began with another seed or model."""
        seen = {**self.standing(), "recording": None}  # its seconds change all the time
        if seen != self._seen:
            self._seen = seen
            self.changed()
