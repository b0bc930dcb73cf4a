"""`edmd train gauge` from top to bottom: folders of music, one small network, held-out figures, a bundle."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from exporters.onnx import ExportError
from models.bundle import Bundle
from models.gauge import Gauge
from models.manifest import GAUGE
from models.songindex import pack, unpack
from training import checkpoints
from training.epochlines import EpochLines
from training.errors import TrainingError
from training.gauge.export import write_gauge
from training.gauge.figures import found_again, index_songs, measure
from training.gauge.fit import Course, network_of, teach
from training.gauge.network import GaugeNetwork
from training.gauge.recipe import GaugeRecipe
from training.gauge.songs import Deal, deal
from training.pack import Data
from training.pipeline import check_writable, read
from training.provenance import data_rows, licence


@dataclass(frozen=True)
class GaugeJob:
    """The settings of one `edmd train gauge`; with `learn` False the bundle is made from the checkpoints."""

    recipe: GaugeRecipe
    name: str
    data: Data
    out: Path
    checkpoints: Path
    cache: Path
    epochs: int | None = None
    seconds: float | None = None
    learn: bool = True

    @property
    def folder(self) -> Path:
        """The folder of its checkpoints."""
        return self.checkpoints / GAUGE


def run(job: GaugeJob, console: Console) -> Bundle:
    """Make a gauge. Raises TrainingError or InterruptedTrainingError if none can be made."""
    for folder in (job.out, job.checkpoints):
        check_writable(folder)
    sources, pieces, *_ = read(job.data, job.recipe, job.cache, job.out, console)
    songs, used = deal(pieces, job.recipe)
    network = _network(job, songs, console)
    console.print("measuring on held-out songs, exporting, verifying")
    index = index_songs(network, songs.train)
    found, temperature = found_again(network, songs.train, unpack(pack(index), job.recipe.network.embedding))
    data = data_rows(sources, used)
    words: dict[str, Any] = {
        "name": job.name,
        "version": job.recipe.version,
        "licence": licence(job.recipe, data),
        "recipe": job.recipe.name,
        "data": data,
        "held_out": {**measure(network, songs.test), "found_again": found},
        "training": _learned(job, network),
    }
    try:
        write_gauge(job.out, network, index, temperature, words)
    except ExportError as error:
        raise TrainingError(f"{error}; start again with --fresh") from error
    return Gauge.load(job.out).bundle


def forget(folder: Path) -> None:
    """Delete the checkpoints of a gauge."""
    shutil.rmtree(folder / GAUGE, ignore_errors=True)


def _network(job: GaugeJob, songs: Deal, console: Console) -> GaugeNetwork:
    if job.learn:
        watcher = EpochLines(console, GAUGE, "nats")
        return teach(
            job.recipe, songs, Course(job.folder, job.epochs or job.recipe.fit.epochs, job.seconds, watcher)
        )
    best = job.folder / checkpoints.BEST
    if not best.is_file():
        raise TrainingError(
            f"{job.folder} contains no {checkpoints.BEST}; leave out --from-checkpoints to train"
        )
    return network_of(best, songs.validation, job.recipe)


def _learned(job: GaugeJob, network: GaugeNetwork) -> dict[str, Any]:
    return {
        "torch": torch.__version__,
        "parameters": sum(each.numel() for each in network.parameters()),
        "best_epoch": checkpoints.best_epoch(job.folder),
        "style_temperature": round(float(network.style_temperature), 3),
    }
