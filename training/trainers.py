"""Lightning's trainer as every network here learns with: quiet, the best and the last epoch kept, stopped kindly."""

import logging
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import lightning
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger

from training.errors import InterruptedTrainingError


class Bounds(NamedTuple):
    """When learning ends: after so many epochs or seconds, or so many epochs that were no better."""

    epochs: int
    seconds: float | None
    patience: int


def trainer(
    folder: Path, bounds: Bounds, first: int, watcher: lightning.Callback | None, **settings: Any
) -> lightning.Trainer:
    """Make a trainer whose checkpoints and figures lie in `folder`; `first` is the epoch it goes on with."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    # The best first, so that the last knows it.
    best = ModelCheckpoint(folder, "best", monitor="validation", enable_version_counter=False)
    last = ModelCheckpoint(folder, "last", enable_version_counter=False)
    stopper = EarlyStopping("validation", patience=bounds.patience)
    # A logger empties its folder: a run that goes on gets one of its own.
    log = CSVLogger(folder, name="", version=f"from_epoch_{first}" if first else "")
    return lightning.Trainer(
        max_epochs=bounds.epochs,
        max_time=None if bounds.seconds is None else {"seconds": max(int(bounds.seconds), 1)},
        callbacks=[best, last, stopper, *([watcher] if watcher else [])],
        logger=log,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        **settings,
    )


@contextmanager
def stopped_kindly() -> Iterator[None]:
    """Let a trainer learn inside; InterruptedTrainingError where SIGINT or SIGTERM ended it."""
    on_interrupt = signal.getsignal(signal.SIGINT)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            yield
    except SystemExit as stopped:  # so Lightning ends after a signal, SIGINT then being ignored
        raise InterruptedTrainingError from stopped
    finally:
        signal.signal(signal.SIGINT, on_interrupt)
