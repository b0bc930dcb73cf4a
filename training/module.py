"""One network with its loss, optimiser and learning-rate schedule, and the states of the songs being read."""

import math
import time
from dataclasses import asdict
from typing import Any, Final

import lightning
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor
from torchmetrics import Metric

from models.codecs.condition import SIZES
from training import checkpoints
from training.networks import State, TickNetwork
from training.recipe import Fit, NetworkSize
from training.streams import LAYOUTS, Batch

_WARM_UP: Final = 0.05
_FROM: Final = 1 / 25
_PACED_BATCHES: Final = 20
_LARGEST_GRADIENT: Final = 1.0


class NatsPerTick(Metric):
    """Mean nats per tick over all batches of an epoch and all ranks."""

    nats: Tensor
    ticks: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("nats", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("ticks", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, nats: Tensor, ticks: Tensor) -> None:
        """Add a batch's sum of nats and its number of ticks."""
        self.nats += nats.detach()
        self.ticks += ticks

    def compute(self) -> Tensor:
        """Return the mean."""
        return self.nats / self.ticks


class TrainingModule(lightning.LightningModule):
    """A network in training; `seconds` limits all runs of its course together."""

    def __init__(self, part: str, size: NetworkSize, fit: Fit, seconds: float | None = None) -> None:
        super().__init__()
        # A checkpoint must contain everything needed to rebuild the network.
        self.save_hyperparameters({"part": part, "size": asdict(size), "fit": asdict(fit)})
        self.part, self.fit_settings, self.seconds = part, fit, seconds
        self.network = TickNetwork(LAYOUTS[part], SIZES[part], size)
        self.learned, self.validated = NatsPerTick(), NatsPerTick()
        self._state: State | None = None
        self._steps = 1.0
        self._seconds_before = 0.0
        self._began = time.perf_counter()

    def configure_optimizers(self) -> Any:
        """Return AdamW with a learning rate that warms up, then falls along a cosine to zero."""
        # With float16 the fused step would unscale the gradients after they are clipped.
        optimiser = torch.optim.AdamW(
            self.network.parameters(),
            lr=self.fit_settings.learning_rate,
            weight_decay=self.fit_settings.weight_decay,
            fused=self.trainer.precision != "16-mixed",
        )
        self._steps = float(self.trainer.estimated_stepping_batches)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: warmth(step / self._steps))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def configure_gradient_clipping(self, *_: Any, **__: Any) -> None:
        """Clip by norm."""
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _LARGEST_GRADIENT)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Store the training time of all runs."""
        checkpoint["seconds"] = self._elapsed()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the seconds of earlier runs, and continue in this run's folder."""
        self._seconds_before = checkpoint.get("seconds", 0.0)
        keeper = self.trainer.checkpoint_callback
        if isinstance(keeper, ModelCheckpoint):
            checkpoints.follow_folder(checkpoint["callbacks"], str(keeper.dirpath))

    def on_train_epoch_start(self) -> None:
        """Reset the state after the last epoch's songs."""
        self._state = None

    def on_validation_epoch_start(self) -> None:
        """Reset the state after the training songs. Validation runs only between training epochs."""
        self._state = None

    def on_train_batch_start(self, _: Batch, batch_number: int) -> None:
        """If the time limit comes before the last epoch, shorten the schedule so that the rate is zero by then."""
        done = self.trainer.global_step
        if self.seconds and done and batch_number % _PACED_BATCHES == 0:
            reached = done * self.seconds / self._elapsed()
            self._steps = self.trainer.strategy.broadcast(
                min(float(self.trainer.estimated_stepping_batches), reached)
            )

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Return nats per tick, summed over parts; the mean is over the ticks of all ranks."""
        nats, ticks = self._nats(batch)
        self.learned.update(nats, ticks)
        self.log("train", self.learned, on_epoch=True, on_step=False)
        # Gradients are averaged over ranks, and each rank has another number of ticks.
        mean_ticks = self.trainer.strategy.reduce(ticks.clone(), reduce_op="mean")
        return nats / mean_ticks.clamp(min=1)

    def validation_step(self, batch: Batch, _: int) -> None:
        """Log nats per tick."""
        self.validated.update(*self._nats(batch))
        self.log("validation", self.validated)

    def _nats(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return a batch's sum of nats and its number of ticks; updates the state."""
        state = self._state or self._fresh(len(batch.fresh))
        keep = (~batch.fresh).view(1, -1, 1)
        state = state[0] * keep, state[1] * keep
        nats, (hidden, cell) = self.network(batch.heard, batch.target, batch.matched, state)
        self._state = hidden.detach().float(), cell.detach().float()
        return (nats * batch.real.unsqueeze(-1)).sum(), batch.real.sum().float()

    def _fresh(self, streams: int) -> State:
        hidden, cell = self.network.fresh_state(streams)
        return hidden.to(self.device), cell.to(self.device)

    def _elapsed(self) -> float:
        return self._seconds_before + time.perf_counter() - self._began


def warmth(progress: float) -> float:
    """Return the share of the full learning rate at a course's progress 0..1.

    A linear warm-up for the first twentieth, then a cosine down (Loshchilov and Hutter, 2017).
    """
    if progress < _WARM_UP:
        return _FROM + (1 - _FROM) * progress / _WARM_UP
    return (1 + math.cos(math.pi * min((progress - _WARM_UP) / (1 - _WARM_UP), 1.0))) / 2
