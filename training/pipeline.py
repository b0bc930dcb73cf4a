"""`edmd train` from top to bottom: folders of music, two networks, held-out figures, a bundle."""

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from exporters.onnx import ExportError, write_bundle
from models import bundle
from models.bundle import Bundle
from models.manifest import PARTS
from models.session import choose_provider, open_session
from training import checkpoints, provenance
from training.balance import told, weights
from training.devices import Devices, leads
from training.epochlines import EpochLines
from training.errors import TrainingError
from training.figures import measure
from training.fit import Course, teach
from training.networks import TickNetwork
from training.pack import Corpus, Data, gather
from training.progress import counting
from training.recipe import Catalogue, Recipe
from training.report import lines
from training.splits import Split, split
from training.tables import tables

REPORT: Final = "report.json"


@dataclass(frozen=True)
class Job:
    """The settings of one `edmd train`; `data` has folders with their style (None if not given), or one packed file.

    `seconds` limits the training of both networks together. With `learn` False the bundle is made from the
    checkpoints. `start` is the folder of another training's checkpoints, whose networks are the starting point.
    """

    recipe: Recipe
    name: str
    data: tuple[tuple[Path, str | None], ...]
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
    corpus = read(job.data, job.recipe, job.cache, job.out, console)
    pieces = corpus.pieces
    splits = {part: split(pieces, part) for part in PARTS}
    networks = {part: _network(job, part, splits[part], console) for part in PARTS}
    if not leads():
        return None
    console.print("measuring on held-out songs, exporting, verifying")
    figures = {part: measure(networks[part], part, job.recipe.fit, splits[part]) for part in PARTS}
    learned = {part: provenance.learned(job.checkpoints / part, networks[part]) for part in PARTS}
    data = provenance.data_rows(corpus.sources, pieces)
    words = provenance.provenance(job.name, job.recipe, data, figures, learned)
    try:
        write_bundle(job.out, networks, tables(corpus), words)
    except ExportError as error:
        raise TrainingError(f"{error}; start again with --fresh") from error
    return _verified(job.out)


def check_writable(folder: Path) -> None:
    """Make a folder. Raises TrainingError if it is not writable, before hours of work are lost."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise TrainingError(f"{folder} is not writable ({error.strerror}); name another folder") from error


def forget(folder: Path) -> None:
    """Delete the checkpoints of both networks."""
    for part in PARTS:
        shutil.rmtree(folder / part, ignore_errors=True)


def read(data: Data, recipe: Catalogue, cache: Path, out: Path, console: Console) -> Corpus:
    """Read the music and write a report of every file into `out`. Raises TrainingError if there is no music."""
    with counting(console, "reading music") as progress:
        corpus = gather(data, recipe, cache, progress)
    path = out / REPORT
    if leads():
        path.write_text(json.dumps(corpus.report, indent=1, ensure_ascii=False), encoding="utf-8")
    _print_report(corpus.report, path, console)
    if not corpus.pieces:
        reasons = "; ".join(
            f"{count} {'file' if count == 1 else 'files'}: {why}" for why, count in _ranked(corpus.report)
        )
        folders = ", ".join(str(folder) for folder, _ in data)
        raise TrainingError(
            f"no music to train on in {folders}: {reasons or 'there are no MIDI files or scores'}"
        )
    return corpus


def _ranked(report: Mapping[str, Any]) -> list[tuple[str, int]]:
    return Counter(report["refused"]).most_common()


def _print_report(report: Mapping[str, Any], path: Path, console: Console) -> None:
    for line in lines(report):
        console.print(line, highlight=False)
    refused = len(report["refused_files"])
    if refused:
        console.print(f"refused: {refused}; {path} names each", highlight=False, soft_wrap=True)
        for why, count in _ranked(report):
            console.print(
                f"  {count} {'file' if count == 1 else 'files'}: {why}", highlight=False, markup=False
            )


def _network(job: Job, part: str, songs: Split, console: Console) -> TickNetwork:
    folder = job.checkpoints / part
    if not job.learn:
        if not (folder / checkpoints.BEST).is_file():
            raise TrainingError(
                f"{folder} contains no {checkpoints.BEST}; leave out --from-checkpoints to train"
            )
        return checkpoints.network_of(folder / checkpoints.BEST)
    course = Course(
        folder,
        job.epochs or job.recipe.fit.epochs,
        None if job.seconds is None else job.seconds / len(PARTS),
        EpochLines(console, part),
        job.devices,
        job.start and job.start / part,
    )
    epoch = told(songs.train, weights(songs.train, job.recipe.corpus))
    console.print(f"{part}, one epoch: {', '.join(f'{name} {each:g}' for name, each in epoch.items())}")
    return teach(part, job.recipe, songs.lessons(part, job.recipe), course)


def _verified(folder: Path) -> Bundle:
    made = bundle.load(str(folder.resolve()))
    for part in PARTS:
        open_session(made, part, choose_provider("cpu", b""))
    return made
