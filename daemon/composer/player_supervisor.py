"""Keeps a player at work: another takes the place of one that died or hangs, connected as before, nothing left sounding."""

import contextlib
import logging
import time
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Final

from daemon.composer.child import PlayerChild
from daemon.composer.patchbay import Patchbay, open_patchbay
from daemon.config import Config
from daemon.player.link import Message, PlayerSettings
from daemon.player.timeline import Timeline

_log: Final = logging.getLogger(__name__)
_HOUSEKEEPING_SECONDS: Final = 1.0
# A player that plays is heard of at every tick; silent for this long and a tick more, it hangs.
_SILENT_SECONDS: Final = 1.0
_STARTING_SECONDS: Final = 15.0
# Between two looks at the player this composer itself was held up: its silence then says nothing.
_HELD_UP_SECONDS: Final = 0.5
# A successor needs this long to open its ports; connections are tried until then.
_RESTORE_SECONDS: Final = 6.0
_RESTORE_EVERY_SECONDS: Final = 0.02
_LOOK_FOR_MIDI_SECONDS: Final = 2.0
# After so many that died as they were born the next ones come later and later.
_STILLBORN: Final = 3
_FIRST_WAIT_SECONDS: Final = 0.25
_LONGEST_WAIT_SECONDS: Final = 5.0

Keys = tuple[tuple[int, int], ...]


class PlayerError(Exception):
    """No player can be kept running; the text says so, and where to look."""


