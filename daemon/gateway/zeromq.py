"""The ZeroMQ surface: a ROUTER that takes requests of REQ and DEALER clients, and a PUB for telemetry."""

import contextlib
import time
from collections.abc import Mapping
from functools import partial
from math import inf
from typing import Any, Final

import zmq

from daemon.control import strictjson
from daemon.control.messages import ControlError
from daemon.control.protocol import encode_error, encode_result, parse
from daemon.gateway.binding import bind_socket
from daemon.gateway.surface import Ask, Outcome

_WAITING_REPLIES: Final = 1000
# Of each connection. Further requests wait in the queues of their senders.
_WAITING_REQUESTS: Final = 16
# ZeroMQ closes the connection of a sender that exceeds this. Smaller requests over the limit get an error reply.
_MAX_FRAME_BYTES: Final = 256 * 1024
_WAITING_TELEMETRY: Final = 2000  # some seconds of dense music; a slower subscriber loses messages
_SECONDS_A_TURN: Final = 0.004


class ZeroMQ:
    """Listens at two addresses until it is closed; `endpoints` are those that were bound, by section.

    Raises BindError if an address cannot be used.
    """

    def __init__(self, control: str, telemetry: str) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._router: zmq.Socket[bytes] = self._context.socket(zmq.ROUTER)
        self._router.setsockopt(zmq.SNDHWM, _WAITING_REPLIES)
        self._router.setsockopt(zmq.RCVHWM, _WAITING_REQUESTS)
        self._router.setsockopt(zmq.MAXMSGSIZE, _MAX_FRAME_BYTES)
        self._pub: zmq.Socket[bytes] = self._context.socket(zmq.PUB)
        self._pub.setsockopt(zmq.SNDHWM, _WAITING_TELEMETRY)
        self.readers = (self._router,)
        try:
            self.endpoints = {
                "control": bind_socket(self._router, control, "control"),
                "telemetry": bind_socket(self._pub, telemetry, "telemetry"),
            }
        except Exception:
            self.close()
            raise

    def serve(self, ask: Ask) -> bool:
        """Read requests for at most 4 ms, and ask for them. Return whether more may wait."""
        end = time.monotonic() + _SECONDS_A_TURN
        with contextlib.suppress(zmq.Again):
            while time.monotonic() < end:
                self._take(ask, self._router.recv_multipart(zmq.NOBLOCK, copy=False))
            return True
        return False

    def turn(self, _ask: Ask, _now: float) -> float:
        """Do nothing: every request is asked for at once."""
        return inf

    def publish(self, topic: str, body: Mapping[str, Any]) -> None:
        """Send a message to the subscribers of `topic`. Drop it if they are too slow."""
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
