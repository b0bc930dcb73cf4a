"""The composer process: one loop that answers the player first, then whoever controls, then tells how it goes."""

import gc
import sys
from typing import Any, Final

import zmq

from daemon.composer.conductor import Conductor
from daemon.composer.handlers import Handlers
from daemon.composer.recorder import Recorder
from daemon.config import Config
from daemon.control.control import ControlServer
from daemon.control.telemetry import Telemetry
from daemon.link.supervision import Over
from daemon.music.composition import Composition
from daemon.supervision.links import Links
from models.session import Provider

# So few requests are answered, and for so long, before the player is looked at again: a flood holds up no tick.
_REQUESTS_A_TURN: Final = 16
_SECONDS_A_TURN: Final = 0.004
# A thread that works beside the music gives the interpreter back this soon when it is wanted.
_SWITCH_SECONDS: Final = 0.0005
_IDLE_MS: Final = 100
# While a reply is on its way.
_BUSY_MS: Final = 5


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

    def facts(self) -> dict[str, str]:
        """Return what the user is told: what plays, and how to reach it."""
        engine = self._conductor.composition.engine
        return {"model": engine.bundle.name, "seed": str(engine.seed), **self._conductor.endpoints}

    def run(self, links: Links) -> None:
        """Play until the supervisor ends it; what was recorded is being written on return."""
        _collect_young_garbage_only()
        sys.setswitchinterval(_SWITCH_SECONDS)
        poller = zmq.Poller()
        poller.register(self._control.socket, zmq.POLLIN)
        poller.register(links.fileno(), zmq.POLLIN)
        is_over = False
        try:
            while not links.is_ending:
                self._turn(poller, links)
                if self._conductor.is_over and not is_over:
                    is_over = True
                    links.send(Over())
        finally:
            self._conductor.close()
            self._context.destroy(linger=0)

    def _turn(self, poller: zmq.Poller, links: Links) -> None:
        ready = self._wait(poller)
        self._conductor.hear_player()
        for role, sock in links.attached():
            if role == "player":
                self._conductor.attach_player(sock)
        if self._control.socket in ready:
            self._control.serve(_REQUESTS_A_TURN, _SECONDS_A_TURN)
        self._control.settle()
        self._conductor.turn()
        if self._conductor.is_resting != self._is_tidy:
            self._is_tidy = self._conductor.is_resting
            if self._is_tidy:
                gc.collect()

    def _wait(self, poller: zmq.Poller) -> dict[Any, int]:
        player = self._conductor.players.fileno()
        timeout_ms = _BUSY_MS if self._control.is_owing else _IDLE_MS
        if player is None:
            return dict(poller.poll(timeout_ms))
        poller.register(player, zmq.POLLIN)
        try:
            return dict(poller.poll(timeout_ms))
        finally:
            poller.unregister(player)


def _collect_young_garbage_only() -> None:
    """A full collection looks at every note of a take: after hours of recording it would cost ticks.

    What lives long is collected while nothing plays. From Python 3.14 on the last threshold may mean nothing:
    there the old are collected in small steps, none of which is long.
    """
    gc.freeze()
    gc.set_threshold(700, 10, 1_000_000)
