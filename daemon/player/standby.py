"""The standby: it watches the MIDI system, remembers the player's connections, and can replace the player."""

import logging
import re
from collections.abc import Mapping
from typing import Final

from daemon.link.inputs import InputPorts
from daemon.link.player import MidiServer, PortNames, Ports, SendPrograms, ServerState
from daemon.link.supervision import Ready, Replace
from daemon.player.joined import JoinedLinks
from daemon.player.ports.deck_ports import port_names_of
from daemon.player.ports.outputs import own_name
from daemon.player.ports.patchbay import INPUT_CLIENTS, Patchbay, open_patchbay
from daemon.player.ports.wiring import Wiring
from daemon.player.timing.clock import Clock
from models.notes import MAIN

_TURN_SECONDS: Final = 0.1
_LOOK_SECONDS: Final = 0.1  # what goes and returns within this time is not noticed
_SEARCH_SECONDS: Final = 0.5
# The longest buffers in common use last 43 ms; a server that waits for a killed client stands still for some 0.2 s.
_STILL_SECONDS: Final = 1.0
# A server that waits for others may drop a client of the input process, which cannot notice it. A port that opens or closes
# is shorter missing than this.
_LOST_SECONDS: Final = 1.0
_log: Final = logging.getLogger(__name__)


class Standby:
    """Works until the supervisor promotes it or ends it. `api` is a MIDI system of `ports.APIS`, or `auto`.

    `names` are the names of the main deck's virtual ports, `decks` the further decks that the player plays.
    """

    def __init__(
        self, clock: Clock, link: JoinedLinks, api: str, names: tuple[str, str], wiring: Wiring
    ) -> None:
        self.patchbay: Patchbay = open_patchbay(api, names, wiring)
        self.decks: tuple[str, ...] = ()
        self._clock, self._link, self._api, self._main_names = clock, link, api, names
        self._wiring = wiring
        self._cycles: tuple[int | None, float] = None, clock.now()  # the last new one, and when it was seen
        self._server: MidiServer | None = None
        self._ports: Mapping[str, str] = {}
        # The states of the input process's ports, None until they are told; those that were seen, and when all of them were.
        self._inputs: Mapping[str, str] | None = None
        self._inputs_there: set[str] = set()
        self._inputs_seen = clock.now()
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
            case InputPorts(ports):  # perhaps of a new input process
                self._wiring.expect_again(INPUT_CLIENTS)
                self._inputs = ports
            case _:
                pass

    def _note_ports(self, message: Ports) -> None:
        before, self._ports = self._ports, message.ports
        self._player_api, self._names = message.api, None
        self.decks = message.decks
        if self._inputs is None:
            self._inputs = message.inputs
        self.patchbay.watch(port_names_of((MAIN, *message.decks), self._main_names))
        if self.patchbay.api:
            self._log_changes(before)

    def _look(self) -> None:
        now = self._clock.now()
        if now >= self._next_look and self._ports:
            self._next_look = now + _LOOK_SECONDS
            if joined := self.patchbay.poll():
                self._link.send_to("player", SendPrograms(joined))
            if (names := self.patchbay.names()) != self._names:
                self._names = names
                self._link.send_to("player", PortNames(names))
            self._tell_server(now)
            self._look_for_inputs(now)
        if now >= self._next_search and not self._has_told:
            self._next_search = now + _SEARCH_SECONDS
            if why := self._midi_turned():
                self._has_told = True
                self._link.supervisor.send(Replace("input", why))
                self._link.supervisor.send(Replace("player", why))

    def _tell_server(self, now: float) -> None:
        """Tell the player if the MIDI system has begun or ceased to take what is sent."""
        cycles, (last, since) = self.patchbay.cycles(), self._cycles
        if cycles is None or cycles != last:
            self._cycles = cycles, now
            server: MidiServer = "unknown" if cycles is None or last is None else "runs"
        else:
            server = "stands still" if now - since > _STILL_SECONDS else self._server or "unknown"
        if server != self._server:
            if server == "stands still":
                _log.warning("the MIDI server stands still: it takes no messages")
            elif self._server == "stands still":
                _log.info("the MIDI server takes messages again")
            self._server = server
            self._link.send_to("player", ServerState(server))

    def _look_for_inputs(self, now: float) -> None:
        """Have the input process replaced if JACK has dropped one of its clients."""
        opened = [name for name, state in (self._inputs or {}).items() if state.startswith("open")]
        ports = self._names or ()
        there = {name for name in opened if any(_is_of(own_name(name), port) for port in ports)}
        self._inputs_there = there | (self._inputs_there & {*opened})
        if self.patchbay.cycles() is None or there == self._inputs_there:
            self._inputs_seen = now
        elif now - self._inputs_seen > _LOST_SECONDS:
            self._inputs, self._inputs_there, self._inputs_seen = {}, set(), now
            self._link.supervisor.send(Replace("input", "the MIDI system has lost the input"))

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
        self.patchbay.close()
        names = port_names_of((MAIN, *self.decks), self._main_names)
        self.patchbay = open_patchbay(self._api, names, self._wiring)

    def _is_deaf(self) -> bool:
        """Return whether the player found no MIDI system when it started."""
        return "midi" in self._ports and all(
            state == "absent" for name, state in self._ports.items() if name != "midi"
        )

    def _log_changes(self, before: Mapping[str, str]) -> None:
        """Log each port that has gone or come, once each way."""
        for name, state in self._ports.items():
            was = before.get(name)
            if name == "midi" or state == was:
                continue
            if state == "absent" and was is None:
                there = ", ".join(self.patchbay.names()) or "none"
                _log.warning(
                    "no MIDI port is named %s; there is: %s; edmd will use it when it appears", name, there
                )
            elif state == "absent":
                _log.warning("the MIDI port %s has gone; edmd will use it when it returns", name)
            elif was == "absent":
                _log.info("the MIDI port %s is there: %s", name, state)


def _is_of(client: str, port: str) -> bool:
    """Return whether a port belongs to a client; JACK gives a second client of the same name a number."""
    return re.match(rf"{re.escape(client)}(-\d\d)?:", port) is not None
