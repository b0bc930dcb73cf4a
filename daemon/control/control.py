"""The control socket: a ROUTER that answers REQ and DEALER clients between ticks, and never waits for a client."""

import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from itertools import compress
from math import inf
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import zmq

from daemon.control.binding import BindError, bind_socket
from daemon.control.messages import ControlError, Op
from daemon.control.protocol import encode_error, encode_result, parse, refusal
from daemon.parameters import ParameterError

_log: Final = logging.getLogger(__name__)
_WAITING_REPLIES: Final = 1000
# Further requests wait in the queues of their senders.
_WAITING_REQUESTS: Final = 100
# ZeroMQ closes the connection of a sender that exceeds this. Smaller requests over the limit get an error reply.
_MAX_FRAME_BYTES: Final = 256 * 1024

T = TypeVar("T")

__all__ = ["BindError", "Coming", "ControlServer", "Handlers"]


class Coming(Protocol):
    """The future result of a slow request."""

    def done(self) -> bool:
        """Whether the result is ready. Then earlier requests of the same kind are ready too."""

    def result(self) -> Mapping[str, Any]:
        """Return the result; called once. Raises ControlError or ParameterError if the request failed."""


class Handlers(Protocol):
    """Carries requests out."""

    def handle(self, op: Op) -> "Mapping[str, Any] | Coming":
        """Carry `op` out and return the result, or a Coming if that takes long. Only few are in progress at a time.

        This or the later `result` raises ControlError or ParameterError if the request is refused.
        """


class _PendingReply(NamedTuple):
    """A result that is not ready yet, and the client that waits for it."""

    route: list[bytes]
    request_id: str | None
    coming: Coming


class ControlServer:
    """Answers control requests at `bind`, in one thread, without blocking. Raises BindError if it cannot listen."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], bind: str, handlers: Handlers) -> None:
        self._handlers = handlers
        self._pending: list[_PendingReply] = []
        self.socket: zmq.Socket[bytes] = context.socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDHWM, _WAITING_REPLIES)
        self.socket.setsockopt(zmq.RCVHWM, _WAITING_REQUESTS)
        self.socket.setsockopt(zmq.MAXMSGSIZE, _MAX_FRAME_BYTES)
        self.endpoint = bind_socket(self.socket, bind, "control")

    def serve(self, limit: int, seconds: float = inf) -> int:
        """Answer up to `limit` waiting requests, and begin none after `seconds`. Return how many were answered."""
        end = time.monotonic() + seconds
        for served in range(limit):
            if time.monotonic() > end:
                return served
            try:
                frames = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return served
            self._answer(frames)
        return limit

    def settle(self) -> None:
        """Send the results of slow requests that are ready."""
        # Check the latest first: if one gets ready during the loop, it is not answered before an earlier one.
        is_ready = [each.coming.done() for each in reversed(self._pending)][::-1]
        ready = list(compress(self._pending, is_ready))
        self._pending = [each for each, done in zip(self._pending, is_ready, strict=True) if not done]
        for pending in ready:
            self._send(pending.route, _encoded(pending.request_id, _outcome(pending.coming.result)))

    @property
    def is_owing(self) -> bool:
        """Whether a result is not ready yet."""
        return bool(self._pending)

    def close(self) -> None:
        """Stop listening; replies not yet sent are dropped."""
        self.socket.close(linger=0)

    def _answer(self, frames: list[bytes]) -> None:
        sender, *rest = frames
        envelope = rest[:1] if len(rest) > 1 and rest[0] == b"" else []
        body = rest[len(envelope) :]
        route = [sender, *envelope]
        if len(body) == 1:
            self._carry_out(route, body[0])
        else:
            self._send(route, _not_one_frame(len(body)))

    def _carry_out(self, route: list[bytes], frame: bytes) -> None:
        try:
            request = parse(frame)
        except ControlError as error:
            self._send(route, encode_error(error.request_id, error))
            return
        outcome = _outcome(lambda: self._handlers.handle(request.op))
        if isinstance(outcome, Mapping | ControlError):
            self._send(route, _encoded(request.id, outcome))
        else:
            self._pending.append(_PendingReply(route, request.id, outcome))

    def _send(self, route: list[bytes], reply: bytes) -> None:
        # A client that has gone or does not read loses its replies, because the music must not wait for it.
        with contextlib.suppress(zmq.Again):
            self.socket.send_multipart([*route, reply], zmq.NOBLOCK)


def _outcome(work: Callable[[], T]) -> T | ControlError:
    """Return the result of `work`, or its error in the form of a reply."""
    try:
        return work()
    except ControlError as error:
        return _without_frames(error)
    except ParameterError as error:
        return refusal(error)
    except OSError as error:  # for example too many open files, or a disk that was removed
        return ControlError("unavailable", f"the system refuses it: {error.strerror or error}")
    except Exception:  # noqa: BLE001 - a bug in a request must not stop the music
        _log.exception("a control request failed")
        return ControlError(
            "unavailable", "the request failed because of a bug in edmd; its log has the details"
        )


def _without_frames(error: ControlError) -> ControlError:
    """Return the error without traceback and causes, which would form reference cycles."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _encoded(request_id: str | None, outcome: Mapping[str, Any] | ControlError) -> bytes:
    if not isinstance(outcome, ControlError):
        encoded = _outcome(partial(encode_result, request_id, outcome))
        if isinstance(encoded, bytes):
            return encoded
        outcome = encoded
    return encode_error(request_id, outcome)


def _not_one_frame(count: int) -> bytes:
    return encode_error(None, ControlError("bad_request", f"a request is one frame; got {count}"))