class PlayerSupervisor:
    """The player's process and its place in the MIDI system."""

    def __init__(self, settings: PlayerSettings) -> None:
        self.ports: Mapping[str, str] = {}
        self._settings = settings
        self._patchbay: Patchbay | None = None
        self._child = PlayerChild()
        self._is_midi_lost = False
        self._names: tuple[str, ...] | None = None
        self._hanging: Keys = ()
        self._heard_seconds = self._looked_seconds = time.monotonic()
        self._is_ready = self._was_ready = False
        self._stillborn = 0
        # The player that takes over, while it waits to be started, and what it is to do then.
        self._successor: PlayerSettings | None = None
        self._successor_seconds = 0.0
        self._asked: Message | None = None
        self._restore_until = self._next_housekeeping = self._next_search = 0.0

    @property
    def api(self) -> str:
        """The MIDI system in use, "" when there is none."""
        return self._patchbay.api if self._patchbay else ""

    @property
    def notice(self) -> str:
        """What is missing for MIDI and how to get it, or ""."""
        return self._patchbay.notice if self._patchbay else ""

    @property
    def file_number(self) -> int | None:
        """What a poller watches for messages of the player."""
        return self._child.pipe.fileno() if self._child.pipe is not None else None

    @property
    def is_restoring(self) -> bool:
        """Whether a successor is on its way and must be looked after often."""
        return self._restore_until > 0.0

    def open(self) -> None:
        """Find the MIDI system."""
        self._patchbay = open_patchbay(self._settings.api)

    def start(self, tempo: float) -> None:
        """Start a player, stopped."""
        self._launch(replace(self._settings, tempo=tempo))

    def succeed(
        self, tempo: float, timeline: Timeline | None, next_tick: int, hanging: Collection[tuple[int, int]]
    ) -> None:
        """Put another player in the place of this one: in phase on `timeline`, or stopped at `next_tick`.

        `hanging` are the (channel, pitch) that may sound for ever. PlayerError when no player has ever started.
        Where players die as they are born, the next one waits, longer each time.
        """
        self._stillborn = 0 if self._is_ready else self._stillborn + 1
        self._child.bury()
        if self._stillborn >= _STILLBORN and not self._was_ready:
            raise PlayerError(
                "the player process ends as soon as it starts; `edmd doctor` tells what is missing"
            )
        self._hanging = tuple({*self._hanging, *hanging})
        self._successor = replace(self._settings, tempo=tempo, timeline=timeline, start_tick=next_tick)
        self._successor_seconds = time.monotonic() + _wait_after(self._stillborn)
        self._restore_until = time.monotonic() + _RESTORE_SECONDS
        self._launch_successor()

    def send(self, message: Message) -> None:
        """Send, unless the player has gone: `receive` will say so. Of transport commands the next player gets the last."""
        if self._successor is None:
            self._child.send(message)
        elif message[0] == "transport":
            self._asked = message

    def receive(self) -> Iterator[Message]:
        """The messages that wait; EOFError when the player has gone."""
        self._child.flush()
        for message in self._child.receive():
            self._heard_seconds = time.monotonic()
            if message[0] == "ready":
                self._is_ready = self._was_ready = True
            if message[0] in {"ready", "ports"}:
                self._adopt_ports(message[1])
            yield message

    def is_hanging(self, tick_seconds: float, *, should_play: bool) -> bool:
        """Whether a player that should be heard of was not for too long; to be asked when all messages are received."""
        now = time.monotonic()
        if self._successor is not None:
            self._heard_seconds = self._looked_seconds = now
            return False
        rightful = self._is_ready and not should_play
        if rightful or now - self._looked_seconds > _HELD_UP_SECONDS:
            self._heard_seconds = now
        self._looked_seconds = now
        patience = _SILENT_SECONDS + tick_seconds if self._is_ready else _STARTING_SECONDS
        return self._child.is_jammed or now - self._heard_seconds > patience

    def expect(self) -> None:
        """From now on the player should be heard of: its silence so far was rightful."""
        self._heard_seconds = time.monotonic()

    def keep_house(self) -> bool:
        """See after ports and connections, now and then; whether it did its round of about once a second."""
        self._launch_successor()
        now = time.monotonic()
        if self._successor is not None or now < self._next_housekeeping:
            return False
        if self.is_restoring:
            self._restore(now)
            return False
        self._next_housekeeping = now + _HOUSEKEEPING_SECONDS
        if self._patchbay is not None:
            if joined := self._patchbay.poll():
                self.send(("programs", joined))
            self._tell_names(self._patchbay.names())
        return True

    def midi_turned(self) -> str:
        """What became of the MIDI system that the player does not know of, and "" while nothing did."""
        now = time.monotonic()
        if not self._is_ready or self.is_restoring or now < self._next_search:
            return ""
        self._next_search = now + _LOOK_FOR_MIDI_SECONDS
        if self._patchbay is not None and self._patchbay.has_ended:
            self._is_midi_lost = True
        if self._is_midi_lost:
            self._reopen_midi()
            return "the JACK server has ended"
        if self._is_deaf():
            self._reopen_midi()
            return f"MIDI has come: {self.api}" if self.api else ""
        return ""

    def close(self, hanging: Collection[tuple[int, int]]) -> list[Message]:
        """Silence and end the player; its last messages. One that cannot has a successor to end `hanging`."""
        if self._is_ready and not self.is_restoring:
            last, ended = self._child.quit()
        else:
            last, ended = [], not self.is_restoring
        if not ended and self.api:
            self._silence_in_its_place(hanging)
        self._child.quit()
        self._close_midi()
        return last

    def _silence_in_its_place(self, hanging: Collection[tuple[int, int]]) -> None:
        if not self.is_restoring:
            _log.warning("the player does not answer; another one ends its notes")
            self.succeed(self._settings.tempo, None, 0, hanging)
        while self.is_restoring:
            with contextlib.suppress(EOFError):
                deque(self.receive(), maxlen=0)
            self.keep_house()
            time.sleep(_RESTORE_EVERY_SECONDS)

    def _launch_successor(self) -> None:
        """Start the player that is due, if one is; where the system refuses it, try again later."""
        settings = self._successor
        if settings is None or time.monotonic() < self._successor_seconds:
            return
        try:
            self._launch(settings)
        except OSError as error:
            self._stillborn += 1
            self._successor_seconds = time.monotonic() + _wait_after(max(self._stillborn, _STILLBORN))
            _log.warning("no player can be started, it is tried again: %s", error)
            return
        self._successor = None
        if settings.timeline is None:
            self.send(("locate", settings.start_tick))
        if self._asked is not None:
            self.send(self._asked)
            self._asked = None
        self._restore_until = time.monotonic() + _RESTORE_SECONDS

    def _launch(self, settings: PlayerSettings) -> None:
        self.ports, self._names, self._is_ready = {}, None, False
        self._next_housekeeping = 0.0
        self._child.start(replace(settings, api=self.api or self._settings.api))
        self.expect()

    def _tell_names(self, names: tuple[str, ...]) -> None:
        if names != self._names:
            self._names = names
            self.send(("ports", names))

    def _adopt_ports(self, ports: Mapping[str, str]) -> None:
        self.ports = dict(ports)
        self._next_housekeeping = 0.0
        _log.info("ports: %s", ", ".join(f"{name} {state}" for name, state in ports.items()))
        for name in [name for name, state in ports.items() if state == "absent" and self.api]:
            there = ", ".join(self._patchbay.names()) if self._patchbay else ""
            _log.warning("no MIDI port is named %s; there is: %s; it is waited for", name, there or "none")

    def _reopen_midi(self) -> None:
        # First all clients leave: JACK's library cannot hold those of two servers.
        self._close_midi()
        self.open()
        self._is_midi_lost = False

    def _close_midi(self) -> None:
        if self._patchbay is not None:
            self._patchbay.close()
        self._patchbay = None

    def _is_deaf(self) -> bool:
        """Whether the player found no MIDI system when it started."""
        return "midi" in self.ports and all(
            state == "absent" for name, state in self.ports.items() if name != "midi"
        )

    def _restore(self, now: float) -> None:
        self._next_housekeeping = now + _RESTORE_EVERY_SECONDS
        is_back = bool(self.ports) and (self._patchbay is None or self._patchbay.restore())
        if is_back or now > self._restore_until:
            self.send(("silence", self._hanging))
            self.send(("programs", self._settings.virtual_names))  # what hears them is connected only now
            self._hanging = ()
            self._restore_until = 0.0


def _wait_after(stillborn: int) -> float:
    """Seconds to wait before the next player, after so many in a row that died as they were born."""
    if stillborn < _STILLBORN:
        return 0.0
    return float(min(_FIRST_WAIT_SECONDS * 2.0 ** min(stillborn - _STILLBORN, 10), _LONGEST_WAIT_SECONDS))


def player_settings(config: Config) -> PlayerSettings:
    """What the configuration says of the player."""
    routes = config.midi.routes
    return PlayerSettings(
        api=config.midi.api,
        midi_clock=config.midi.clock,
        channels={voice: route.channel for voice, route in routes.items()},
        routes={voice: route.port for voice, route in routes.items()},
        programs=config.midi.voices_with_programs(),
        compose_ahead=config.play.compose_ahead,
        log=config.log,
    )
