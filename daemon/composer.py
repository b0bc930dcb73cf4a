"""The composer process: one loop that answers the player first, then whoever controls, then tells how it goes."""

import logging
import sys
import time
from typing import Any, Final

import zmq

from daemon.composition import Composition
from daemon.config import Config
from daemon.control import ControlServer
from daemon.desk import Desk
from daemon.keeper import Keeper
from daemon.link import Message, PlayerSettings
from daemon.loading import Loading
from daemon.messages import ControlError
from daemon.news import News
from daemon.position import PLAYING, STOPPED, Position
from daemon.recorder import Recorder
from daemon.telemetry import Telemetry
from daemon.timeline import Timeline
from daemon.wakeup import Wakeup
from models import bundle as bundles
from models.bundle import BundleError
from models.notes import PULSES_PER_TICK, TICKS_PER_BEAT, VOICES
from models.session import Provider

_log: Final = logging.getLogger(__name__)
# So few requests are answered before the player is looked at again: a flood holds up no tick.
_REQUESTS_A_TURN: Final = 16
_IDLE_MS: Final = 100
_RESTORING_MS: Final = 5
# ZeroMQ's poller cannot watch the pipes of Windows: there they are looked at this often.
_WINDOWS_MS: Final = 2
_FAULTS_TOLD: Final = 3


