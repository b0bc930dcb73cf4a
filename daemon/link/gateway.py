"""What the gateway and the composer say to each other."""

from typing import Any

from msgspec import Struct

from daemon.control.messages import Code, Op
from daemon.workers.jobs import Heard, Verified


class Asked(Struct, frozen=True, tag=True):
    """A request of a client. `number` names it in the answer; `surface` is where it came in, such as `zmq`."""

    number: int
    op: "Op | Inner"
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


class Hear(Struct, frozen=True, tag=True):
    """Let the models hear music that a worker has read, and go on from it at a bar."""

    music: Heard


class Swap(Struct, frozen=True, tag=True):
    """Load a bundle that a worker has verified, and swap it in at a bar."""

    bundle: Verified


class NameModels(Struct, frozen=True, tag=True):
    """Tell which of the models `names` plays."""

    names: list[str]


class AcceptedValues(Struct, frozen=True, tag=True):
    """Tell all parameters as they will be once everything pending has happened: what a preset holds."""


class PresetsChanged(Struct, frozen=True, tag=True):
    """A preset was saved or deleted."""


class BeginRecording(Struct, frozen=True, tag=True):
    """Record to `path`, which a worker has checked."""

    path: str


Inner = Hear | Swap | NameModels | AcceptedValues | PresetsChanged | BeginRecording
"""What the gateway asks of the composer for a client's request, beside the operations of clients."""

ToComposer = Asked
ToGateway = Answered | Refused | Published
