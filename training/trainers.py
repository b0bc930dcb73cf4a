"""The settings of Lightning's trainer for all networks: quiet, keeps the best and the last epoch, stops on a signal."""

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
    """When training ends: after `epochs`, after `seconds`, or after `patience` epochs without improvement."""

    epochs: int
    seconds: float | None
    patience: int


def trainer(
    folder: Path, bounds: Bounds, first: int, watcher: lightning.Callback | None, **settings: Any
) -> lightning.Trainer:
    """Make a trainer that writes checkpoints and figures into `folder`; `first` is the epoch that it starts with."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    # The best comes first, so that the last checkpoint contains its state.
    best = ModelCheckpoint(folder, "best", monitor="validation", enable_version_counter=False)
    last = ModelCheckpoint(folder, "last", enable_version_counter=False)
    stopper = EarlyStopping("validation", patience=bounds.patience)
    # A logger empties its folder, so a resumed run gets a new one.
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
