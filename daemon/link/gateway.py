"""The messages between gateway and composer."""

from typing import Any

from msgspec import Struct

from daemon.control.messages import Code, Op, PartName
from daemon.workers.jobs import Heard, Verified
from models.notes import MAIN


class Asked(Struct, frozen=True, tag=True):
    """A request of a client about a deck. The answer has the same `number`.

    `surface` is the input it came from, such as `zmq`.
    """

    number: int
    op: "Op | Inner"
    surface: str
    deck: str = MAIN


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
    """A telemetry message of a deck for the subscribers of `topic`."""

    topic: str
    body: dict[str, Any]
    deck: str = MAIN


class Hear(Struct, frozen=True, tag=True):
    """Prime the models with music that a worker has read, and continue from it at a bar."""

    music: Heard


class Swap(Struct, frozen=True, tag=True):
    """Load a bundle that a worker has verified, and swap it in at a bar, for everything or for one part."""

    bundle: Verified
    part: PartName | None = None


class SwapSystem(Struct, frozen=True, tag=True):
    """Swap in a system without networks at a bar, for one part or for both."""

    name: str
    part: PartName | None = None


class NameModels(Struct, frozen=True, tag=True):
    """List the models `names`, and mark the one that plays."""

    names: list[str]


class AcceptedValues(Struct, frozen=True, tag=True):
    """Return all parameters as they will be after the pending changes, for a preset."""


class PresetsChanged(Struct, frozen=True, tag=True):
    """A preset was saved or deleted."""


class BeginRecording(Struct, frozen=True, tag=True):
    """Record to `path`, which a worker has checked."""

    path: str


Inner = Hear | Swap | SwapSystem | NameModels | AcceptedValues | PresetsChanged | BeginRecording
"""Requests of the gateway itself, in addition to the operations of clients."""

ToComposer = Asked
ToGateway = Answered | Refused | Published
