"""The loop of the player: it waits for the next event, and meanwhile handles messages of the composer."""

import logging
import math
from collections.abc import Sequence
from typing import Final

from daemon.link.player import (
    Mute,
    PortNames,
    Ports,
    Quit,
    Received,
    Revise,
    SendPrograms,
    Silence,
    TakeOver,
    Tempo,
    ToPlayer,
    Transport,
    TransportAction,
)
from daemon.player.clock import Clock
from daemon.player.link import Link, NewComposer, PlayerSettings
from daemon.player.newcomers import SETTLE_SECONDS, Newcomers
from daemon.player.outputs import Outputs
from daemon.player.performance import Performance

__all__ = ["Player", "PlayerSettings"]

DELIVERY_SECONDS: Final = 0.02
"""The time that a driver gets to deliver the last messages before its ports close."""
_GUARD_SECONDS: Final = 0.0007
_SLICE_SECONDS: Final = 0.02

_log = logging.getLogger(__name__)


class Player:
    """Runs until it receives "quit" or the supervisor has ended. After that no note sounds."""

    def __init__(self, clock: Clock, outputs: Outputs, link: Link, settings: PlayerSettings) -> None:
        self._clock, self._outputs, self._link = clock, outputs, link
        self._music = Performance(clock, outputs, link, settings)
        self._newcomers = Newcomers(outputs)
        self._ended = False
        self._heard_seconds = clock.now()

    def run(self) -> None:
        """Play until the end; the ports are silent and closed when it returns."""
        try:
            if self._music.has_programs(self._outputs.open_named()):
                self._clock.sleep_until(self._clock.now() + SETTLE_SECONDS)
            self._music.set_out()
            self._link.send(Ports(self._outputs.status(), self._outputs.api))
            while not self._ended:
                self._turn()
        except (EOFError, OSError):
            _log.info("the supervisor has ended, so the player ends too")
        finally:
            self._finish()

    def end(self) -> None:
        """Make `run` end within 20 ms; may be called from a signal handler."""
        self._ended = True

    def _finish(self) -> None:
        try:
            self._music.stop()
        except OSError:
            _log.debug("the end of the music cannot be reported: the composer has ended")
        self._clock.sleep_until(self._clock.now() + DELIVERY_SECONDS)
        self._outputs.close()

    def _turn(self) -> None:
        deadline = self._listen_until_next()
        if self._ended:
            return
        self._music.prepare()
        self._clock.sleep_until(deadline)
        self._music.do_due(deadline)
        if self._clock.now() - self._heard_seconds > 2 * _SLICE_SECONDS:
            self._listen(0.0)

    def _listen_until_next(self) -> float:
        while True:
            deadline = self._music.next_seconds()
            slack = deadline - self._clock.now() - _GUARD_SECONDS
            # The system waits in whole milliseconds. The wait is rounded down, so that it ends in time.
            wait_ms = math.floor(min(slack, _SLICE_SECONDS) * 1e3)
            if self._ended or wait_ms < 1:
                return deadline
            if ports := self._newcomers.settled(self._clock.now()):
                self._music.send_programs(ports)
            else:
                self._listen((wait_ms - 0.5) * 1e-3)

    def _listen(self, timeout: float) -> None:
        self._heard_seconds = self._clock.now()
        if self._link.poll(timeout):
            self._hear(self._link.recv())

    def _hear(self, message: ToPlayer | NewComposer) -> None:  # noqa: C901 - one case for each message
        match message:
            case Revise():
                self._music.revise(message)
            case NewComposer():
                self._music.attach()
            case Transport(action, course):
                self._steer(action, course)
            case Mute(voices, until_tick):
                self._music.mute(voices, until_tick)
            case TakeOver():
                self._music.take_over(message)
                self._music.sender.silence_strangers(message.hanging)
            case Tempo(tempo):
                self._music.retempo_stopped(tempo)
            case Silence(notes):
                self._music.sender.silence_strangers(notes)
            case SendPrograms(ports):
                self._music.send_programs(ports)
            case PortNames(names):
                self._refresh_ports(names)
            case Received(number):
                self._music.reports.received(number)
            case Quit():
                self._ended = True

    def _steer(self, action: TransportAction, course: int) -> None:
        match action:
            case "play":
                self._music.play(course)
            case "continue":
                self._music.go_on()
            case "stop":
                self._music.stop()
            case "panic":
                self._music.silence()

    def _refresh_ports(self, names: Sequence[str]) -> None:
        before = self._outputs.status()
        turning = self._outputs.would_turn(names)
        self._music.silence(turning)
        self._outputs.refresh(names)
        ports = {self._outputs.port_of(voice) for voice in turning} & {*self._outputs.open_named()}
        if self._music.has_programs(ports):
            self._newcomers.hold(ports, self._clock.now())
        if self._outputs.status() != before:
            self._music.reports.tell(Ports(self._outputs.status(), self._outputs.api))
