"""Train one network with Lightning: checkpoints, early stopping, resuming, and stopping by a signal."""

import logging
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import lightning
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from torch import nn

from models.bundle import Bundle
from training import checkpoints
from training.devices import Devices
from training.errors import InterruptedTrainingError
from training.module import TrainingModule
from training.reading import Reading
from training.system import Lessons


@dataclass(frozen=True)
class Course:
    """The training of one network: its folder, devices and length.

    `seconds` limits all runs together; `watcher` shows them. If `start` is given, the first run begins with the
    network of that folder or bundle.
    """

    folder: Path
    epochs: int
    seconds: float | None = None
    watcher: lightning.Callback | None = None
    devices: Devices = field(default_factory=Devices)
    start: Path | Bundle | None = None


def teach(lessons: Lessons, course: Course) -> nn.Module:
    """Train one network, resuming from the checkpoints in the course's folder. Returns the best epoch's network.

    With several devices every rank calls this and gets the same network. Raises TrainingError if the folder contains
    another network or a device is missing, InterruptedTrainingError on Ctrl-C.
    """
    course.devices.check()
    done = checkpoints.progress(course.folder)
    if done:
        checkpoints.check_fits(course.folder, lessons)
    if done is None or not (done.settled or done.epochs >= course.epochs):
        lightning.seed_everything(1, verbose=False)
        module = TrainingModule(lessons, course.seconds)
        if done is None and course.start:
            checkpoints.take_over(module.network, lessons, course.start)
        last = course.folder / checkpoints.LAST
        with _stopped_by_signal():
            first = done.epochs if done else 0
            trainer = _trainer(lessons, course, first=first)
            reading = Reading(lessons, ahead=course.devices.on_gpu, first=first)
            trainer.fit(module, reading, ckpt_path=str(last) if last.is_file() else None)
    return checkpoints.network_of(lessons, course.folder / checkpoints.BEST)


def _trainer(lessons: Lessons, course: Course, first: int) -> lightning.Trainer:
    """Make a trainer that writes checkpoints and figures into the folder; `first` is the epoch that it starts with."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    # `best` is first, so that the last checkpoint contains the state of `best`.
    best = ModelCheckpoint(course.folder, "best", monitor="validation", enable_version_counter=False)
    last = ModelCheckpoint(course.folder, "last", enable_version_counter=False)
    stopper = EarlyStopping("validation", patience=lessons.fit.patience)
    return lightning.Trainer(
        max_epochs=course.epochs,
        max_time=None if course.seconds is None else {"seconds": max(int(course.seconds), 1)},
        callbacks=[best, last, stopper, *([course.watcher] if course.watcher else [])],
        # A logger empties its folder, so a resumed run gets a new one.
        logger=CSVLogger(course.folder, name="", version=f"from_epoch_{first}" if first else ""),
        reload_dataloaders_every_n_epochs=int(lessons.varies),
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        **course.devices.settings(),
    )


@contextmanager
def _stopped_by_signal() -> Iterator[None]:
    """Run a trainer inside the block. Raises InterruptedTrainingError if SIGINT or SIGTERM ended it."""
    on_interrupt = signal.getsignal(signal.SIGINT)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            yield
    except SystemExit as stopped:  # Lightning exits like this after a signal and leaves SIGINT ignored
        raise InterruptedTrainingError from stopped
    finally:
        signal.signal(signal.SIGINT, on_interrupt)
