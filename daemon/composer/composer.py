"""The composer process: one loop that follows the player, serves the gateway, and composes a tick at a time."""

import gc
import selectors
import sys
import time
from typing import Final

from daemon.composer.decks import Decks
from daemon.composer.records.housekeeping import Housekeeping
from daemon.composer.requests.gateway_link import GatewayLink
from daemon.link.role import Links, SupervisorGoneError
from daemon.link.supervision import Over

# Another thread releases the interpreter lock within this time.
_SWITCH_SECONDS: Final = 0.0005
_IDLE_SECONDS: Final = 0.1
# The longest wait while requests are queued.
_BUSY_SECONDS: Final = 0.005
# Requests wait up to this long for the player's position.
_ATTACHED_SECONDS: Final = 3.0
# One is created each turn; an epoll selector would use a file descriptor each time.
_Selector: Final = getattr(selectors, "PollSelector", selectors.SelectSelector)


class Composer:
    """The main loop of the composer process."""

    def __init__(self, decks: Decks) -> None:
        self._decks = decks
        self._gateway = GatewayLink(decks)
        decks.publish = self._gateway.publish
        self._house = Housekeeping()
        self._began_seconds = time.monotonic()
        self._is_tidy = False

    def facts(self) -> dict[str, str]:
        """Return the names of the models, and the seed, for the user."""
        deck = self._decks.main.deck
        state = deck.state(deck.next_tick)
        melody, percussion = state.lineup.melody.name, state.lineup.percussion.name
        with_drums = "" if percussion == melody else f" with the drums of {percussion}"
        return {"model": f"{melody}{with_drums}", "seed": str(state.music.seed)}

    def run(self, links: Links) -> None:
        """Play until the supervisor sends End. On return a worker may still be writing the recording."""
        _collect_young_garbage_only()
        sys.setswitchinterval(_SWITCH_SECONDS)
        in_order = (
            False  # after an error the savepoints and the spool of the recording stay for the next composer
        )
        try:
            self._play(links)
            in_order = True
        except SupervisorGoneError:
            in_order = True
            raise
        finally:
            self._decks.close(in_order=in_order)
            self._gateway.close()

    def _play(self, links: Links) -> None:
        is_over, wait_seconds = False, 0.0
        while not links.is_ending:
            wait_seconds = self._turn(links, wait_seconds)
            if self._decks.main.is_over and not is_over:
                is_over = True
                links.send(Over())

    def _turn(self, links: Links, wait_seconds: float) -> float:
        """Do one round of the loop; return the seconds until the next round at the latest."""
        self._wait(links, wait_seconds)
        self._decks.player.receive()
        self._attach(links)
        if self._decks.is_attached or time.monotonic() - self._began_seconds > _ATTACHED_SECONDS:
            self._gateway.serve()
        self._house.keep("publishing", self._decks.publish_due)
        if self._decks.is_resting != self._is_tidy:
            self._is_tidy = self._decks.is_resting
            if self._is_tidy:
                gc.collect()
        composing = self._decks.work()
        idle = _BUSY_SECONDS if self._gateway.is_busy else _IDLE_SECONDS
        return idle if composing is None else min(composing, idle)

    def _attach(self, links: Links) -> None:
        for role, sock in links.attached():
            match role:
                case "player":
                    self._decks.player.attach(sock)
                case "gateway":
                    self._gateway.attach(sock)
                    self._decks.let_go()
                    self._decks.changed()  # the new gateway gets the state
                case _:
                    sock.close()

    def _wait(self, links: Links, seconds: float) -> None:
        with _Selector() as selector:
            for number in (links.fileno(), self._decks.player.fileno(), self._gateway.fileno()):
                if number is not None:
                    selector.register(number, selectors.EVENT_READ)
            selector.select(seconds)


def _collect_young_garbage_only() -> None:
    """Prevent full garbage collections, which visit every object and would delay ticks.

    Old objects are collected while nothing plays. Python 3.14 and later may ignore the last threshold, because
    they collect old objects in small steps.
    """
    gc.freeze()
    gc.set_threshold(700, 10, 1_000_000)
