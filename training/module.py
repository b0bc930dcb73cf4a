"""One network with its loss, optimiser and learning-rate schedule, as Lightning trains it."""

import time
from typing import Any, Final

import lightning
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from msgspec import to_builtins
from torch import Tensor
from torchmetrics import Metric

from training import checkpoints
from training.errors import TrainingError
from training.system import Lessons

_PACED_BATCHES: Final = 20
_LARGEST_GRADIENT: Final = 1.0


class MeanNats(Metric):
    """Mean nats over all batches of an epoch and all ranks."""

    nats: Tensor
    items: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name in ("nats", "items"):
            self.add_state(name, torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, nats: Tensor, items: Tensor) -> None:
        """Add a batch's sum of nats and its number of items."""
        self.nats += nats.detach()
        self.items += items

    def compute(self) -> Tensor:
        """Return the mean."""
        return self.nats / self.items


class TrainingModule(lightning.LightningModule):
    """A network in training; `seconds` limits all runs of its course together."""

    def __init__(self, lessons: Lessons, seconds: float | None = None) -> None:
        super().__init__()
        # A checkpoint must contain everything needed to rebuild the network.
        self.save_hyperparameters({**lessons.settings, "fit": to_builtins(lessons.fit)})
        self.lessons, self.seconds = lessons, seconds
        self.network, self.loss = lessons.network(lessons.settings), lessons.loss()
        self.learned, self.validated = MeanNats(), MeanNats()
        self._steps = 1.0
        self._seconds_before = 0.0
        self._began = time.perf_counter()

    def configure_optimizers(self) -> Any:
        """Return the optimiser and the schedule of the lessons."""
        # With float16 the fused step would unscale the gradients after they are clipped.
        fused = self.trainer.precision != "16-mixed" and not self.lessons.alone
        optimiser = self.lessons.optimiser(self.parameters(), fused=fused)
        self._steps = float(self.trainer.estimated_stepping_batches)
        schedule = self.lessons.schedule(optimiser, lambda: self._steps)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def configure_gradient_clipping(self, *_: Any, **__: Any) -> None:
        """Clip by norm."""
        torch.nn.utils.clip_grad_norm_(self.parameters(), _LARGEST_GRADIENT)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Store the training time of all runs."""
        checkpoint["seconds"] = self._elapsed()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the seconds of earlier runs. Continue in this run's folder, with this run's length of the schedule.

        Raises TrainingError if another version of the program made the checkpoint.
        """
        if checkpoint["state_dict"].keys() != self.state_dict().keys():
            raise TrainingError(
                f"the checkpoints of {self.lessons.name} are from another version of edmd; start again with --fresh"
            )
        self._seconds_before = checkpoint.get("seconds", 0.0)
        for schedule in checkpoint["lr_schedulers"]:
            for name in ("total_steps", "_schedule_phases"):
                schedule.pop(name, None)
        keeper = self.trainer.checkpoint_callback
        if isinstance(keeper, ModelCheckpoint):
            checkpoints.follow_folder(checkpoint["callbacks"], str(keeper.dirpath))

    def on_train_epoch_start(self) -> None:
        """Reset the state after the last epoch's songs."""
        self.loss.begin()

    def on_validation_epoch_start(self) -> None:
        """Reset the state after the training songs. Validation runs only between training epochs."""
        self.loss.begin()

    def on_train_batch_start(self, _: Any, batch_number: int) -> None:
        """Seed each epoch, so that a resumed one is the same; keep to the time limit.

        If the limit comes before the last epoch, the schedule is shortened, so that the rate is zero by then.
        """
        if batch_number == 0:
            torch.manual_seed(1 + self.current_epoch)
        done = self.trainer.global_step
        if self.seconds and done and batch_number % _PACED_BATCHES == 0:
            reached = done * self.seconds / self._elapsed()
            self._steps = self.trainer.strategy.broadcast(
                min(float(self.trainer.estimated_stepping_batches), reached)
            )

    def training_step(self, batch: Any, _: int) -> Tensor:
        """Return the mean nats; the mean is over the items of all ranks."""
        nats, items = self.loss(self.network, batch)
        self._log("train", self.learned, nats, items)
        # Gradients are averaged over ranks, but ranks have different numbers of items.
        mean_items = self.trainer.strategy.reduce(items.clone(), reduce_op="mean")
        mean: Tensor = nats / mean_items.clamp(min=1)
        return mean

    def validation_step(self, batch: Any, _: int) -> None:
        """Log the mean nats."""
        self._log("validation", self.validated, *self.loss(self.network, batch))

    def _log(self, name: str, mean: MeanNats, nats: Tensor, items: Tensor) -> None:
        mean.update(nats, items)
        self.log(name, mean, on_epoch=True, on_step=False)

    def _elapsed(self) -> float:
        return self._seconds_before + time.perf_counter() - self._began
