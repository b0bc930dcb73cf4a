"""Train one network with Lightning: truncated backpropagation along songs, checkpoints, early stopping."""

from dataclasses import dataclass, field
from pathlib import Path

import lightning
import torch
from lightning.fabric.utilities import move_data_to_device

from models.codecs.condition import COLUMNS, PLAN_GROUPS
from training import checkpoints
from training.devices import Devices
from training.module import TrainingModule
from training.networks import TickNetwork
from training.reading import Lessons, Reading
from training.recipe import Fit, Recipe
from training.streams import Batch, Lesson, Streams
from training.trainers import Bounds, stopped_kindly, trainer

__all__ = ["Course", "Lessons", "held_out", "teach"]


@dataclass(frozen=True)
class Course:
    """The training of one network: its folder, devices and length.

    `seconds` limits all runs together; `watcher` shows them. If `start` is given, the first run begins with the
    network of that folder.
    """

    folder: Path
    epochs: int
    seconds: float | None = None
    watcher: lightning.Callback | None = None
    devices: Devices = field(default_factory=Devices)
    start: Path | None = None


def teach(part: str, recipe: Recipe, lessons: Lessons, course: Course) -> TickNetwork:
    """Train one network, resuming from the checkpoints in the course's folder. Returns the best epoch's network.

    With several devices every rank calls this and gets the same network. Raises TrainingError if the folder contains
    another network or a device is missing, InterruptedTrainingError on Ctrl-C.
    """
    course.devices.check()
    done = checkpoints.progress(course.folder)
    if done:
        checkpoints.check_fits(course.folder, part, recipe.size(part))
    if done is None or not (done.settled or done.epochs >= course.epochs):
        lightning.seed_everything(1, verbose=False)
        first = done.epochs if done else 0
        module = TrainingModule(part, recipe.size(part), recipe.fit, course.seconds)
        if done is None and course.start:
            checkpoints.take_over(module.network, course.start)
        reading = Reading(lessons, part, recipe.fit, ahead=course.devices.on_gpu)
        bounds = Bounds(course.epochs, course.seconds, recipe.fit.patience)
        settings = {"reload_dataloaders_every_n_epochs": 1, **course.devices.settings()}
        last = course.folder / checkpoints.LAST
        with stopped_kindly():
            teaching = trainer(course.folder, bounds, first, course.watcher, **settings)
            teaching.fit(module, reading, ckpt_path=str(last) if last.is_file() else None)
    return checkpoints.network_of(course.folder / checkpoints.BEST)


@torch.inference_mode()
def held_out(
    network: TickNetwork, part: str, fit: Fit, lessons: list[Lesson], *, told_the_plan: bool
) -> dict[str, float]:
    """Return nats per tick on held-out lessons: for each part and in all."""
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
