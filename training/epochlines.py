"""Show training: a bar during each epoch, or lines on standard error without a terminal, and a line after it."""

# ruff: noqa: ARG002 - Lightning names the arguments of its hooks

from typing import Any

import lightning
from lightning.pytorch.callbacks import ModelCheckpoint
from rich.console import Console

from training.progress import Lines, progress_bar


class EpochLines(lightning.Callback):
    """Show a bar during each epoch, and print one line after it with its figures in `unit`."""

    def __init__(self, console: Console, part: str, unit: str) -> None:
        self._console, self._part, self._unit = console, part, unit
        self._bar = progress_bar(console)
        self._task = self._bar.add_task(part)
        self._lines = None if console.is_terminal or console.quiet else Lines(part)

    def on_fit_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Show the bar."""
        self._bar.start()

    def on_train_epoch_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Reset the bar."""
        words = f"{self._part}, epoch {trainer.current_epoch + 1} of {trainer.max_epochs}"
        self._bar.reset(self._task, total=trainer.num_training_batches, description=words)
        if self._lines is not None:
            self._lines.begin(words)

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Advance the bar."""
        self._bar.update(self._task, completed=batch_idx + 1)
        if self._lines is not None:
            self._lines.tell(batch_idx + 1, int(trainer.num_training_batches))

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Print the epoch's line."""
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
        """Remove the bar, also if training failed."""
        self._bar.stop()
