"""The messages between gateway and composer."""

from typing import Any, Final

from msgspec import Struct

from daemon.automation import At
from daemon.control.messages import Code, Op, PartName, Prime
from daemon.parameters import Value
from daemon.workers.jobs import Heard, SceneFile, Verified
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
    """Prime the models with music that a worker has read, and continue from it at a bar. `op` asked for it."""

    music: Heard
    op: Prime | None = None


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


class DescribeScene(Struct, frozen=True, tag=True):
    """Return what plays as a scene, and the name of the scene that was loaded last."""


class LoadScene(Struct, frozen=True, tag=True):
    """Change to a scene at a bar: its parameters, section, seed, models and priming together.

    `bundles` have been verified, and `heard` is its music to prime with.
    """

    name: str
    file: SceneFile
    bundles: tuple[Verified, ...] = ()
    heard: Heard | None = None
    at: At = "bar"


class MorphTo(Struct, frozen=True, tag=True):
    """Play between two sets of values, as `Morph` says."""

    first: dict[str, Value]
    second: dict[str, Value]
    position: float | None
    over: float | None
    at: At


class CaptureTo(Struct, frozen=True, tag=True):
    """Write the last bars to a spool for the recording `path`, which a worker has checked."""

    path: str
    bars: int


class AcceptedValues(Struct, frozen=True, tag=True):
    """Return all parameters as they will be after the pending changes, for a preset."""


class PresetsChanged(Struct, frozen=True, tag=True):
    """A preset or a scene was saved, renamed or deleted."""


class BeginRecording(Struct, frozen=True, tag=True):
    """Record to `path`, which a worker has checked."""

    path: str


SUSTAINED: Final = -1
"""In the place of a velocity: the key is let go, and the sustain pedal holds its note."""


class PlayedNotes(Struct, frozen=True, tag=True):
    """Notes that somebody plays, each as (seconds of `time.perf_counter`, pitch, velocity).

    A velocity of 0 stands for its end. With `all_off` all notes before them have ended.
    """

    notes: tuple[tuple[float, int, int], ...]
    all_off: bool = False


Inner = (
    Hear
    | Swap
    | SwapSystem
    | NameModels
    | DescribeScene
    | LoadScene
    | MorphTo
    | CaptureTo
    | AcceptedValues
    | PresetsChanged
    | BeginRecording
    | PlayedNotes
)
"""Requests of the gateway itself, in addition to the operations of clients."""

ToComposer = Asked
ToGateway = Answered | Refused | Published
