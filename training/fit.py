"""Teaching one network with Lightning: truncated backpropagation along songs, checkpoints, early stopping."""

import logging
import signal
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import lightning
import torch
from lightning.fabric.utilities import move_data_to_device
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger

from models.codecs.condition import COLUMNS, PLAN_GROUPS
from training import checkpoints
from training.errors import InterruptedTrainingError
from training.machines import Machines
from training.networks import TickNetwork
from training.reading import Lessons, Reading
from training.recipe import Fit, Recipe
from training.streams import Batch, Lesson, Streams
from training.teacher import Teacher

__all__ = ["Course", "Lessons", "held_out", "teach"]


@dataclass(frozen=True)
class Course:
    """Where, on what and how long a network learns; `seconds` bounds all its runs together, `watcher` shows them."""

    folder: Path
    epochs: int
    seconds: float | None = None
    watcher: lightning.Callback | None = None
    machines: Machines = field(default_factory=Machines)


def teach(part: str, recipe: Recipe, lessons: Lessons, course: Course) -> TickNetwork:
    """Train one network, from where the course's folder has come to; returns the best epoch's network.

    With many devices every rank calls this, and gets the same network.
    TrainingError when that folder is of another network or a device is not there, InterruptedTrainingError on Ctrl-C.
    """
    course.machines.check()
    done = checkpoints.progress(course.folder)
    if done:
        checkpoints.check_fits(course.folder, part, recipe.size(part))
    if done is None or not (done.settled or done.epochs >= course.epochs):
        lightning.seed_everything(1, verbose=False)
        first = done.epochs if done else 0
        teacher = Teacher(part, recipe.size(part), recipe.fit, course.seconds)
        reading = Reading(lessons, part, recipe.fit, ahead=course.machines.on_gpu)
        _fit(_trainer(recipe.fit, course, first), teacher, reading, course.folder / checkpoints.LAST)
    return checkpoints.network_of(course.folder / checkpoints.BEST)


def _fit(trainer: lightning.Trainer, teacher: Teacher, reading: Reading, last: Path) -> None:
    on_interrupt = signal.getsignal(signal.SIGINT)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            trainer.fit(teacher, reading, ckpt_path=str(last) if last.is_file() else None)
    except SystemExit as stopped:  # so Lightning ends after SIGINT and SIGTERM, SIGINT then being ignored
        raise InterruptedTrainingError from stopped
    finally:
        signal.signal(signal.SIGINT, on_interrupt)


def _trainer(fit: Fit, course: Course, first: int) -> lightning.Trainer:
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    stopper = EarlyStopping("validation", patience=fit.patience)
    # A logger empties its folder: a run that goes on gets one of its own.
    log = CSVLogger(course.folder, name="", version=f"from_epoch_{first}" if first else "")
    return lightning.Trainer(
        max_epochs=course.epochs,
        max_time=None if course.seconds is None else {"seconds": max(int(course.seconds), 1)},
        callbacks=[*_keepers(course.folder), stopper, *([course.watcher] if course.watcher else [])],
        logger=log,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1,
        **course.machines.settings(),
    )


def _keepers(folder: Path) -> tuple[ModelCheckpoint, ModelCheckpoint]:
    """Keep the best epoch's network, and every epoch's to go on from: the best first, so that the last knows it."""
    best = ModelCheckpoint(folder, "best", monitor="validation", enable_version_counter=False)
    last = ModelCheckpoint(folder, "last", enable_version_counter=False)
    return best, last


@torch.inference_mode()
def held_out(
    network: TickNetwork, part: str, fit: Fit, lessons: list[Lesson], *, told_the_plan: bool
) -> dict[str, float]:
    """Nats per tick on lessons never learned from: each part's and the sum."""
    network.eval()
    state, device = None, network.offsets.device
    names = [each.name for each in network.layout.parts]
    sums, count = torch.zeros(len(names)), 0
    for read in Streams(lessons, part, fit, learning=False):
        batch: Batch = move_data_to_device(read, device)
        if not told_the_plan:
            for group in PLAN_GROUPS[part]:
                batch.heard.condition[..., COLUMNS[part][group]] = 0
        state = state or move_data_to_device(network.fresh_state(len(batch.fresh)), device)
        keep = (~batch.fresh).view(1, -1, 1)
        nats, state = network(batch.heard, batch.target, batch.matched, (state[0] * keep, state[1] * keep))
        sums += (nats * batch.real.unsqueeze(-1)).sum(dim=(0, 1)).cpu()
        count += int(batch.real.sum())
    figures = {name: round(float(value) / count, 4) for name, value in zip(names, sums, strict=True)}
    return {**figures, "all": round(float(sums.sum()) / count, 4)}
