"""The OSC surface: one UDP socket for requests, errors and echoes."""

import contextlib
import ipaddress
import logging
import socket
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from daemon.control.messages import ControlError
from daemon.control.osc import Change, Command, OscSettings, Ping, Subscribe, read
from daemon.gateway.binding import BindError
from daemon.gateway.latest import LatestValues
from daemon.gateway.osc.announcing import announce
from daemon.gateway.osc.packets import LARGEST_BYTES, Message, PacketError, decode, encode
from daemon.gateway.osc.subscribers import Receiver, Subscribers
from daemon.gateway.surface import Ask, Outcome
from daemon.parameters import Value
from models.notes import MAIN

_log: Final = logging.getLogger(__name__)
_SECONDS_A_TURN: Final = 0.004
_ECHO_SECONDS: Final = 0.01
_MOST_ERRORS_A_SECOND: Final = 20
_MOST_SENDERS: Final = 4096


class OSC:
    """Listens at an address (port 0 takes a free one) until it is closed; `endpoint` is the one that was bound.

    Only this machine and the networks of `allow` are heard. Raises BindError if the address cannot be used.
    """

    def __init__(self, settings: OscSettings) -> None:
        self._allowed = [ipaddress.ip_network(each, strict=False) for each in settings.allow]
        self._socket = _bound(settings.bind)
        self.readers = (self._socket.fileno(),)
        host, port = self._socket.getsockname()[:2]
        self.endpoint = f"{host}:{port}"
        self._end_announcement = announce(host, port)
        self._subscribers = Subscribers(settings.receivers)
        self._latest = LatestValues("osc", "osc", self._refused)
        # The last sender of each value, and its address: errors of the composer go there.
        self._senders: dict[tuple[str, str], tuple[Receiver, str]] = {}
        self._errors, self._errors_second = 0, 0
        self._has_told_stranger = False

    def serve(self, ask: Ask) -> bool:
        """Read packets for at most 4 ms, and ask for what they want. Return whether more may wait."""
        end = time.monotonic() + _SECONDS_A_TURN
        with contextlib.suppress(BlockingIOError):
            while time.monotonic() < end:
                try:
                    packet, sender = self._socket.recvfrom(LARGEST_BYTES + 1)
                except ConnectionError:  # Windows and Linux report a receiver that has gone here
                    continue
                self._receive(ask, packet, sender[:2])
            return True
        return False

    def turn(self, ask: Ask, now: float) -> float:
        """Send values to the composer, and changes to subscribers. Return the seconds until more is due."""
        due = self._latest.send(ask, now)
        for receiver, path, value in self._subscribers.due():
            self._send(receiver, path, value)
        return min(due, _ECHO_SECONDS) if self._subscribers.are_waiting else due

    def publish(self, topic: str, body: Mapping[str, Any]) -> None:
        """Note the values of `state` for subscribers."""
        if topic == "state":
            deck = body.get("deck", MAIN)
            transport = body["transport"]["state"]
            self._subscribers.note(deck, body["params"], transport, body.get("decks", [MAIN]))

    def close(self) -> None:
        """Stop listening."""
        self._end_announcement()
        self._socket.close()

    def _receive(self, ask: Ask, packet: bytes, sender: Receiver) -> None:
        if not self._is_allowed(sender[0]):
            if not self._has_told_stranger:
                self._has_told_stranger = True
                _log.warning("OSC from %s is ignored: it is not in the list `allow` of [osc]", sender[0])
            return
        try:
            messages = decode(packet)
        except PacketError as error:
            self._error(sender, error.address, str(error))
            return
        for message in messages:
            self._take(ask, message, sender)

    def _take(self, ask: Ask, message: Message, sender: Receiver) -> None:
        path = message.address
        try:
            wanted = read(path, message.arguments)
        except ControlError as error:
            self._error(sender, path, error.message)
            return
        match wanted:
            case Change(deck, name, value):
                if len(self._senders) < _MOST_SENDERS:
                    self._senders[deck, name] = (sender, path)
                self._latest.put(deck, name, value)
            case Command(deck, op):
                ask(op, "osc", sender[0], partial(self._answered, sender, path), deck)
            case Subscribe(port, is_on):
                receiver = (sender[0], sender[1] if port is None else port)
                change = self._subscribers.add if is_on else self._subscribers.remove
                change(receiver)
            case Ping():
                self._send(sender, "/edmd/pong")

    def _answered(self, sender: Receiver, path: str, outcome: Outcome) -> None:
        if isinstance(outcome, ControlError):
            self._error(sender, path, outcome.message)

    def _refused(self, deck: str, values: Mapping[str, Value], error: ControlError) -> None:
        told = {self._senders[deck, name] for name in values if (deck, name) in self._senders}
        for sender, path in told:
            self._error(sender, path, error.message)

    def _error(self, sender: Receiver, path: str, sentence: str) -> None:
        """Tell the sender, and the subscribers of its host: many apps listen at another port than they send from."""
        second = int(time.monotonic())
        if second != self._errors_second:
            self._errors, self._errors_second = 0, second
        self._errors += 1
        if self._errors > _MOST_ERRORS_A_SECOND:
            return
        for receiver in dict.fromkeys([sender, *self._subscribers.of_host(sender[0])]):
            self._send(receiver, "/edmd/error", path, sentence)

    def _send(self, receiver: Receiver, path: str, *arguments: Value) -> None:
        # A receiver that has gone, or a full buffer, costs a message: the next change comes anyway.
        with contextlib.suppress(OSError, PacketError):
            self._socket.sendto(encode(path, *arguments), receiver)

    def _is_allowed(self, host: str) -> bool:
        address = ipaddress.ip_address(host.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return address.is_loopback or any(
            address in each for each in self._allowed if each.version == address.version
        )


def _bound(bind: Receiver) -> socket.socket:
    host, port = bind
    sock: socket.socket | None = None
    try:
        family, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.bind((host, port))
    except OSError as error:
        if sock is not None:
            sock.close()
        mend = "choose another one with -o osc.bind=HOST:PORT"
        raise BindError(f"cannot listen at {host}:{port} (osc): {error.strerror or error}; {mend}") from None
    return sock
