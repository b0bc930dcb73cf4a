"""The control socket: a ROUTER that answers REQ and DEALER clients between ticks and never waits for one."""

import contextlib
import logging
from collections.abc import Mapping
from typing import Any, Final, Protocol

import zmq

from daemon.control.binding import BindError, bind_socket
from daemon.control.messages import ControlError, Op
from daemon.control.protocol import encode_error, encode_result, parse, refusal
from daemon.parameters import ParameterError

_log: Final = logging.getLogger(__name__)
_WAITING_REPLIES: Final = 1000
# Requests beyond this wait at their senders.
_WAITING_REQUESTS: Final = 100
# Beyond it ZeroMQ hangs up on the sender; up to it the sender is told that its request is too large.
_MAX_FRAME_BYTES: Final = 256 * 1024

__all__ = ["BindError", "ControlServer", "Desk"]


class Desk(Protocol):
    """Whoever carries requests out."""

    def handle(self, op: Op) -> Mapping[str, Any]:
        """Carry `op` out and return the result; ControlError or ParameterError when it is refused."""


class ControlServer:
    """Answers control requests at `bind`, in one thread, never blocking. BindError when it cannot listen."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], bind: str, desk: Desk) -> None:
        self._desk = desk
        self.socket: zmq.Socket[bytes] = context.socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDHWM, _WAITING_REPLIES)
        self.socket.setsockopt(zmq.RCVHWM, _WAITING_REQUESTS)
        self.socket.setsockopt(zmq.MAXMSGSIZE, _MAX_FRAME_BYTES)
        self.endpoint = bind_socket(self.socket, bind, "control")

    def serve(self, limit: int) -> int:
        """Answer at most `limit` requests that are waiting; returns how many there were."""
        for served in range(limit):
            try:
                frames = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return served
            self._answer(frames)
        return limit

    def close(self) -> None:
        """Stop listening; replies not yet sent are dropped."""
        self.socket.close(linger=0)

    def _answer(self, frames: list[bytes]) -> None:
        sender, *rest = frames
        envelope = rest[:1] if len(rest) > 1 and rest[0] == b"" else []
        body = rest[len(envelope) :]
        reply = self._reply(body[0]) if len(body) == 1 else _not_one_frame(len(body))
        # A client that is gone or does not read loses its replies: the music does not wait for it.
        with contextlib.suppress(zmq.Again):
            self.socket.send_multipart([sender, *envelope, reply], zmq.NOBLOCK)

    def _reply(self, frame: bytes) -> bytes:
        request_id = None
        try:
            request = parse(frame)
            request_id = request.id
            return encode_result(request_id, self._desk.handle(request.op))
        except ControlError as error:
            return encode_error(request_id if error.request_id is None else error.request_id, error)
        except ParameterError as error:
            return encode_error(request_id, refusal(error))
        except Exception:  # noqa: BLE001 - the one place where a fault of ours must not cost the music
            _log.exception("a control request failed")
            fault = ControlError("unavailable", "the request failed inside edmd; its log tells why")
            return encode_error(request_id, fault)


def _not_one_frame(count: int) -> bytes:
    return encode_error(None, ControlError("bad_request", f"a request is one frame; got {count}"))
