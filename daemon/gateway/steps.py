"""Requests that need files, as steps: jobs for workers, and operations for the composer, which reads no files.

Each function is a generator. It yields a Job or an operation, gets its result through `send`, and returns the reply to
the client. If a step fails, the caller passes the error to `throw`. `steps_of` returns None for an operation that the
composer carries out alone.
"""

from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import convert

from daemon.control.messages import (
    Capture,
    ControlError,
    Model,
    Morph,
    Op,
    Preset,
    Prime,
    Record,
    Scene,
    Set,
)
from daemon.gateway.pairs import Pairs
from daemon.link.gateway import (
    AcceptedValues,
    BeginRecording,
    CaptureTo,
    DescribeScene,
    Hear,
    Inner,
    LoadScene,
    MorphTo,
    NameModels,
    PresetsChanged,
    Swap,
    SwapSystem,
)
from daemon.workers import jobs
from daemon.workers.jobs import Job, SceneFile, Verified

Steps = Generator[Job[Any] | Op | Inner, Any, Mapping[str, Any]]


class Folders(NamedTuple):
    """The folders of recordings and presets."""

    recordings: Path
    presets: Path


def steps_of(op: Op | Inner, folders: Folders, pairs: Pairs | None = None) -> Steps | None:
    """Return the steps of an operation that needs files. `pairs` has presets that were read before."""
    pairs = Pairs() if pairs is None else pairs
    steps: Mapping[type, Callable[[Any], Steps]] = {
        Prime: lambda op: _prime(op, folders),
        Model: _model,
        Preset: lambda op: _preset(op, folders, pairs),
        Scene: lambda op: _scene(op, folders),
        Morph: lambda op: _morph(op, folders, pairs),
        Capture: lambda op: _capture(op, folders),
        Record: lambda op: _record(op, folders),
    }
    if type(op) not in steps or (isinstance(op, Record) and op.action == "stop"):
        return None
    return steps[type(op)](op)


def _prime(op: Prime, folders: Folders) -> Steps:
    heard = yield jobs.read_music(op, folders.recordings)
    return (yield Hear(heard, op))  # type: ignore[no-any-return]


def _model(op: Model) -> Steps:
    if op.action == "list":
        names = yield jobs.list_bundles()
        return (yield NameModels(names.names))  # type: ignore[no-any-return]
    name = op.name or ""
    if Path(name).name != name:
        raise ControlError("bad_request", f"a model is loaded by its name, not by a path; got {name}")
    try:
        return (yield SwapSystem(name, op.part))  # type: ignore[no-any-return]
    except ControlError as error:  # no system without networks has this name, so it is a bundle
        if error.code != "not_found" or error.param == "deck":
            raise
    verified = yield jobs.verify_bundle(name, is_by_name=True)
    if op.part and op.part not in verified.parts:
        raise ControlError(
            "unavailable", f"the model {name} has no network for {op.part}; name another one for it", "part"
        )
    return (yield Swap(verified, op.part))  # type: ignore[no-any-return]


def _preset(op: Preset, folders: Folders, pairs: Pairs) -> Steps:
    # Asked first in any case, because it is refused if there is no such deck.
    values = (yield AcceptedValues())["params"] if op.action != "list" else {}
    done = yield jobs.preset(op, folders.presets, values)
    if op.action == "load":
        return {**done.reply, **(yield Set(done.values, op.at, op.over))}
    if op.action != "list":
        pairs.forget()
        yield PresetsChanged()
    return done.reply  # type: ignore[no-any-return]


def _scene(op: Scene, folders: Folders) -> Steps:
    now = yield DescribeScene()
    playing = convert(now["scene"], SceneFile)
    done = yield jobs.scene(op, folders.presets, now["current"], playing if op.action == "save" else None)
    if done.scene is None:
        if op.action != "list":
            yield PresetsChanged()
        return done.reply  # type: ignore[no-any-return]
    bundles: tuple[Verified, ...] = ()
    for name in sorted({*done.bundles} - {*playing.models.values()}):
        bundles = (*bundles, (yield jobs.verify_bundle(name, is_by_name=True)))
    heard = (
        None if done.scene.prime is None else (yield jobs.read_music(done.scene.prime, folders.recordings))
    )
    loading = LoadScene(done.reply["name"], done.scene, bundles, heard, op.at)
    return {**done.reply, **(yield loading)}


def _morph(op: Morph, folders: Folders, pairs: Pairs) -> Steps:
    pair = pairs.get(op.from_, op.to)
    if pair is None:
        pair = yield jobs.read_pair(op.from_, op.to, folders.presets)
        pairs.put(op.from_, op.to, pair)
    return (yield MorphTo(pair.first, pair.second, op.position, op.over, op.at))  # type: ignore[no-any-return]


def _capture(op: Capture, folders: Folders) -> Steps:
    yield AcceptedValues()  # refused if there is no such deck, before any folder is made
    prepared = yield jobs.prepare_capture(folders.recordings)
    begun = yield CaptureTo(prepared.path, op.bars)
    finished = yield jobs.finish_recording(Path(begun["spool"]), begun["path"], None, b"")
    reply = {"path": finished.path, "bars": begun["bars"], "from_bar": begun["from_bar"]}
    if op.format == "midi":
        return reply
    exported = yield jobs.export_music(Path(finished.path), f".{op.format}")
    return {**reply, "path": exported.path, "midi": finished.path}


def _record(op: Record, folders: Folders) -> Steps:
    yield AcceptedValues()  # refused if there is no such deck, before any folder is made
    prepared = yield jobs.prepare_recording(op.path, folders.recordings)
    return (yield BeginRecording(prepared.path))  # type: ignore[no-any-return]
