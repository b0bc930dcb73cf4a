"""The loop of the player: it waits for the next event, and meanwhile handles messages of the composer."""

import logging
import math
from collections.abc import Sequence
from functools import partial
from typing import Final

from daemon.link.inputs import ClockIn, InputPorts, NewInput, SessionState
from daemon.link.player import (
    AddDeck,
    DeckMessage,
    Inherit,
    PortNames,
    Quit,
    RemoveDeck,
    SendPrograms,
    ServerState,
    SetClock,
    TakeOver,
    ToDeck,
    ToPlayer,
)
from daemon.player.decks import DELIVERY_SECONDS, Decks
from daemon.player.link import Link, NewComposer, PlayerSettings
from daemon.player.orders import carry_out
from daemon.player.performance import Performance
from daemon.player.ports.deck_ports import DeckPorts
from daemon.player.ports.newcomers import SETTLE_SECONDS, Newcomers
from daemon.player.ports.outputs import Outputs
from daemon.player.sender import end_all_sound
from daemon.player.timing.clock import Clock
from models.notes import MAIN

__all__ = ["Player", "PlayerSettings"]

_GUARD_SECONDS: Final = 0.0007
_SLICE_SECONDS: Final = 0.02
# If events leave no time to wait for messages, the player looks for them after this time, and takes at most so many.
_DEAF_SECONDS: Final = 0.005
_MOST_MESSAGES: Final = 16

_log = logging.getLogger(__name__)


class Player:
    """Runs until it receives "quit" or the supervisor has ended. After that no note sounds.

    `ports` are those of the main deck, perhaps with open ports of decks that come later.
    """

    def __init__(
        self, clock: Clock, ports: Outputs | DeckPorts, link: Link, settings: PlayerSettings
    ) -> None:
        self._clock, self._link = clock, link
        self._ports = DeckPorts(ports) if isinstance(ports, Outputs) else ports
        self._outputs = self._ports.of(MAIN)
        self._decks = Decks(clock, self._ports, link, settings)
        self._newcomers = Newcomers(self._outputs)
        self._ended = False
        self._heard_seconds = clock.now()

    def run(self) -> None:
        """Play until the end; the ports are silent and closed when it returns."""
        try:
            self.play()
        finally:
            self._ports.close()

    def play(self) -> None:
        """Play until the end; no note sounds when it returns, and the driver has delivered that."""
        try:
            if self._decks.main.has_programs(self._outputs.open_named()):
                self._clock.sleep_until(self._clock.now() + SETTLE_SECONDS)
            self._decks.main.set_out()
            self._decks.tell_ports()
            while not self._ended:
                self._turn()
        except (EOFError, OSError):
            _log.info("the supervisor has ended, so the player ends too")
        finally:
            self._silence()
            self._clock.sleep_until(self._clock.now() + DELIVERY_SECONDS)

    def end(self) -> None:
        """Make `play` end within 20 ms; may be called from a signal handler."""
        self._ended = True

    def _silence(self) -> None:
        for music in self._decks:
            try:
                music.stop()
            except OSError:
                _log.debug("the end of the music cannot be reported: the composer has ended")
            except Exception:  # noqa: BLE001 - the other decks must be silenced too
                _log.exception("deck %s cannot end because of a bug in edmd; it is silenced", music.deck)
                end_all_sound(self._ports.of(music.deck), music.settings)

    def _turn(self) -> None:
        first = self._listen_until_next()
        if self._ended:
            return
        obey = self._decks.obey
        if not obey(first, first.playhead.prepare):
            return
        self._clock.sleep_until(first.due_seconds)
        due = [first] if obey(first, first.playhead.send_ready) else []
        # The notes of other decks come before the work for the tick that begins.
        others = self._decks.due_by(self._clock.now(), first)
        due += [music for music in others if obey(music, music.playhead.prepare, music.playhead.send_ready)]
        for music in due:
            obey(music, music.do_due)
        if self._clock.now() - self._heard_seconds > _DEAF_SECONDS:
            self._hear_waiting()

    def _listen_until_next(self) -> Performance:
        """Handle messages and chores until shortly before the next event; return the performance that has it."""
        while True:
            first = self._decks.first()
            slack = first.due_seconds - self._clock.now() - _GUARD_SECONDS
            # The system waits in whole milliseconds. The wait is rounded down, so that it ends in time.
            wait_ms = math.floor(min(slack, _SLICE_SECONDS) * 1e3)
            if self._ended or wait_ms < 1:
                return first
            if ports := self._newcomers.settled(self._clock.now()):
                self._decks.main.send_programs(ports)
            elif not self._decks.do_chore():
                self._listen((wait_ms - 0.5) * 1e-3)

    def _hear_waiting(self) -> None:
        for _ in range(_MOST_MESSAGES):
            if not self._listen(0.0):
                return

    def _listen(self, timeout: float) -> bool:
        if has_message := self._link.poll(timeout):
            self._hear(self._link.recv())
        self._heard_seconds = self._clock.now()
        self._decks.leading.look(self._heard_seconds)
        return has_message

    def _hear(self, message: ToPlayer | NewComposer) -> None:
        match message:
            case DeckMessage(deck=deck):
                self._obey(deck, message)
            case NewComposer():
                self._decks.attach()
            case AddDeck():
                self._decks.add(message)
            case RemoveDeck(deck):
                self._decks.remove(deck)
            case SendPrograms(ports):
                self._decks.send_programs(ports)
            case PortNames(names):
                self._refresh_ports(names)
            case ServerState() | InputPorts():
                self._decks.tell_ports(message)
            case ClockIn() | SessionState() | SetClock() | Inherit() | NewInput():
                self._decks.leading.take(message)
            case Quit():
                self._ended = True

    def _obey(self, deck: str, order: ToDeck) -> None:
        if isinstance(order, TakeOver):
            self._decks.leading.succeed()
        music = self._decks.of(deck)
        if music is None:  # it was removed while the message was on its way
            _log.debug("there is no deck %s for a message", deck)
        else:
            self._decks.obey(music, partial(carry_out, order, music))

    def _refresh_ports(self, names: Sequence[str]) -> None:
        before = self._outputs.status()
        turning = self._outputs.would_turn(names)
        self._decks.main.leave(turning)
        self._outputs.refresh(names)
        ports = {*turning} & {*self._outputs.open_named()}
        if self._decks.main.has_programs(ports):
            self._newcomers.hold(ports, self._clock.now())
        if self._outputs.status() != before:
            self._decks.tell_ports()
