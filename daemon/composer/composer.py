"""The composer process: one loop that answers the player first, then the gateway, and publishes how it goes."""

import gc
import selectors
import sys
from typing import Final

from daemon.composer.conductor import Conductor
from daemon.composer.gateway_link import GatewayLink
from daemon.composer.handlers import Handlers
from daemon.composer.recorder import Recorder
from daemon.config import Config
from daemon.link.supervision import Over
from daemon.music.composition import Composition
from daemon.supervision.links import Links
from models.session import Provider

# A thread that works beside the music gives the interpreter back after this time.
_SWITCH_SECONDS: Final = 0.0005
_IDLE_SECONDS: Final = 0.1
# While a reply is on its way.
_BUSY_SECONDS: Final = 0.005
# A new one is made in each turn. The default, epoll, would open a file each time.
_Selector: Final = getattr(selectors, "PollSelector", selectors.SelectSelector)


class Composer:
    """A performance without its ports and clients; `run` returns when the supervisor ends it."""

    def __init__(
        self, config: Config, composition: Composition, provider: Provider, recorder: Recorder
    ) -> None:
        self.recorder = recorder
        self._is_tidy = False
        self._conductor = Conductor(config, composition, provider, recorder)
        self._gateway = GatewayLink(Handlers(self._conductor))
        self._conductor.events.publish = self._gateway.publish

    def facts(self) -> dict[str, str]:
        """Return the facts that the user is told: model and seed."""
        engine = self._conductor.composition.engine
        return {"model": engine.bundle.name, "seed": str(engine.seed)}

    def run(self, links: Links) -> None:
        """Play until the supervisor ends it. On return a worker writes the recording."""
        _collect_young_garbage_only()
        sys.setswitchinterval(_SWITCH_SECONDS)
        is_over = False
        try:
            while not links.is_ending:
                self._turn(links)
                if self._conductor.is_over and not is_over:
                    is_over = True
                    links.send(Over())
        finally:
            self._conductor.close()
            self._gateway.close()

    def _turn(self, links: Links) -> None:
        self._wait(links)
        self._conductor.hear_player()
        self._attach(links)
        self._gateway.serve()
        self._conductor.turn()
        if self._conductor.is_resting != self._is_tidy:
            self._is_tidy = self._conductor.is_resting
            if self._is_tidy:
                gc.collect()

    def _attach(self, links: Links) -> None:
        for role, sock in links.attached():
            match role:
                case "player":
                    self._conductor.attach_player(sock)
                case "gateway":
                    self._gateway.attach(sock)
                    self._conductor.changed()  # the new gateway gets the state
                case _:
                    sock.close()

    def _wait(self, links: Links) -> None:
        with _Selector() as selector:
            for number in (links.fileno(), self._conductor.players.fileno(), self._gateway.fileno()):
                if number is not None:
                    selector.register(number, selectors.EVENT_READ)
            selector.select(_BUSY_SECONDS if self._gateway.is_busy else _IDLE_SECONDS)


def _collect_young_garbage_only() -> None:
    """A full collection looks at every object of the process, the models' libraries too; it would delay ticks.

    Old objects are collected while nothing plays. From Python 3.14 on the last threshold may have no effect: that
    version collects old objects in small steps, none of which is long.
    """
    gc.freeze()
    gc.set_threshold(700, 10, 1_000_000)
