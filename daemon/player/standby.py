"""The standby: it watches the MIDI system, remembers the player's connections, and can replace the player."""

import logging
from collections.abc import Mapping
from typing import Final

from daemon.link.player import Connections, PortNames, Ports, SendPrograms
from daemon.link.supervision import Ready, Replace
from daemon.player.joined import JoinedLinks
from daemon.player.ports.deck_ports import port_names_of
from daemon.player.ports.patchbay import Patchbay, open_patchbay
from daemon.player.timing.clock import Clock
from models.notes import MAIN

_TURN_SECONDS: Final = 0.1
_LOOK_SECONDS: Final = 0.5
_SEARCH_SECONDS: Final = 2.0
_RESTORE_SECONDS: Final = 1.0
_log: Final = logging.getLogger(__name__)


class Standby:
    """Works until the supervisor promotes it or ends it. `api` is a MIDI system of `ports.APIS`, or `auto`.

    `names` are the names of the main deck's virtual ports, `decks` the further decks that the player plays.
    """

    def __init__(self, clock: Clock, link: JoinedLinks, api: str, names: tuple[str, str]) -> None:
        self.patchbay: Patchbay = open_patchbay(api, names)
        self.decks: tuple[str, ...] = ()
        self._clock, self._link, self._api, self._main_names = clock, link, api, names
        self._returned: set[str] = set()  # ports of decks that have come back and need their connections
        self._restore_until = 0.0
        self._ports: Mapping[str, str] = {}
        self._player_api = ""
        self._names: tuple[str, ...] | None = None
        self._has_told = False
        self._next_look = self._next_search = 0.0

    def watch(self) -> None:
        """Watch until the supervisor promotes this process or ends it."""
        supervisor = self._link.supervisor
        supervisor.send(Ready("standby", {}))
        while not (supervisor.is_promoted or supervisor.is_ending):
            if self._link.poll(_TURN_SECONDS):
                self._hear(self._link.recv())
            else:
                self._look()

    def _hear(self, message: object) -> None:
        match message:
            case Ports():
                self._note_ports(message)
            case Connections(receivers):
                self.patchbay.remember(receivers)
            case _:
                pass

    def _note_ports(self, message: Ports) -> None:
        if self._ports:  # at the first message it is not known which ports have just opened
            come = {*port_names_of(message.decks, self._main_names)} - self._ports.keys()
            self._returned |= {name for name in come if message.ports.get(name, "absent") != "absent"}
            self._restore_until = self._clock.now() + _RESTORE_SECONDS
        self._ports, self._player_api, self._names = message.ports, message.api, None
        self.decks = message.decks
        self.patchbay.watch(port_names_of((MAIN, *message.decks), self._main_names))
        self._warn_of_absent_ports()

    def _look(self) -> None:
        now = self._clock.now()
        if self._returned:
            self._restore(now)
            return
        if now >= self._next_look and self._ports:
            self._next_look = now + _LOOK_SECONDS
            if joined := self.patchbay.poll():
                self._link.send_to("player", SendPrograms(joined))
            if (names := self.patchbay.names()) != self._names:
                self._names = names
                self._link.send_to("player", PortNames(names))
        if now >= self._next_search and not self._has_told:
            self._next_search = now + _SEARCH_SECONDS
            if why := self._midi_turned():
                self._has_told = True
                self._link.supervisor.send(Replace("input", why))
                self._link.supervisor.send(Replace("player", why))

    def _restore(self, now: float) -> None:
        """Connect the ports of a deck that was there before; until then they must not be taken for disconnected."""
        if self.patchbay.restore() or now > self._restore_until:
            self._link.send_to("player", SendPrograms(tuple(self._returned)))
            self._returned.clear()

    def _midi_turned(self) -> str:
        """Return a change of the MIDI system that the player cannot notice, or "" if there is none."""
        # Missing ports show a server that ended before this process started, or that dropped the player.
        if self.patchbay.has_ended or (self._player_api and not self._finds_ports()):
            return "the MIDI system has lost the player"
        if self._is_deaf():
            self._reopen()
            return f"the MIDI system {self.patchbay.api} has started" if self.patchbay.api else ""
        return ""

    def _finds_ports(self) -> bool:
        """Return whether the player's ports exist; if they are missing, open the patchbay again and look once more."""
        if not self.patchbay.has_ports():
            self._reopen()
        return self.patchbay.has_ports()

    def _reopen(self) -> None:
        connections = self.patchbay.connections
        self.patchbay.close()
        self.patchbay = open_patchbay(self._api, port_names_of((MAIN, *self.decks), self._main_names))
        self.patchbay.remember(connections)

    def _is_deaf(self) -> bool:
        """Return whether the player found no MIDI system when it started."""
        return "midi" in self._ports and all(
            state == "absent" for name, state in self._ports.items() if name != "midi"
        )

    def _warn_of_absent_ports(self) -> None:
        for name in [name for name, state in self._ports.items() if state == "absent" and self.patchbay.api]:
            there = ", ".join(self.patchbay.names()) or "none"
            _log.warning(
                "no MIDI port is named %s; there is: %s; edmd will use it when it appears", name, there
            )
