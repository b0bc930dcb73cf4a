"""The control socket: a ROUTER that answers REQ and DEALER clients between ticks and never waits for one."""

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
# Requests beyond this wait at their senders.
_WAITING_REQUESTS: Final = 100
# Beyond it ZeroMQ hangs up on the sender; up to it the sender is told that its request is too large.
_MAX_FRAME_BYTES: Final = 256 * 1024

T = TypeVar("T")

__all__ = ["BindError", "Coming", "ControlServer", "Handlers"]


class Coming(Protocol):
    """A result that takes long."""

    def done(self) -> bool:
        """Whether it is there; those that began before it in the same place are there too then."""

    def result(self) -> Mapping[str, Any]:
        """The result, asked for once; ControlError or ParameterError when there is none."""


class Handlers(Protocol):
    """Whoever carries requests out."""

    def handle(self, op: Op) -> "Mapping[str, Any] | Coming":
        """Carry `op` out and return the result, or the one to come where that takes long.

        ControlError or ParameterError, now or then, when it is refused. Few results are to come at a time.
        """


class _Owed(NamedTuple):
    """A result that has not come yet, and whom it is for."""

    route: list[bytes]
    request_id: str | None
    coming: Coming


class ControlServer:
    """Answers control requests at `bind`, in one thread, never blocking. BindError when it cannot listen."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], bind: str, handlers: Handlers) -> None:
        self._handlers = handlers
        self._owed: list[_Owed] = []
        self.socket: zmq.Socket[bytes] = context.socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDHWM, _WAITING_REPLIES)
        self.socket.setsockopt(zmq.RCVHWM, _WAITING_REQUESTS)
        self.socket.setsockopt(zmq.MAXMSGSIZE, _MAX_FRAME_BYTES)
        self.endpoint = bind_socket(self.socket, bind, "control")

    def serve(self, limit: int, seconds: float = inf) -> int:
        """Answer at most `limit` requests that wait, and begin none after `seconds`; returns how many there were."""
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
        """Send the results that have come since they were asked for."""
        # The last are looked at first: one that comes meanwhile is never answered before an earlier one.
        is_due = [each.coming.done() for each in reversed(self._owed)][::-1]
        due = list(compress(self._owed, is_due))
        self._owed = [each for each, done in zip(self._owed, is_due, strict=True) if not done]
        for owed in due:
            self._send(owed.route, _encoded(owed.request_id, _outcome(owed.coming.result)))

    @property
    def is_owing(self) -> bool:
        """Whether a result is still to come."""
        return bool(self._owed)

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
            self._owed.append(_Owed(route, request.id, outcome))

    def _send(self, route: list[bytes], reply: bytes) -> None:
        # A client that is gone or does not read loses its replies: the music does not wait for it.
        with contextlib.suppress(zmq.Again):
            self.socket.send_multipart([*route, reply], zmq.NOBLOCK)


def _outcome(work: Callable[[], T]) -> T | ControlError:
    """What `work` returns, or its error as the client is told of it."""
    try:
        return work()
    except ControlError as error:
        return _alone(error)
    except ParameterError as error:
        return refusal(error)
    except OSError as error:  # too many open files, a disk that is gone
        return ControlError("unavailable", f"the system refuses it: {error.strerror or error}")
    except Exception:  # noqa: BLE001 - the one place where a fault of ours must not cost the music
        _log.exception("a control request failed")
        return ControlError("unavailable", "the request failed inside edmd; its log tells why")


def _alone(error: ControlError) -> ControlError:
    """The error without the frames it came through: they would refer to each other until they are collected."""
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
