"""What the gateway and the composer say to each other."""

from typing import Any

from msgspec import Struct

from daemon.control.messages import Code, Op


class Asked(Struct, frozen=True, tag=True):
    """A request of a client. `number` names it in the answer; `surface` is where it came in, such as `zmq`."""

    number: int
    op: Op
    surface: str


class Answered(Struct, frozen=True, tag=True):
    """The result of request `number`."""

    number: int
    result: dict[str, Any]


class Refused(Struct, frozen=True, tag=True):
    """Request `number` was not carried out."""

    number: int
    code: Code
    message: str
    param: str | None = None


class Published(Struct, frozen=True, tag=True):
    """A telemetry message for whoever listens to `topic`."""

    topic: str
    body: dict[str, Any]


ToComposer = Asked
ToGateway = Answered | Refused | Published
