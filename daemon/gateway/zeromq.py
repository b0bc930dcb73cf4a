"""The ZeroMQ surface: a ROUTER that takes requests of REQ and DEALER clients, and a PUB for telemetry."""

import contextlib
import logging
import time
from collections.abc import Mapping
from functools import partial
from math import inf
from pathlib import Path
from typing import Any, Final

import zmq

from daemon.control import strictjson
from daemon.control.curvekeys import Pair
from daemon.control.messages import ControlError
from daemon.control.protocol import encode_error, encode_result, parse
from daemon.gateway.binding import BindError, bind_socket
from daemon.gateway.surface import Ask, Outcome
from daemon.gateway.zap import Guard

_WAITING_REPLIES: Final = 1000
# Of each connection. Further requests wait in the queues of their senders.
_WAITING_REQUESTS: Final = 16
# ZeroMQ closes the connection of a sender that exceeds this. Smaller requests over the limit get an error reply.
_MAX_FRAME_BYTES: Final = 256 * 1024
_WAITING_TELEMETRY: Final = 2000  # some seconds of dense music; a slower subscriber loses messages
_SECONDS_A_TURN: Final = 0.004
_LOOK_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 0.02
_FREED_SECONDS: Final = 5.0
_log: Final = logging.getLogger(__name__)


class ZeroMQ:
    """Listens at two addresses until it is closed; `endpoints` are those that were bound, by section.

    With `curve`, the daemon's pair and the folder of its clients' public keys, only those clients can connect. Raises
    BindError if an address cannot be used.
    """

    def __init__(self, control: str, telemetry: str, curve: tuple[Pair, Path] | None = None) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._closed = 0.0
        try:
            self._guard = Guard(self._context, *curve) if curve else None
            self.endpoints = self._open(control, telemetry)
        except Exception:
            self.close()
            raise

    @property
    def readers(self) -> tuple["zmq.Socket[bytes]", ...]:
        """The sockets whose messages `serve` reads."""
        sockets = (self._router, self._guard.socket) if self._guard else (self._router,)
        return tuple(socket for socket in sockets if not socket.closed)

    def _open(self, control: str, telemetry: str) -> dict[str, str]:
        self._router: zmq.Socket[bytes] = self._context.socket(zmq.ROUTER)
        self._router.setsockopt(zmq.SNDHWM, _WAITING_REPLIES)
        self._router.setsockopt(zmq.RCVHWM, _WAITING_REQUESTS)
        self._router.setsockopt(zmq.MAXMSGSIZE, _MAX_FRAME_BYTES)
        self._pub: zmq.Socket[bytes] = self._context.socket(zmq.PUB)
        self._pub.setsockopt(zmq.SNDHWM, _WAITING_TELEMETRY)
        if self._guard is not None:
            self._guard.close_to_strangers(self._router)
            self._guard.close_to_strangers(self._pub)
        is_open = self._guard is not None
        return {
            "control": bind_socket(self._router, control, "control", is_open=is_open),
            "telemetry": bind_socket(self._pub, telemetry, "telemetry", is_open=is_open),
        }

    def serve(self, ask: Ask) -> bool:
        """Read requests for at most 4 ms, and ask for them. Return whether more may wait."""
        if self._guard is not None:
            self._guard.serve()
        if self._router.closed:
            return False
        end = time.monotonic() + _SECONDS_A_TURN
        with contextlib.suppress(zmq.Again):
            while time.monotonic() < end:
                self._take(ask, self._router.recv_multipart(zmq.NOBLOCK, copy=False))
            return True
        return False

    def turn(self, _ask: Ask, now: float) -> float:
        """Every request is asked for at once. If a client is no longer authorised, disconnect all: the others come again."""
        if self._guard is None:
            return inf
        if self._guard.lost_a_client(now):
            _log.info("a client's key was revoked; all clients connect anew")
            self._disconnect()
            self._closed = now
        if self._router.closed:
            return self._open_again(now)
        return _LOOK_SECONDS

    def _disconnect(self) -> None:
        self._router.close(linger=0)
        self._pub.close(linger=0)

    def _open_again(self, now: float) -> float:
        """Bind new sockets to the same addresses, as soon as the system has freed them. Return when to try again."""
        try:
            self._open(self.endpoints["control"], self.endpoints["telemetry"])
        except BindError:
            self._disconnect()
            if now > self._closed + _FREED_SECONDS:
                raise
            return _AGAIN_SECONDS
        return _LOOK_SECONDS

    def publish(self, topic: str, body: Mapping[str, Any]) -> None:
        """Send a message to the subscribers of `topic`. Drop it if they are too slow."""
        if self._pub.closed:
            return
        with contextlib.suppress(zmq.Again, ValueError):  # JSON has no NaN
            self._pub.send_multipart([topic.encode("ascii"), strictjson.dumps(body)], zmq.NOBLOCK)

    def close(self) -> None:
        """Stop listening; replies and telemetry not yet sent are dropped."""
        self._context.destroy(linger=0)

    def _take(self, ask: Ask, frames: list[zmq.Frame]) -> None:
        sender, *body = (frame.bytes for frame in frames[:3])  # of very many the rest is not copied
        envelope = body[:1] if len(body) > 1 and body[0] == b"" else []
        route, count = [sender, *envelope], len(frames) - 1 - len(envelope)
        try:
            if count != 1:
                raise ControlError("bad_request", f"a request is one frame; got {count}")
            request = parse(body[-1])
        except ControlError as error:
            self._reply(route, error.request_id, error)
        else:
            ask(request.op, "zmq", sender, partial(self._reply, route, request.id), request.deck)

    def _reply(self, route: list[bytes], request_id: str | None, outcome: Outcome) -> None:
        # A client that has gone or does not read loses its replies.
        if self._router.closed:
            return
        with contextlib.suppress(zmq.Again):
            self._router.send_multipart([*route, _encoded(request_id, outcome)], zmq.NOBLOCK)


def _encoded(request_id: str | None, outcome: Outcome) -> bytes:
    if isinstance(outcome, ControlError):
        return encode_error(request_id, outcome)
    try:
        return encode_result(request_id, outcome)
    except ValueError as error:
        bug = f"the result is no JSON because of a bug in edmd: {error}"
        return encode_error(request_id, ControlError("unavailable", bug))