class Composer:
    """Everything of a performance but the ports; `run` returns when it is over."""

    def __init__(
        self, config: Config, composition: Composition, provider: Provider, recorder: Recorder
    ) -> None:
        self.composition, self.recorder = composition, recorder
        self._config, self._provider = config, provider
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._desk = Desk(self)
        # The sockets come first: a busy address is told before anything sounds.
        try:
            self._control = ControlServer(self._context, config.control_bind, self._desk)
            self._telemetry = Telemetry(self._context, config.telemetry_bind)
        except Exception:
            self._context.destroy(linger=0)
            raise
        self._news = News(self._telemetry, provider.name)
        self._keeper = Keeper(player_settings(config))
        self._position = Position()
        self._loading = Loading(provider)
        self._asked = "play"
        self._tempo_told = self._tempo
        self._faults = 0
        self._ended = False

    def run(self) -> None:
        """Play until SIGINT, SIGTERM or the last bar; on return nothing sounds and recordings are kept.

        PlayerError when no player can be kept running.
        """
        with Wakeup() as wakeup:
            poller = zmq.Poller()
            poller.register(self._control.socket, zmq.POLLIN)
            poller.register(wakeup.fileno(), zmq.POLLIN)
            try:
                self._keeper.start(self._tempo)
                self._keeper.send(("transport", "play"))
                while not self._ended and not wakeup.signalled:
                    self._turn(poller)
            finally:
                self._close()

    def greeting(self) -> str:
        """One line for whoever started it: what plays, and how to reach it."""
        engine = self.composition.engine
        where = self._keeper.notice or "MIDI ports: edmd melody, edmd percussion"
        return f"edmd plays {engine.bundle.name}, seed {engine.seed}; control at {self._control.endpoint}. {where}"

    def _turn(self, poller: zmq.Poller) -> None:
        ready = self._wait(poller)
        self._hear_player()
        if self._control.socket in ready:
            self._control.serve(_REQUESTS_A_TURN)
        for engine in self._loading.finished():
            self.composition.swap(engine)
        if not self._position.is_playing:
            self._tell_stopped()
        if self._keeper.has_found_midi():
            self._replace_player("a MIDI system has come")
        if self._keeper.keep_house():
            self._news.health(self._desk.uptime_seconds)

    def _wait(self, poller: zmq.Poller) -> dict[Any, int]:
        pipe = None if sys.platform == "win32" else self._keeper.file_number
        timeout_ms = _RESTORING_MS if self._keeper.is_restoring else _IDLE_MS
        if pipe is None:
            return dict(poller.poll(min(timeout_ms, _WINDOWS_MS)))
        poller.register(pipe, zmq.POLLIN)
        try:
            return dict(poller.poll(timeout_ms))
        finally:
            poller.unregister(pipe)

    # --- the player ---

    def _hear_player(self) -> None:
        try:
            for message in self._keeper.receive():
                self._hear(message)
        except EOFError:
            self._replace_player("the player died")
            return
        tick_seconds = 60.0 / (self._tempo * TICKS_PER_BEAT)
        if self._keeper.is_hanging(tick_seconds, should_play=self._asked != "stop"):
            self._replace_player("the player hangs")

    def _hear(self, message: Message) -> None:
        match message:
            case ("want", int(tick), timeline):
                self._answer_want(tick, Timeline(*timeline))
            case ("sent", rows, late_us):
                self.recorder.add_rows(rows)
                self._news.sent(rows, late_us)
            case ("transport", str(state), int(tick)):
                self._move(state, tick)
            case ("underrun", _):
                self._news.underruns += 1
            case ("ports" | "ready", _):
                self._news.ports = self._keeper.ports
            case _:
                _log.warning("the player said %r, which is not known", message[0])

    def _move(self, state: str, tick: int) -> None:
        # Only now: a tick of the course before may have been asked for after `play` was sent.
        if state == PLAYING and tick == 0:
            self.composition.begin()
            self.recorder.start_over()
        if state == STOPPED:
            self._tempo_told = 0.0  # whatever was composed ahead, its clock goes on as it was
        self._position.moved(state, tick)
        self.changed()

    def _answer_want(self, tick: int, timeline: Timeline) -> None:
        ahead = self._config.play.compose_ahead
        last = self.composition.last_tick
        if last is not None and tick >= last + ahead:
            self._ended = True
            return
        self._send_tick(tick)
        # A tick is asked for when the one `ahead` ticks before it begins.
        begun = self.composition.kept(tick - ahead)
        if self._position.begun(tick - ahead, timeline) and begun is not None:
            self._news.began(begun)
        if self._news.state_is_due:
            self._news.state(self._desk.values(), self.transport())

    def _send_tick(self, tick: int) -> None:
        try:
            ticked = self.composition.want(tick)
        except Exception as error:  # noqa: BLE001 - whatever a network's runtime raises must not end the music
            self._forgo(tick, error)
            return
        self._keeper.send(ticked.message)
        self._tempo_told = ticked.parameters.tempo
        self.recorder.add_tick(tick * PULSES_PER_TICK, self._tempo_told, ticked.composed.plan.section)
        self._news.composed(ticked.compose_us)
        self._news.adopted(ticked.parameters)

    def _forgo(self, tick: int, error: Exception) -> None:
        """Play nothing in `tick`, which could not be composed, and go on."""
        self._faults += 1
        if self._faults <= _FAULTS_TOLD:
            _log.error("tick %d could not be composed; it stays silent", tick, exc_info=error)
        self._keeper.send(("tick", tick, (), self._tempo, VOICES))
        self.composition.forgo(tick)

    def _replace_player(self, why: str) -> None:
        """Put another player in the place of this one: in phase, connected as before, nothing left sounding."""
        _log.warning("%s; another player takes over", why)
        hanging = self._hanging()
        rows = self._news.cut(self._position.pulse_at(time.perf_counter()))
        self.recorder.add_rows(rows)
        timeline = self._position.timeline_after(self.composition) if self._asked != "stop" else None
        self._keeper.succeed(self._tempo, timeline, self._position.next_tick, hanging)
        if timeline is None:
            self._position.moved(STOPPED, self._position.next_tick)
            if self._asked != "stop":
                self._keeper.send(("transport", self._asked))

    def _hanging(self) -> set[tuple[int, int]]:
        """The (channel, pitch) that a player which is gone may have left sounding."""
        routes = self._config.midi.routes
        composed = {(routes[voice].channel, pitch) for voice, pitch in self.composition.may_sound()}
        return self._news.sounding | composed

    def _tell_stopped(self) -> None:
        """While no tick passes, tell the player the tempo of its MIDI clock, and the world the state."""
        if self._tempo != self._tempo_told:
            self._tempo_told = self._tempo
            self._keeper.send(("tempo", self._tempo_told))
        if self._news.state_is_due:
            self._news.state(self._desk.values(), self.transport())

    def _close(self) -> None:
        last = self.composition.last_tick if self._ended else None
        try:
            for message in self._keeper.close(self._hanging()):
                if message[0] == "sent":
                    self.recorder.add_rows(message[1])
        finally:
            self.recorder.close(None if last is None else last * PULSES_PER_TICK)
            self._loading.close()
            self._context.destroy(linger=0)

    # --- what the desk asks ---

    @property
    def _tempo(self) -> float:
        return self.composition.automation.peek(self.composition.next_tick).tempo

    def steer(self, action: str) -> str:
        """Send a transport command; return the state it leads to."""
        if action != "panic":
            self._asked = action
            self._keeper.expect()
        self._keeper.send(("transport", action))
        return {"play": PLAYING, "continue": PLAYING, "stop": STOPPED}.get(action, self._position.state)

    def transport(self) -> dict[str, Any]:
        """State, tick, bar, beat, tempo and clock source."""
        return self._position.tell(time.perf_counter(), self.composition.automation.current.tempo)

    def report(self) -> dict[str, Any]:
        """Models, ports, health and addresses."""
        return {
            "models": {"current": self.composition.engine.bundle.name, "available": bundles.names()},
            "ports": self._keeper.ports,
            "midi": self._keeper.api or "none",
            "provider": {"name": self._provider.name, "why": self._provider.why},
            "health": self._news.health_now(self._desk.uptime_seconds),
            "control": self._control.endpoint,
            "telemetry": self._telemetry.endpoint,
        }

    def models(self) -> list[dict[str, Any]]:
        """The bundles there are."""
        current = self.composition.engine.bundle.name
        return [{"name": name, "current": name == current} for name in bundles.names()]

    def load_model(self, name: str) -> None:
        """Verify a bundle now and load it beside the music; it is swapped in at the bar after that."""
        if name not in bundles.names():
            known = ", ".join(bundles.names()) or "none"
            raise ControlError("not_found", f"no model is named {name}; there is: {known}", "name")
        try:
            # The player is answered meanwhile: reading and hashing take longer than a tick may.
            self._loading.load(name, self._hear_player)
        except BundleError as error:
            raise ControlError("unavailable", str(error), "name") from None

    def changed(self) -> None:
        """Let `state` be published soon."""
        self._news.state_changed = True


def player_settings(config: Config) -> PlayerSettings:
    """What the configuration says of the player."""
    routes = config.midi.routes
    return PlayerSettings(
        api=config.midi.api,
        midi_clock=config.midi.clock,
        channels={voice: route.channel for voice, route in routes.items()},
        routes={voice: route.port for voice, route in routes.items()},
        compose_ahead=config.play.compose_ahead,
    )
