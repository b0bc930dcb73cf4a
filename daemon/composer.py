"""The composer process: one loop that answers the player first, then whoever controls, then tells how it goes."""

import logging
import threading
import time
from typing import Any, Final

import zmq

from daemon.child import PlayerChild
from daemon.composition import Composition, Ticked
from daemon.config import Config
from daemon.control import ControlServer
from daemon.desk import Desk
from daemon.engine import Engine
from daemon.link import Message, PlayerSettings
from daemon.messages import ControlError
from daemon.news import News
from daemon.patchbay import Patchbay, open_patchbay
from daemon.recorder import Recorder
from daemon.telemetry import Telemetry
from daemon.timeline import Timeline
from daemon.wakeup import Wakeup
from models import bundle as bundles
from models.bundle import BundleError
from models.notes import BEATS_PER_BAR, PULSES_PER_BEAT, PULSES_PER_TICK, TICKS_PER_BEAT
from models.session import Provider

_log: Final = logging.getLogger(__name__)
# So few requests are answered before the player is looked at again: a flood holds up no tick.
_REQUESTS_A_TURN: Final = 16
_IDLE_MS: Final = 200
_HOUSEKEEPING_SECONDS: Final = 1.0
# A killed player's successor needs this long to open its ports; connections are tried until then.
_RESTORE_SECONDS: Final = 6.0
_RESTORE_EVERY_SECONDS: Final = 0.02


