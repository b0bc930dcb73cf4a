"""Requests that need files, as steps: jobs for workers, and operations for the composer, which reads no files.

Each function is a generator. It yields a Job or an operation, gets its result through `send`, and returns the reply to
the client. If a step fails, the caller passes the error to `throw`. `steps_of` returns None for an operation that the
composer carries out alone.
"""

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from daemon.control.messages import ControlError, Model, Op, Preset, Prime, Record, Set
from daemon.link.gateway import (
    AcceptedValues,
    BeginRecording,
    Hear,
    Inner,
    NameModels,
    PresetsChanged,
    Swap,
    SwapSystem,
)
from daemon.workers import jobs
from daemon.workers.jobs import Job

Steps = Generator[Job[Any] | Op | Inner, Any, Mapping[str, Any]]


class Folders(NamedTuple):
    """The folders of recordings and presets."""

    recordings: Path
    presets: Path


def steps_of(op: Op | Inner, folders: Folders) -> Steps | None:
    """Return the steps of an operation that needs files."""
    match op:
        case Prime():
            return _prime(op, folders)
        case Model():
            return _model(op)
        case Preset():
            return _preset(op, folders)
        case Record("start"):
            return _record(op, folders)
    return None


def _prime(op: Prime, folders: Folders) -> Steps:
    heard = yield jobs.read_music(op, folders.recordings)
    return (yield Hear(heard))  # type: ignore[no-any-return]


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


def _preset(op: Preset, folders: Folders) -> Steps:
    # Asked first in any case, because it is refused if there is no such deck.
    values = (yield AcceptedValues())["params"] if op.action != "list" else {}
    done = yield jobs.preset(op, folders.presets, values)
    if op.action == "load":
        return {**done.reply, **(yield Set(done.values, op.at, op.over))}
    if op.action != "list":
        yield PresetsChanged()
    return done.reply  # type: ignore[no-any-return]


def _record(op: Record, folders: Folders) -> Steps:
    yield AcceptedValues()  # refused if there is no such deck, before any folder is made
    prepared = yield jobs.prepare_recording(op.path, folders.recordings)
    return (yield BeginRecording(prepared.path))  # type: ignore[no-any-return]
