"""What a person sees while a bundle is made: files read, epochs with their figures."""

# ruff: noqa: ARG002 - Lightning names the arguments of its hooks

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import lightning
from lightning.pytorch.callbacks import ModelCheckpoint
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def _bar(console: Console) -> Progress:
    text = TextColumn("{task.description}")
    return Progress(
        text, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, transient=True
    )


@contextmanager
def counting(console: Console, what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar while the caller reports (done, of all)."""
    with _bar(console) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class EpochLines(lightning.Callback):
    """A bar within each epoch, and one line after it with its figures in `unit`."""

    def __init__(self, console: Console, part: str, unit: str = "nats per tick") -> None:
        self._console, self._part, self._unit = console, part, unit
        self._bar = _bar(console)
        self._task = self._bar.add_task(part)

    def on_fit_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Show the bar."""
        self._bar.start()

    def on_train_epoch_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Begin the bar again."""
        words = f"{self._part}, epoch {trainer.current_epoch + 1} of {trainer.max_epochs}"
        self._bar.reset(self._task, total=trainer.num_training_batches, description=words)

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Move the bar on."""
        self._bar.update(self._task, completed=batch_idx + 1)

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Write the epoch's line."""
        validation = float(trainer.callback_metrics["validation"])
        learned = float(trainer.callback_metrics["train"])
        keeper = trainer.checkpoint_callback
        kept = keeper.best_model_score if isinstance(keeper, ModelCheckpoint) else None
        better = ", the best so far" if kept is None or validation <= float(kept) else ""
        self._console.print(
            f"{self._part}, epoch {trainer.current_epoch + 1} of {trainer.max_epochs}: "
            f"train {learned:.3f}, validation {validation:.3f} {self._unit}{better}",
            highlight=False,
            soft_wrap=True,
        )

    def teardown(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, stage: str) -> None:
        """Take the bar away, however learning ended."""
        self._bar.stop()
