"""The input process: it reads the MIDI inputs, and sends clocks to the player and channel messages to the gateway.

It is also the peer of an Ableton Link session, when the player asks for that.
"""

import logging
import selectors
import socket
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from daemon.input.messages import sort
from daemon.input.ports import InputDriver, InputPorts, Pair
from daemon.input.session import Session
from daemon.link.channel import Channel
from daemon.link.inputs import (
    ChangeSession,
    ClockIn,
    FromPlayerToInput,
    JoinSession,
    LeaveSession,
    MidiIn,
    MidiOut,
    SessionState,
)
from daemon.link.inputs import InputPorts as PortStates
from daemon.link.role import Links
from daemon.link.supervision import Ready, Role
from daemon.player.ports.ports import first_working

# The inputs are read this often while messages come, and within 10 ms of the first one after a pause.
_BUSY_SECONDS: Final = 0.003
_IDLE_SECONDS: Final = 0.01
_STAYS_BUSY_SECONDS: Final = 2.0
# Without a MIDI system there is nothing to read.
_DEAF_SECONDS: Final = 0.1
_LINKS_SECONDS: Final = 0.05
_LOOK_SECONDS: Final = 0.1  # what goes and returns within this time is not noticed
# A role that does not read is not waited for: clocks and messages are dropped beyond this. Changes of ports are few.
_MOST_WAITING_BYTES: Final = 64 * 1024
_MOST_EARLY: Final = 64
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class InputSettings:
    """The MIDI system (a name of `ports.APIS`, or `auto`) and the names of further input ports."""

    api: str = "auto"
    ports: tuple[str, ...] = ()


def run(links: Links, settings: InputSettings) -> None:
    """Read the inputs until the supervisor ends this process. It attaches the player and the gateway.

    Without a MIDI system this process waits; when one appears, the standby has it replaced.
    """
    _, driver, _ = first_working(settings.api, _driver)
    ports = None if driver is None else InputPorts(driver, settings.ports)
    inputs = Inputs(links, ports)
    links.send(Ready("input", {}))
    try:
        inputs.run()
    finally:
        if ports is not None:
            ports.close()


def _driver(api: str) -> InputDriver:
    from daemon.input.rtmidi_input import RtMidiInputs  # noqa: PLC0415 - the binding cannot be loaded everywhere

    driver = RtMidiInputs(api)
    driver.input("edmd probe").delete()
    return driver


class Inputs:
    """The loop of the input process."""

    def __init__(self, links: Links, ports: InputPorts | None) -> None:
        self._links, self._ports = links, ports
        self._channels: dict[Role, Channel[Any, Any]] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(links, selectors.EVENT_READ)
        self._busy_until = self._next_look = self._next_links = 0.0
        self._states: Mapping[str, str] | None = None
        # What came before the gateway was there, or while another one starts. Old clocks are worth nothing. Too
        # many push out the oldest, so a note's beginning goes before its end. With a new gateway nothing is held.
        self._early: deque[MidiIn] = deque(maxlen=_MOST_EARLY)
        self._session: Session | None = None

    def run(self) -> None:
        """Read until the supervisor says End."""
        while not self._links.is_ending:
            ready = self._selector.select(self._wait_seconds())
            now = time.perf_counter()
            if ready or now >= self._next_links:
                self._next_links = now + _LINKS_SECONDS
                self._serve_links()
            if self._ports is not None:
                if now >= self._next_look:
                    self._next_look = now + _LOOK_SECONDS
                    self._look(self._ports)
                for pair in self._ports.pairs.values():
                    self._read(pair, now)
            if self._session is not None and (state := self._session.look(now)) is not None:
                self._send("player", state)

    def _wait_seconds(self) -> float:
        if self._ports is None:
            return _DEAF_SECONDS if self._session is None else _IDLE_SECONDS
        return _BUSY_SECONDS if time.perf_counter() < self._busy_until else _IDLE_SECONDS

    def _read(self, pair: Pair, now: float) -> None:
        has_lost, pair.has_lost = pair.has_lost, False
        messages = [*pair.read(time.perf_counter)]
        if messages:
            self._busy_until = now + _STAYS_BUSY_SECONDS
        clock, channel = sort(messages)
        if clock:
            self._send("player", ClockIn(pair.name, clock))
        if channel or has_lost:
            is_passed_on = self._send("gateway", MidiIn(pair.name, channel, has_lost))
            pair.has_lost = pair.has_lost or not is_passed_on

    def _look(self, ports: InputPorts) -> None:
        ports.look()
        if (states := ports.states()) != self._states:
            self._states = states
            self._send("gateway", PortStates(states))
            self._send("player", PortStates(states))

    # --- links ---

    def _send(self, role: Role, message: ClockIn | SessionState | MidiIn | PortStates) -> bool:
        """Return whether the role gets the message, now or when it is there."""
        channel = self._channels.get(role)
        if channel is None:
            if isinstance(message, MidiIn):
                self._early.append(message)
            return isinstance(message, MidiIn)
        if channel.waiting_bytes >= _MOST_WAITING_BYTES and not isinstance(message, PortStates):
            return False
        channel.send(message)
        return True

    def _serve_links(self) -> None:
        for role, sock in self._links.attached():
            self._attach(role, sock)
        for role in [*self._channels]:
            try:
                for message in self._channels[role].receive():
                    self._hear(message)
            except EOFError:
                self._close(role)

    def _hear(self, message: MidiOut | FromPlayerToInput) -> None:
        now = time.perf_counter()
        match message:
            case MidiOut():
                self._send_out(message)
            case JoinSession() if self._session is not None:
                self._session.forget()
            case JoinSession():
                self._join(message, now)
            case LeaveSession() if self._session is not None:
                self._session.leave()
                self._session = None
            case ChangeSession() if self._session is not None:
                self._session.change(message, now)
            case _:
                pass

    def _join(self, order: JoinSession, now: float) -> None:
        try:
            self._session = Session(order, now)
        except ImportError as error:
            _log.error("Ableton Link cannot be used: %s", error)

    def _attach(self, role: Role, sock: socket.socket) -> None:
        self._close(role)
        self._channels[role] = Channel[Any, Any](sock, MidiOut | FromPlayerToInput, "input")
        self._selector.register(self._channels[role], selectors.EVENT_READ)
        if self._states is not None:
            self._send(role, PortStates(dict(self._states)))
        while role == "gateway" and self._early:
            self._channels[role].send(self._early.popleft())

    def _close(self, role: Role) -> None:
        if (channel := self._channels.pop(role, None)) is not None:
            self._selector.unregister(channel)
            channel.close()

    def _send_out(self, out: MidiOut) -> None:
        if self._ports is not None and (pair := self._ports.pairs.get(out.port)) is not None:
            pair.send(out.message)
