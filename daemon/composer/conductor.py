"""Connect composition, player and handlers: answer the player, do what the handlers ask, publish events."""

import logging
import socket
import time
from typing import Any, Final

from daemon.composer.events import Events
from daemon.composer.feeder import Feeder
from daemon.composer.gauge_reader import open_gauge_reader
from daemon.composer.handlers import Reply
from daemon.composer.housekeeping import Housekeeping
from daemon.composer.loading import Loading
from daemon.composer.player_link import PlayerLink
from daemon.composer.position import PLAYING, STOPPED, Position, coming
from daemon.composer.recorder import Recorder
from daemon.config import Config
from daemon.music.composition import Composition
from daemon.player.link import Message
from daemon.player.timeline import Timeline
from daemon.workers.jobs import Heard, Verified
from models import bundle as bundles
from models.notes import PULSES_PER_TICK
from models.session import Provider

_log: Final = logging.getLogger(__name__)
_HEALTH_SECONDS: Final = 1.0


class Conductor:
    """The running performance. `is_over` is true after the last bar."""

    def __init__(
        self, config: Config, composition: Composition, provider: Provider, recorder: Recorder
    ) -> None:
        self.composition, self.recorder = composition, recorder
        self.preset_changes = 0
        self.events = Events(provider.name, open_gauge_reader(config.gauge) if config.gauge else None)
        self.players = PlayerLink()
        self._feeder = Feeder(composition, self.players, recorder, self.events)
        self.is_over = False
        self._config, self._provider = config, provider
        self._position = Position()
        self._loading = Loading(provider)
        self._asked = "play"
        self._seen: dict[str, Any] = {}
        self._house = Housekeeping()
        self._next_health = 0.0

    def turn(self) -> None:
        """Do the work that is due without a request: recordings, loaded models, state, health."""
        self._house.keep("writing recordings", self.recorder.turn)
        self._house.keep("taking up a model", self._take_up_models)
        if not self._position.is_playing:  # no tick tells the player the tempo of its MIDI clock
            self._feeder.send_tempo()
        self._house.keep("telling the state", self._tell_state)
        if (now := time.monotonic()) >= self._next_health:
            self._next_health = now + _HEALTH_SECONDS
            self._house.keep("health", self.events.health)

    @property
    def is_resting(self) -> bool:
        """Whether playing is stopped, no start was requested, and no take is recorded or written."""
        return self._asked == "stop" and not self._position.is_playing and not self.recorder.is_busy

    def close(self) -> None:
        """Add the last messages of the player, which has ended, to the recording, and stop it."""
        last = self.composition.last_tick if self.is_over else None
        for message in self.players.receive():
            if message[0] == "sent":
                self.recorder.add_rows(message[1])
        self.recorder.stop_if_running(None if last is None else last * PULSES_PER_TICK)
        self._loading.close()

    def _take_up_models(self) -> None:
        for engine, heard in self._loading.finished():
            self.composition.swap(engine, heard=heard)
            self.changed()

    # --- the player ---

    def attach_player(self, sock: socket.socket) -> None:
        """Let a new player begin: stopped, or in phase with the previous player, whose sounding notes it ends."""
        hanging = self._hanging()
        self.recorder.add_rows(self.events.cut(self._position.pulse_at(time.perf_counter())))
        timeline = self._position.timeline_after(self.composition) if self._asked != "stop" else None
        tempo, tick = self.composition.parameters.tempo, self._position.next_tick
        self.players.attach(sock)
        self.players.send(("begin", {"tempo": tempo, "timeline": timeline, "start_tick": tick}))
        if hanging:
            self.players.send(("silence", tuple(hanging)))
        if timeline is None:
            self._position.moved(STOPPED, tick)
            self.players.send(("locate", tick))
            if self._asked != "stop":
                self.players.send(("transport", self._asked))

    def hear_player(self) -> None:
        """Answer the waiting messages of the player."""
        for message in self.players.receive():
            self._hear(message)

    def _hear(self, message: Message) -> None:
        match message:
            case ("want", int(tick), timeline):
                self._answer_want(tick, Timeline(*timeline))
            case ("sent", rows, late_us):
                self._house.keep("recording", lambda: self.recorder.add_rows(rows))
                self._house.keep("telling what was sent", lambda: self.events.sent(rows, late_us))
            case ("transport", str(state), int(tick)):
                self._move(state, tick)
            case ("underrun", _):
                self.events.underruns += 1
            case ("ports" | "ready", *_):
                self.events.ports = self.players.ports
            case _:
                _log.warning("the player said %r, which is not known", message[0])

    def _move(self, state: str, tick: int) -> None:
        # Only now: a tick of the course before may have been asked for after `play` was sent.
        if state == PLAYING and tick == 0:
            self.composition.begin()
            self.recorder.start_over()
        if state == STOPPED:
            self._feeder.stopped()
        self._position.moved(state, tick)
        self.changed()

    def _answer_want(self, tick: int, timeline: Timeline) -> None:
        ahead = self._config.play.compose_ahead
        last = self.composition.last_tick
        if last is not None and tick >= last + ahead:
            self.is_over = True
            self.players.send(("transport", "stop"))
            return
        self._feeder.send_tick(tick)
        # A tick is asked for when the one `ahead` ticks before it begins.
        begun = self.composition.kept(tick - ahead)
        if self._position.begun(tick - ahead, timeline) and begun is not None:
            self._house.keep("telling of a tick", lambda: self.events.began(begun, self.composition.asked))
        self._look_around()
        self._house.keep("telling the state", self._tell_state)

    def _hanging(self) -> set[tuple[int, int]]:
        """Return each (channel, pitch) that a previous player may have left sounding."""
        routes = self._config.midi.routes
        composed = {(routes[voice].channel, pitch) for voice, pitch in self.composition.may_sound()}
        return self.events.sounding | composed

    def _look_around(self) -> None:
        """Note whether this tick applied a pending change, or began with another seed or model."""
        # The recording's seconds pass by themselves; the handlers tell when it starts and stops.
        seen = {**self.standing(), "recording": None}
        if seen != self._seen:
            self._seen = seen
            self.changed()

    def _tell_state(self) -> None:
        if self.events.state_is_due:
            self.events.state(self.composition.parameters.to_names(), self.transport(), self.standing())

    # --- for the handlers ---

    def steer(self, action: str) -> str:
        """Send a transport command; return the resulting state."""
        self._asked = action
        self.players.send(("transport", action))
        return {"play": PLAYING, "continue": PLAYING, "stop": STOPPED}.get(action, self._position.state)

    def transport(self) -> dict[str, Any]:
        """Return state, tick, bar, beat, tempo and clock source."""
        composition = self.composition
        # While stopped no tick adopts anything, and the MIDI clock goes on in the tempo of the next one.
        adopted = composition.automation.current if self._position.is_playing else composition.parameters
        return self._position.tell(time.perf_counter(), adopted.tempo)

    def standing(self) -> dict[str, Any]:
        """Return what `state` telemetry holds beside parameters and transport."""
        recording = self.recorder.state()
        return {
            "seed": self.composition.engine.seed,
            "model": self.composition.engine.bundle.loaded_as,
            "recording": {key: recording[key] for key in ("path", "seconds")},
            "pending": self.composition.automation.pending(),
            "coming": coming(self.composition),
            "presets": self.preset_changes,
        }

    def report(self) -> dict[str, Any]:
        """Return models, ports, provider, the last reading of the gauge, and health."""
        return {
            "models": {"current": self.composition.engine.bundle.loaded_as, "available": bundles.names()},
            "ports": self.players.ports,
            "midi": self.players.api or "none",
            "provider": {"name": self._provider.name, "why": self._provider.why},
            "gauge": self.events.gauge,
            "health": self.events.health_now(),
        }

    def model_name(self) -> str:
        """Return the name of the model that plays."""
        return self.composition.engine.bundle.loaded_as

    def swap(self, bundle: Verified) -> Reply:
        """Load a verified bundle while the music plays; it is swapped in at the next bar."""
        return self._loading.load(bundle)

    def hear(self, music: Heard) -> Reply:
        """Let another engine hear music while the music plays; it is swapped in at the next bar."""
        return self._loading.prime(music, self.composition.engine.bundle, self.composition.parameters)

    def changed(self) -> None:
        """Let `state` be published soon."""
        self.events.state_changed = True
