"""`edmd train` from top to bottom: corpus, lessons, networks, fit, export. The same for every system.

A recipe names its system (`training.systems.table`). The system makes the lessons and the networks, and
finishes the bundle; all other work is here and in the files that this one imports.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from torch import nn

from exporters.onnx import ExportError
from models import bundle
from models.bundle import Bundle, BundleError
from models.manifest import MANIFEST
from training import checkpoints, provenance
from training.aside import aside
from training.devices import Devices, leads
from training.epochlines import EpochLines
from training.errors import TrainingError
from training.fit import Course, teach
from training.music import Corpus, Data, check_music, gather
from training.progress import counting
from training.recipe import Recipe
from training.report import counted, lines
from training.system import Lessons, System

REPORT: Final = "report.json"


@dataclass(frozen=True)
class Job:
    """The settings of one `edmd train`; `data` has folders with their style (None if not given), or one packed file.

    `seconds` limits the training of all networks together. With `learn` False the bundle is made from the
    checkpoints. `start` is a bundle, or the folder of another training's checkpoints, whose networks are the
    starting point.
    """

    recipe: Recipe
    name: str
    data: Data
    out: Path
    checkpoints: Path
    cache: Path
    epochs: int | None = None
    seconds: float | None = None
    learn: bool = True
    devices: Devices = field(default_factory=Devices)
    start: Path | None = None


def run(job: Job, console: Console) -> Bundle | None:
    """Make a bundle; returns None on a rank that only trains.

    Raises TrainingError or InterruptedTrainingError if no bundle can be made.
    """
    for folder in (job.out, job.checkpoints):
        check_writable(folder)
    corpus = read(job, console)
    system = job.recipe.system(corpus)
    networks = {name: _network(job, lessons, console) for name, lessons in system.lessons.items()}
    if not leads():
        return None
    console.print("measuring on held-out songs, exporting, verifying")
    facts = provenance.facts(job.name, job.recipe, corpus.sources, system.pieces)
    learned = {name: provenance.learned(job.checkpoints / name, each) for name, each in networks.items()}
    return _bundle(job, system, networks, facts, learned)


def _bundle(
    job: Job,
    system: System,
    networks: Mapping[str, nn.Module],
    facts: Mapping[str, Any],
    learned: Mapping[str, Mapping[str, Any]],
) -> Bundle:
    """Write the bundle. One that is in the folder already is replaced only by one that has been loaded and verified."""
    try:
        with aside(job.out, last=MANIFEST) as place:
            kind = system.finish(place, networks, facts, learned).kind
        return bundle.load(str(job.out.resolve()), kind)
    except ExportError as error:
        raise TrainingError(f"{error}; start again with --fresh") from error
    except BundleError as error:
        raise TrainingError(f"no bundle was made of {job.checkpoints}: {error}") from error


def check_writable(folder: Path) -> None:
    """Make a folder. Raises TrainingError if it is not writable, before hours of work are lost."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise TrainingError(f"{folder} is not writable ({error.strerror}); name another folder") from error


def forget(job: Job) -> None:
    """Delete the checkpoints of all networks."""
    for name in job.recipe.networks:
        shutil.rmtree(job.checkpoints / name, ignore_errors=True)


def read(job: Job, console: Console) -> Corpus[Any]:
    """Read the music and write a report of every file. Raises TrainingError if there is no music."""
    with counting(console, "reading music") as progress:
        corpus = (job.recipe.reader() or gather)(job.data, job.recipe, job.cache, progress)
    path = job.out / REPORT
    if leads():
        path.write_text(json.dumps(corpus.report, indent=1, ensure_ascii=False), encoding="utf-8")
    reasons = counted(corpus.report)
    # Names of folders may look like markup.
    for line in corpus.report["lines"] if "lines" in corpus.report else lines(corpus.report):
        console.print(line, highlight=False, markup=False)
    if reasons:
        refused = len(corpus.report["refused_files"])
        console.print(f"refused: {refused}; {path} names each", highlight=False, markup=False, soft_wrap=True)
        for reason in reasons:
            console.print(f"  {reason}", highlight=False, markup=False)
    check_music(corpus, job.data)
    return corpus


def _network(job: Job, lessons: Lessons, console: Console) -> nn.Module:
    """Train a network, or load the best one of its checkpoints."""
    name, folder = lessons.name, job.checkpoints / lessons.name
    if not job.learn:
        if not (folder / checkpoints.BEST).is_file():
            raise TrainingError(
                f"{folder} contains no {checkpoints.BEST}; leave out --from-checkpoints to train"
            )
        checkpoints.check_fits(folder, lessons, checkpoints.BEST)
        return checkpoints.network_of(lessons, folder / checkpoints.BEST)
    epoch = ", ".join(f"{what} {figure:g}" for what, figure in lessons.describe().items())
    if epoch:
        console.print(f"{name}, one epoch: {epoch}")
    course = Course(
        folder,
        job.epochs or lessons.fit.epochs,
        job.seconds and job.seconds / len(job.recipe.networks),
        EpochLines(console, name, lessons.unit),
        Devices("cpu", precise=True) if lessons.alone else job.devices,
        _beginning(job.start, name, console) if job.start else None,
    )
    return teach(lessons, course)


def _beginning(start: Path, name: str, console: Console) -> Path | Bundle:
    """Return what a network begins with: the bundle in a folder, or the folder of the network's own checkpoints."""
    if not (start / MANIFEST).is_file():
        return start / name
    try:
        begun = bundle.load(str(start.resolve()))
    except BundleError as error:
        raise TrainingError(str(error)) from error
    if name not in {network.part for network in begun.networks}:
        console.print(
            f"{name} begins untrained, because {start} has no such network", highlight=False, markup=False
        )
    return begun
