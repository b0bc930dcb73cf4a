"""The decks that one player plays. Each has its own performance and ports, and fails without effect on others."""

import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Final

from daemon.link.inputs import InputPorts
from daemon.link.player import MOST_DECKS, AddDeck, ClockState, MidiServer, NoDeck, Ports, ServerState
from daemon.player.chores import Chores
from daemon.player.leading import Leading
from daemon.player.link import Link, PlayerSettings
from daemon.player.performance import Performance
from daemon.player.ports.deck_ports import DeckPorts
from daemon.player.sender import end_all_sound
from daemon.player.timing.clock import Clock
from models.notes import MAIN

DELIVERY_SECONDS: Final = 0.02
"""The driver has this long to deliver the last messages before its ports close."""
# Ports of the previous player are closed if the composer adds no deck for them within this time.
_UNCLAIMED_SECONDS: Final = 5.0
# If a deck fails again within this time, the player stops playing it.
_AGAIN_SECONDS: Final = 10.0
_due: Final = attrgetter("due_seconds")
_log: Final = logging.getLogger(__name__)


class Decks:
    """The performances of all decks, main first. `ports` may contain ports of decks that are not added yet."""

    def __init__(self, clock: Clock, ports: DeckPorts, link: Link, settings: PlayerSettings) -> None:
        self._clock, self._ports, self._link, self._settings = clock, ports, link, settings
        self._chores = Chores()
        self._opening: set[str] = set()
        self._server: MidiServer = "unknown"
        self._inputs: dict[str, str] = {}
        self._failed_seconds: dict[str, float] = {}
        self._performances = {MAIN: Performance(clock, ports.of(MAIN), link, settings)}
        self.leading = Leading(clock, settings.time, lambda: self, self._tell_clock, link.send)
        self.leading.give(self.main)
        for deck in ports.decks()[1:]:
            self._close_later(deck, _UNCLAIMED_SECONDS)

    def __iter__(self) -> Iterator[Performance]:
        return iter(self._performances.values())

    @property
    def main(self) -> Performance:
        """The performance of the main deck."""
        return self._performances[MAIN]

    def of(self, deck: str) -> Performance | None:
        """Return the performance of a deck, or None if the player does not play it."""
        return self._performances.get(deck)

    # --- time ---

    def first(self) -> Performance:
        """Return the performance with the earliest event."""
        return min(self._performances.values(), key=_due)

    def due_by(self, now: float, first: Performance) -> list[Performance]:
        """Return the performances other than `first` that have an event by `now`."""
        return [each for each in self._performances.values() if each.due_seconds <= now and each is not first]

    def do_chore(self) -> bool:
        """Open or close one port if a chore is due and no note is near; return whether it did."""
        return bool(self._chores) and self._chores.turn(self._clock.now(), self._next_note_seconds)

    def _next_note_seconds(self) -> float:
        return min(music.playhead.next_note_seconds() for music in self)

    # --- decks come and go ---

    def attach(self) -> None:
        """Send a new composer the position of each deck. A deck whose ports are being opened follows later."""
        status = self._ports.status()
        for music in self:
            if music.deck not in self._opening:
                music.attach(status)
        if self._server != "unknown" or self._inputs:  # `Attached` has the rest
            self.tell_ports()
        self.leading.tell()

    def add(self, order: AddDeck) -> None:
        """Play a deck: open its ports, and then send its position."""
        deck = order.deck
        if deck in self._performances and deck not in self._opening:
            self._performances[deck].attach(self._ports.status())
        elif deck not in self._performances and len(self._performances) >= MOST_DECKS:
            self._refuse(deck, f"the player plays {MOST_DECKS} decks already; remove one first")
        elif deck not in self._performances:
            settings = replace(self._settings, midi_clock=order.midi_clock, tempo=order.tempo, more={})
            self._open(deck, settings)

    def remove(self, deck: str) -> None:
        """Silence a deck, and close its ports after DELIVERY_SECONDS. The main deck is never removed."""
        if deck != MAIN and (music := self.of(deck)) is not None and self.obey(music, music.stop):
            self._forget(deck)

    def tell_ports(self, news: ServerState | InputPorts | None = None) -> None:
        """Send the state of all ports and of the MIDI system; `news` is what others have seen of that."""
        match news:
            case ServerState(server):
                self._server = server
            case InputPorts(ports):
                self._inputs = ports
        status, api, decks = self._ports.status(), self._ports.of(MAIN).api, tuple(self._performances)[1:]
        self.main.reports.tell(Ports(status, api, decks, self._server, self._inputs))

    def send_programs(self, ports: tuple[str, ...]) -> None:
        """Send program, volume and pan to these ports, for all decks."""
        for music in self:
            music.send_programs(ports)

    def _tell_clock(self, state: ClockState) -> None:
        self.main.reports.tell(state)

    def _open(self, deck: str, settings: PlayerSettings) -> None:
        outputs, now = self._ports.of(deck), self._clock.now()
        self._performances[deck] = Performance(self._clock, outputs, self._link, settings, deck)
        self.leading.give(self._performances[deck])
        self._opening.add(deck)
        for name in (closed := outputs.closed_virtual()):
            self._chores.add(partial(outputs.open_virtual, name), now)
        if closed:
            self._chores.add(partial(self._opened, deck), now)
        else:
            self._opened(deck)

    def _opened(self, deck: str) -> None:
        if deck in self._opening:
            self._opening.remove(deck)
            self.tell_ports()
            self._performances[deck].set_out()
            self._performances[deck].attach(self._ports.status())

    def _forget(self, deck: str) -> None:
        del self._performances[deck]
        self._opening.discard(deck)
        self._failed_seconds.pop(deck, None)
        self._close_later(deck, DELIVERY_SECONDS)

    def _close_later(self, deck: str, seconds: float) -> None:
        now = self._clock.now()
        for name in self._ports.of(deck).virtual_names:
            self._chores.add(partial(self._close_unclaimed, deck, name), now, seconds)

    def _close_unclaimed(self, deck: str, name: str) -> None:
        if deck not in self._performances and self._ports.close_port(deck, name):
            self.tell_ports()

    def _refuse(self, deck: str, why: str) -> None:
        _log.warning("deck %s does not play: %s", deck, why)
        self.main.reports.tell(NoDeck(deck, why))

    # --- faults ---

    def obey(self, music: Performance, *steps: Callable[[], None]) -> bool:
        """Call the steps of one performance. If one fails, silence this deck, start it anew, and return False.

        If a deck fails twice in 10 seconds, stop playing it. If it is the main deck, raise the exception, so that
        another player replaces this one.
        """
        try:
            for step in steps:
                step()
        except (EOFError, OSError):  # the supervisor has ended
            raise
        except Exception:
            if not self._begin_anew(music):
                raise
            return False
        return True

    def _begin_anew(self, failed: Performance) -> bool:
        deck, now = failed.deck, self._clock.now()
        _log.exception("deck %s has failed because of a bug in edmd; it is silenced", deck)
        outputs = self._ports.of(deck)
        end_all_sound(outputs, failed.settings)
        is_again = now - self._failed_seconds.get(deck, -math.inf) < _AGAIN_SECONDS
        if is_again and deck != MAIN:
            self._forget(deck)
            self._refuse(deck, "it has failed twice because of a bug in edmd; the log has the details")
            return True
        self._failed_seconds[deck] = now
        again = Performance(self._clock, outputs, self._link, failed.settings, deck)
        self._performances[deck] = again
        self.leading.give(again)
        if deck not in self._opening:
            again.attach(self._ports.status())
        return not is_again
