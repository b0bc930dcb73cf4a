"""The jobs of workers: the limits, the task and the result of each."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeVar

from msgspec import Struct

from daemon.control.messages import Code, Preset, Prime, Scene
from daemon.parameters import Value

LENGTH_BYTES: Final = 4
"""A task begins with its length, stored in this many bytes."""

R = TypeVar("R")


class Bounds(NamedTuple):
    """The limits of a job. `doing` is the subject of error messages such as "reading it takes more than 10 seconds".

    `seconds` is wall time, `cpu_seconds` is processor time, `memory_bytes` is the address space of the process.
    """

    doing: str
    seconds: float
    cpu_seconds: int
    memory_bytes: int
    output_bytes: int = 2**20
    open_files: int = 64
    ends_with_parent: bool = True
    niceness: int = 10  # the music comes first


# The interpreter with numpy and ONNX Runtime takes 230 MiB of address space by itself.
BOUNDS: Final[dict[str, Bounds]] = {
    "prime": Bounds("reading it", 10.0, 10, 2**30),
    "presets": Bounds("it", 5.0, 5, 2**28),
    "scenes": Bounds("it", 5.0, 5, 2**29),
    "export": Bounds("writing it", 300.0, 240, 4 * 2**30),
    "bundles": Bounds("verifying it", 20.0, 10, 2 * 2**30),
    "finish": Bounds("writing it", 900.0, 600, 4 * 2**30, ends_with_parent=False, niceness=0),
    "prepare": Bounds("it", 5.0, 5, 2**28),
    "maps": Bounds("saving the map", 5.0, 5, 2**28),
}


@dataclass(frozen=True)
class Job(Generic[R]):
    """A job for a worker: `name` is its module in `daemon/workers/`.

    `failure` begins the error message if the worker exceeds a limit; `param` is the parameter concerned. A job that only
    reads may be `is_shared`: equal ones at the same time have one worker.
    """

    name: str
    task: Struct
    result: type[R]
    failure: str
    param: str | None = None
    is_shared: bool = False

    @property
    def bounds(self) -> Bounds:
        """The limits of the job."""
        return BOUNDS[self.name]


class Done(Struct, Generic[R], frozen=True, tag=True):
    """The job is done."""

    result: R


class Refused(Struct, frozen=True, tag=True):
    """The job cannot be done; `message` gives the reason for the client."""

    code: Code
    message: str
    param: str | None = None


class Broken(Struct, frozen=True, tag=True):
    """The job met a bug of edmd, which `traceback` shows; without `traceback` it exceeded its memory limit."""

    traceback: str | None = None


class ReadMusic(Struct, frozen=True):
    """Read what `op` names; `folder` is the recordings folder."""

    folder: str
    op: Prime


class Heard(Struct, frozen=True):
    """Music as the networks read it: rows of tokens, one for each tick, as in `models.hearing.TokenisedMusic`."""

    melody: list[list[int]]
    percussion: list[list[int]]
    shift: int


def read_music(op: Prime, folder: Path) -> Job[Heard]:
    """Return the job that reads music to prime with."""
    what = "the music" if op.path is None else op.path
    return Job(
        "prime", ReadMusic(str(folder), op), Heard, f"{what} cannot be used", "path" if op.path else None
    )


class PresetTask(Struct, frozen=True, tag=True):
    """Do what `op` requests in `folder`; `values` are the values to save."""

    folder: str
    op: Preset
    values: dict[str, Value] = {}


class PresetResult(Struct, frozen=True):
    """The reply to the client, and the values of a loaded preset."""

    reply: dict[str, Any]
    values: dict[str, Value] = {}


class ReadPair(Struct, frozen=True, tag=True):
    """Read two presets in `folder` to morph between them."""

    folder: str
    first: str
    second: str


class PresetPair(Struct, frozen=True):
    """The values of two presets."""

    first: dict[str, Value]
    second: dict[str, Value]


def read_pair(first: str, second: str, folder: Path) -> Job[PresetPair]:
    """Return the job that reads two presets."""
    return Job(
        "presets",
        ReadPair(str(folder), first, second),
        PresetPair,
        "cannot read presets",
        "from",
        is_shared=True,
    )


class SceneFile(Struct, frozen=True):
    """What a scene holds. `models` has names of bundles or systems by place: `plan`, `melody`, `percussion`.

    The music begins at `bar` of the seed's set, or at the first section named `section`. Without a seed it goes on.
    """

    values: dict[str, Value]
    seed: int | None = None
    section: str = ""
    bar: int | None = None
    models: dict[str, str] = {}
    prime: Prime | None = None


class SceneTask(Struct, frozen=True):
    """Do what `op` requests in the folder of presets; `scene` is to be saved, `current` was loaded last."""

    folder: str
    op: Scene
    current: str = ""
    scene: SceneFile | None = None


class SceneResult(Struct, frozen=True):
    """The reply to the client, a loaded scene, and the bundles that it needs."""

    reply: dict[str, Any]
    scene: SceneFile | None = None
    bundles: list[str] = []


def scene(op: Scene, folder: Path, current: str, saved: SceneFile | None = None) -> Job[SceneResult]:
    """Return the job that saves, loads, lists, renames or deletes scenes."""
    task = SceneTask(str(folder), op, current, saved)
    return Job("scenes", task, SceneResult, f"cannot {op.action} scenes", "name")


class ExportMusic(Struct, frozen=True):
    """Write the MIDI file at `path` in another format beside it; `suffix` is that of the format."""

    path: str
    suffix: str


class Exported(Struct, frozen=True):
    """The path of a file that was written."""

    path: str


def export_music(path: Path, suffix: str) -> Job[Exported]:
    """Return the job that writes a MIDI file in another format."""
    task = ExportMusic(str(path), suffix)
    return Job("export", task, Exported, f"{path} is kept, but cannot be written as {suffix}", "format")


def preset(op: Preset, folder: Path, values: Mapping[str, Value] | None = None) -> Job[PresetResult]:
    """Return the job that saves, loads, lists or deletes presets."""
    task = PresetTask(str(folder), op, dict(values or {}))
    return Job("presets", task, PresetResult, f"cannot {op.action} presets", "name")


class SaveMap(Struct, frozen=True):
    """Write `text` to `path`."""

    path: str
    text: str


class Saved(Struct, frozen=True):
    """The path that was written."""

    path: str


def save_map(path: Path, text: str) -> Job[Saved]:
    """Return the job that writes the map of learned controls."""
    return Job("maps", SaveMap(str(path), text), Saved, "the map is not saved")


class ListBundles(Struct, frozen=True, tag=True):
    """List the names of all models."""


class BundleNames(Struct, frozen=True):
    """The names, in alphabetical order."""

    names: list[str]


class VerifyBundle(Struct, frozen=True, tag=True):
    """Verify a bundle: its files, and that its networks run. With `is_by_name`, `name` must be the name of a model."""

    name: str
    is_by_name: bool = False


class Verified(Struct, frozen=True):
    """A bundle that can be used, the SHA-256 of each of its files, and the parts that it plays."""

    name: str
    hashes: dict[str, str]
    parts: tuple[str, ...] = ("melody", "percussion")


def list_bundles() -> Job[BundleNames]:
    """Return the job that lists the names of all models."""
    return Job("bundles", ListBundles(), BundleNames, "the models cannot be listed")


def verify_bundle(name: str, *, is_by_name: bool) -> Job[Verified]:
    """Return the job that verifies a bundle."""
    return Job(
        "bundles", VerifyBundle(name, is_by_name), Verified, f"the bundle {name} cannot be used", "name"
    )


class PrepareRecording(Struct, frozen=True):
    """Find the path of a recording of this name, and check that it can be written; `folder` is the recordings folder."""

    folder: str
    name: str | None


class Prepared(Struct, frozen=True):
    """The path of a recording. This file, or a numbered one beside it if it exists already, can be written."""

    path: str


def prepare_recording(name: str | None, folder: Path) -> Job[Prepared]:
    """Return the job that checks whether a recording can be made."""
    return Job("prepare", PrepareRecording(str(folder), name), Prepared, "cannot record", "path")


def prepare_capture(folder: Path) -> Job[Prepared]:
    """Return the job that finds the path of a capture."""
    task = PrepareRecording(str(folder), time.strftime("capture-%Y%m%d-%H%M%S.mid"))
    return Job("prepare", task, Prepared, "cannot capture")


class FinishRecording(Struct, frozen=True):
    """Make the MIDI file of a spool at `path`, open as the file `number` and locked where the system hands files over.

    `rest` is the spool's end, which the disk refused.
    """

    path: str
    number: int | None
    rest: bytes = b""


class Finished(Struct, frozen=True):
    """Where the recording is; `failure` says why it is not where it should be."""

    path: str
    failure: str = ""


def finish_recording(path: Path, target: str, number: int | None, rest: bytes) -> Job[Finished]:
    """Return the job that makes the MIDI file `target` of a spool."""
    task = FinishRecording(str(path), number, rest)
    return Job("finish", task, Finished, f"the recording {target} is not written")


def outcome_type(job: Job[R]) -> Any:
    """Return the type of the message that ends a job."""
    return Done[job.result] | Refused | Broken  # type: ignore[name-defined]
