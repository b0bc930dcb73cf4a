"""The composer's end of the link to the gateway, for requests, answers and telemetry."""

import logging
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeVar

from daemon.control.messages import ControlError, Op
from daemon.control.protocol import refusal
from daemon.link.channel import Channel
from daemon.link.gateway import Answered, Asked, Inner, Published, Refused, ToComposer, ToGateway
from daemon.parameters import ParameterError

_log: Final = logging.getLogger(__name__)
# Limits for one turn of the loop, so that many requests delay no tick.
_REQUESTS_A_TURN: Final = 16
_SECONDS_A_TURN: Final = 0.004
# Telemetry is dropped while this many bytes wait for the gateway.
_MOST_WAITING_BYTES: Final = 256 * 1024

T = TypeVar("T")


class Handlers(Protocol):
    """Carries requests out."""

    def handle(self, op: Op | Inner, deck: str) -> Mapping[str, Any]:
        """Carry `op` out on a deck; return the result. Raises ControlError or ParameterError if the request is refused."""


class GatewayLink:
    """Serves the attached gateway in one thread, without blocking. Without a gateway, telemetry is dropped."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers
        self._channel: Channel[ToComposer, ToGateway] | None = None

    def attach(self, sock: socket.socket) -> None:
        """Replace the link with one to another gateway."""
        self.close()
        self._channel = Channel(sock, ToComposer, "composer")

    def fileno(self) -> int | None:
        """Return the file descriptor that a poller watches for requests, or None without a gateway."""
        return None if self._channel is None else self._channel.fileno()

    @property
    def is_busy(self) -> bool:
        """Whether decoded requests wait; a poller does not report these."""
        return self._channel is not None and self._channel.has_received

    def serve(self, limit: int = _REQUESTS_A_TURN, seconds: float = _SECONDS_A_TURN) -> int:
        """Carry out up to `limit` waiting requests, starting none after `seconds`. Return their number."""
        end, served = time.monotonic() + seconds, 0
        while served < limit and time.monotonic() <= end and (asked := self._next()) is not None:
            served += 1
            self._carry_out(asked)
        return served

    def publish(self, deck: str, topic: str, message: Mapping[str, Any]) -> None:
        """Send a telemetry message of a deck to the gateway. Drop it if the gateway is missing or too slow."""
        if self._channel is not None and self._channel.waiting_bytes < _MOST_WAITING_BYTES:
            self._channel.send(Published(topic, dict(message), deck))

    def close(self) -> None:
        """Close the link."""
        if self._channel is not None:
            self._channel.close()
        self._channel = None

    def _next(self) -> Asked | None:
        try:
            if self._channel is not None and self._channel.poll(0):
                return self._channel.recv()
        except BlockingIOError:
            pass
        except EOFError:
            self.close()
        return None

    def _carry_out(self, asked: Asked) -> None:
        self._answer(asked.number, _outcome(lambda: self._handlers.handle(asked.op, asked.deck)))

    def _answer(self, number: int, outcome: Mapping[str, Any] | ControlError) -> None:
        channel = self._channel
        if channel is None:
            return
        if not isinstance(outcome, ControlError):
            answered = Answered(number, dict(outcome))
            failure = _outcome(lambda: channel.send(answered))  # a result that cannot be encoded is a bug
            if failure is None:
                return
            outcome = failure
        channel.send(Refused(number, outcome.code, outcome.message, outcome.param))


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