class Composer:
    """Everything of a performance but the ports; `run` returns when it is over."""

    def __init__(self, config: Config, composition: Composition, provider: Provider) -> None:
        self.composition = composition
        self.recorder = Recorder(config.recording_folder)
        self._config, self._provider = config, provider
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._desk = Desk(self)
        # The sockets come first: a busy address is told before anything sounds.
        self._control = ControlServer(self._context, config.control_bind, self._desk)
        self._telemetry = Telemetry(self._context, config.telemetry_bind)
        self._news = News(self._telemetry, provider.name)
        self._names: tuple[str, ...] = ()
        self._patchbay: Patchbay = open_patchbay(config.midi.api)
        self._child = PlayerChild(player_settings(config, composition))
        self._timeline = Timeline(0, time.perf_counter(), composition.automation.current.tempo)
        self._state, self._tick = "stopped", 0
        self._ports: dict[str, str] = {}
        self._hanging: tuple[tuple[int, int], ...] = ()
        self._restore_until = self._next_housekeeping = 0.0
        self._loaded: list[Engine] = []
        self._ended = False

    def run(self) -> None:
        """Play until SIGINT, SIGTERM or the last bar; on return nothing sounds and recordings are kept."""
        with Wakeup() as wakeup:
            self._child.start(api=self._patchbay.api or self._config.midi.api)
            self._child.send(("transport", "play"))
            poller = zmq.Poller()
            poller.register(self._control.socket, zmq.POLLIN)
            poller.register(wakeup.fileno(), zmq.POLLIN)
            try:
                while not self._ended and not wakeup.signalled:
                    self._turn(poller)
            finally:
                self._close()

    def greeting(self) -> str:
        """One line for whoever started it: what plays, and how to reach it."""
        engine = self.composition.engine
        where = self._patchbay.notice or "MIDI ports: edmd melody, edmd percussion"
        return f"edmd plays {engine.bundle.name}, seed {engine.seed}; control at {self._control.endpoint}. {where}"

    def _turn(self, poller: zmq.Poller) -> None:
        pipe = self._child.pipe
        if pipe is not None:
            poller.register(pipe.fileno(), zmq.POLLIN)
        ready = dict(poller.poll(0 if self._restore_until else _IDLE_MS))
        if pipe is not None:
            poller.unregister(pipe.fileno())
        self._hear_player()
        if self._control.socket in ready:
            self._control.serve(_REQUESTS_A_TURN)
        if self._loaded:
            self.composition.swap(self._loaded.pop())
        if time.monotonic() >= self._next_housekeeping:
            self._keep_house()

    # --- the player ---

    def _hear_player(self) -> None:
        try:
            for message in self._child.receive():
                self._hear(message)
        except EOFError:
            self._replace_player()

    def _hear(self, message: Message) -> None:
        match message:
            case ("want", int(tick), timeline):
                self._answer_want(tick, Timeline(*timeline))
            case ("sent", rows, late_us):
                self.recorder.add_rows(rows)
                self._news.sent(rows, late_us)
            case ("transport", str(state), int(tick)):
                self._state, self._tick = state, tick
                self.changed()
            case ("underrun", _):
                self._news.underruns += 1
            case ("ports" | "ready", ports):
                self._ports = self._news.ports = dict(ports)
                _log.info("ports: %s", ", ".join(f"{name} {state}" for name, state in self._ports.items()))
                self._next_housekeeping = 0.0
            case _:
                _log.warning("the player said %r, which is not known", message[0])

    def _answer_want(self, tick: int, timeline: Timeline) -> None:
        self._timeline = timeline
        last = self.composition.last_tick
        if last is not None and tick > last:
            self._ended = True
            return
        ticked = self.composition.want(tick)
        self._child.send(ticked.message)
        self._tell(ticked)

    def _tell(self, ticked: Ticked) -> None:
        tick, tempo, section = ticked.composed.tick, ticked.parameters.tempo, ticked.composed.plan.section
        self._tick = tick
        self.recorder.add_tick(tick * PULSES_PER_TICK, tempo, section)
        self._news.ticked(ticked)
        if self._news.state_is_due(ticked.parameters):
            self._news.state(self._desk.values(), self.transport())

    def _replace_player(self) -> None:
        """Put another player in the place of one that died: in phase, connected as before, nothing left sounding."""
        _log.warning("the player died; another one takes its place")
        playing = self._state == "playing"
        self._hanging = tuple(self._news.sounding | self._composed_keys())
        self._child.bury()
        self._news.sounding.clear()
        self._ports, self._names = {}, ()
        start = self.composition.next_tick if playing else self._tick
        self._child.start(
            self._timeline if playing else None, start, api=self._patchbay.api or self._config.midi.api
        )
        if not playing:
            self._child.send(("locate", start))
        self._restore_until = time.monotonic() + _RESTORE_SECONDS
        self._next_housekeeping = 0.0

    def _composed_keys(self) -> set[tuple[int, int]]:
        routes = self._config.midi.routes
        return {(routes[voice].channel, pitch) for voice, pitch in self.composition.may_sound()}

    # --- housekeeping ---

    def _keep_house(self) -> None:
        now = time.monotonic()
        if now < self._restore_until:
            self._next_housekeeping = now + _RESTORE_EVERY_SECONDS
            self._restore_connections()
            return
        self._next_housekeeping = now + _HOUSEKEEPING_SECONDS
        self._patchbay.poll()
        names = self._patchbay.names()
        if names != self._names:
            self._names = names
            self._child.send(("ports", names))
        self._news.health(self._desk.uptime_seconds)

    def _restore_connections(self) -> None:
        if self._ports and self._patchbay.restore():
            self._child.send(("silence", self._hanging))
            self._restore_until = 0.0

    def _close(self) -> None:
        for message in self._child.quit():
            if message[0] == "sent":
                self.recorder.add_rows(message[1])
        self.recorder.close()
        self._control.close()
        self._telemetry.close()
        self._patchbay.close()
        self._context.destroy(linger=0)

    # --- what the desk asks ---

    def steer(self, action: str) -> str:
        """Send a transport command; return the state it leads to."""
        if action == "play":
            self.composition.begin()
        self._child.send(("transport", action))
        return {"play": "playing", "continue": "playing", "stop": "stopped"}.get(action, self._state)

    def transport(self) -> dict[str, Any]:
        """State, tick, bar, beat, tempo and clock source."""
        pulse = self._timeline.pulse_at(time.perf_counter())
        beat = max(pulse, 0.0) / PULSES_PER_BEAT if self._state == "playing" else self._tick / TICKS_PER_BEAT
        return {
            "state": self._state,
            "tick": int(beat * TICKS_PER_BEAT),
            "bar": int(beat / BEATS_PER_BAR),
            "beat": round(beat, 3),
            "tempo": self.composition.automation.current.tempo,
            "clock_source": "internal",
        }

    def report(self) -> dict[str, Any]:
        """Models, ports, health and addresses."""
        return {
            "models": {"current": self.composition.engine.bundle.name, "available": bundles.names()},
            "ports": self._ports,
            "midi": self._patchbay.api or "none",
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
            raise ControlError(
                "not_found", f"no model is named {name}; there is: {', '.join(bundles.names())}"
            )
        try:
            bundle = bundles.load(name)
        except BundleError as error:
            raise ControlError("unavailable", str(error)) from None
        threading.Thread(target=self._load, args=(bundle,), name="edmd model", daemon=True).start()

    def _load(self, bundle: bundles.Bundle) -> None:
        self._loaded.append(Engine(bundle, self._provider, self.composition.engine.seed))

    def changed(self) -> None:
        """Let `state` be published with the next tick, or at once while nothing plays."""
        self._news.state_changed = True
        if self._state != "playing":
            self._news.state(self._desk.values(), self.transport())


def player_settings(config: Config, composition: Composition) -> PlayerSettings:
    """What the configuration says of the player."""
    routes = config.midi.routes
    return PlayerSettings(
        api=config.midi.api,
        midi_clock=config.midi.clock,
        channels={voice: route.channel for voice, route in routes.items()},
        routes={voice: route.port for voice, route in routes.items()},
        compose_ahead=config.play.compose_ahead,
        tempo=composition.automation.current.tempo,
    )
