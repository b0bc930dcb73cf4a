"""The composer process: one loop that answers the player first, then whoever controls, then tells how it goes."""

import gc
import sys
from typing import Any, Final

import zmq

from daemon.composer.conductor import Conductor
from daemon.composer.handlers import Handlers
from daemon.composer.recorder import Recorder
from daemon.composer.wakeup import Wakeup
from daemon.config import Config
from daemon.control.control import ControlServer
from daemon.control.telemetry import Telemetry
from daemon.music.composition import Composition
from models.session import Provider

# So few requests are answered, and for so long, before the player is looked at again: a flood holds up no tick.
_REQUESTS_A_TURN: Final = 16
_SECONDS_A_TURN: Final = 0.004
# A thread that works beside the music gives the interpreter back this soon when it is wanted.
_SWITCH_SECONDS: Final = 0.0005
_IDLE_MS: Final = 100
# While a player is on its way, or a reply.
_BUSY_MS: Final = 5
# ZeroMQ's poller cannot watch the pipes of Windows: there they are looked at this often.
_WINDOWS_MS: Final = 2


class Composer:
    """Everything of a performance but the ports; `run` returns when it is over. `endpoints`: control, telemetry.

    BindError when an address cannot be had.
    """

    def __init__(
        self, config: Config, composition: Composition, provider: Provider, recorder: Recorder
    ) -> None:
        self.recorder = recorder
        self._is_tidy = False
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._conductor = Conductor(config, composition, provider, recorder)
        # The sockets come first: a busy address is told before anything sounds.
        try:
            self._control = ControlServer(self._context, config.control_bind, Handlers(self._conductor))
            telemetry = Telemetry(self._context, config.telemetry_bind)
        except Exception:
            self._context.destroy(linger=0)
            raise
        self._conductor.events.publish = telemetry.publish
        self.endpoints = (self._control.endpoint, telemetry.endpoint)
        self._conductor.endpoints = dict(zip(("control", "telemetry"), self.endpoints, strict=True))
        self._conductor.players.open()

    def greeting(self) -> str:
        """One line for whoever started it: what plays, and how to reach it."""
        engine = self._conductor.composition.engine
        where = self._conductor.players.notice or "MIDI ports: edmd melody, edmd percussion"
        return f"edmd plays {engine.bundle.name}, seed {engine.seed}; control at {self._control.endpoint}. {where}"

    def run(self) -> None:
        """Play until SIGINT, SIGTERM, SIGHUP or the last bar; on return nothing sounds and recordings are kept.

        PlayerError when no player can be kept running.
        """
        _collect_young_garbage_only()
        sys.setswitchinterval(_SWITCH_SECONDS)
        with Wakeup() as wakeup:
            poller = zmq.Poller()
            poller.register(self._control.socket, zmq.POLLIN)
            poller.register(wakeup.fileno(), zmq.POLLIN)
            try:
                self._conductor.start()
                while not (self._conductor.is_over or wakeup.signalled):
                    self._turn(poller)
            finally:
                self._conductor.close()
                self._context.destroy(linger=0)

    def _turn(self, poller: zmq.Poller) -> None:
        ready = self._wait(poller)
        self._conductor.hear_player()
        if self._control.socket in ready:
            self._control.serve(_REQUESTS_A_TURN, _SECONDS_A_TURN)
        self._control.settle()
        self._conductor.turn()
        if self._conductor.is_resting != self._is_tidy:
            self._is_tidy = self._conductor.is_resting
            if self._is_tidy:
                gc.collect()

    def _wait(self, poller: zmq.Poller) -> dict[Any, int]:
        players = self._conductor.players
        pipe = None if sys.platform == "win32" else players.file_number
        timeout_ms = _BUSY_MS if players.is_restoring or self._control.is_owing else _IDLE_MS
        if pipe is None:
            return dict(poller.poll(min(timeout_ms, _WINDOWS_MS)))
        poller.register(pipe, zmq.POLLIN)
        try:
            return dict(poller.poll(timeout_ms))
        finally:
            poller.unregister(pipe)


def _collect_young_garbage_only() -> None:
    """A full collection looks at every note of a take: after hours of recording it would cost ticks.

    What lives long is collected while nothing plays. From Python 3.14 on the last threshold may mean nothing:
    there the old are collected in small steps, none of which is long.
    """
    gc.freeze()
    gc.set_threshold(700, 10, 1_000_000)
