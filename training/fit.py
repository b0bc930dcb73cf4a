"""Teaching one network with Lightning: truncated backpropagation along songs, checkpoints, early stopping."""

import logging
import signal
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import lightning
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from torch import Tensor
from torch.utils.data import DataLoader

from models.codecs.condition import COLUMNS, PLAN_GROUPS, SIZES
from training import checkpoints
from training.errors import InterruptedTrainingError
from training.networks import State, TickNetwork
from training.recipe import Fit, NetworkSize, Recipe
from training.streams import LAYOUTS, Batch, Lesson, Streams

_WARM_UP: Final = 0.05


class Lessons(NamedTuple):
    """What a network learns from, and what tells when to stop."""

    train: list[Lesson]
    validation: list[Lesson]


class Teacher(lightning.LightningModule):
    """A network with its loss, optimiser and the states of the songs being read."""

    def __init__(self, part: str, size: NetworkSize, fit: Fit) -> None:
        super().__init__()
        # A checkpoint carries all that is needed to build the network again.
        self.save_hyperparameters({"part": part, "size": asdict(size), "fit": asdict(fit)})
        self.part, self.fit_settings = part, fit
        self.network = TickNetwork(LAYOUTS[part], SIZES[part], size)
        self._state: State | None = None
        self._seconds_before = 0.0
        self._began = time.perf_counter()

    def configure_optimizers(self) -> Any:
        """AdamW; the learning rate warms up, then falls along a cosine to nothing."""
        rate = self.fit_settings.learning_rate
        optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=rate, weight_decay=self.fit_settings.weight_decay
        )
        steps = max(int(self.trainer.estimated_stepping_batches), 2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=_WARM_UP)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep how long was learned in all."""
        checkpoint["seconds"] = self._seconds_before + time.perf_counter() - self._began

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on with this run's length of course, and in this run's folder."""
        self._seconds_before = checkpoint.get("seconds", 0.0)
        for schedule in checkpoint["lr_schedulers"]:
            for name in ("total_steps", "_schedule_phases"):
                schedule.pop(name, None)
        keeper = self.trainer.checkpoint_callback
        if isinstance(keeper, ModelCheckpoint):
            checkpoints.follow_folder(checkpoint["callbacks"], str(keeper.dirpath))

    def on_train_epoch_start(self) -> None:
        """Forget the songs of the last epoch."""
        self._state = None

    def on_validation_epoch_start(self) -> None:
        """Forget the songs just learned from: validation runs between training epochs, never within one."""
        self._state = None

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Nats per tick, summed over parts."""
        count = int(batch.real.sum())
        loss = self._nats(batch).sum() / count
        self.log("train", loss, on_epoch=True, on_step=False, batch_size=count)
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """Log nats per tick."""
        count = int(batch.real.sum())
        self.log("validation", self._nats(batch).sum() / count, batch_size=count)

    def _nats(self, batch: Batch) -> Tensor:
        """(B, T, P) nats, zero at padding; carries the state on."""
        state = self._carried(batch)
        nats, (hidden, cell) = self.network(batch.heard, batch.target, batch.matched, state)
        self._state = hidden.detach().float(), cell.detach().float()
        masked: Tensor = nats * batch.real.unsqueeze(-1)
        return masked

    def _carried(self, batch: Batch) -> State:
        if self._state is None:
            hidden, cell = self.network.fresh_state(len(batch.fresh))
            return hidden.to(self.device), cell.to(self.device)
        keep = (~batch.fresh).to(self.device).view(1, -1, 1)
        return self._state[0] * keep, self._state[1] * keep


@dataclass(frozen=True)
class Course:
    """Where and how long a network learns; `seconds` bounds all its runs together, `watcher` shows them."""

    folder: Path
    epochs: int
    seconds: float | None = None
    watcher: lightning.Callback | None = None


def teach(part: str, recipe: Recipe, lessons: Lessons, course: Course) -> TickNetwork:
    """Train one network, from where the course's folder has come to; returns the best epoch's network.

    TrainingError when that folder is of another network, InterruptedTrainingError on Ctrl-C.
    """
    done = checkpoints.progress(course.folder)
    if done:
        checkpoints.check_fits(course.folder, part, recipe.size(part))
    if done is None or not (done.settled or done.epochs >= course.epochs):
        lightning.seed_everything(1, verbose=False)
        teacher = Teacher(part, recipe.size(part), recipe.fit)
        first = done.epochs if done else 0
        streams = (
            Streams(lessons.train, part, recipe.fit, learning=True, epoch=first),
            Streams(lessons.validation, part, recipe.fit, learning=False),
        )
        _fit(_trainer(recipe.fit, course, first), teacher, streams, course.folder / checkpoints.LAST)
    return checkpoints.network_of(course.folder / checkpoints.BEST)


def _fit(trainer: lightning.Trainer, teacher: Teacher, streams: tuple[Streams, Streams], last: Path) -> None:
    # Each item of a stream is a whole batch already.
    train, validation = (DataLoader(stream, batch_size=None) for stream in streams)
    on_interrupt = signal.getsignal(signal.SIGINT)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            trainer.fit(teacher, train, validation, ckpt_path=str(last) if last.is_file() else None)
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
        precision="bf16-mixed" if _fast_bfloat16() else "32-true",
        gradient_clip_val=1.0,
        callbacks=[*_keepers(course.folder), stopper, *([course.watcher] if course.watcher else [])],
        logger=log,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        devices=1,
    )


def _keepers(folder: Path) -> tuple[ModelCheckpoint, ModelCheckpoint]:
    """Keep the best epoch's network, and every epoch's to go on from: the best first, so that the last knows it."""
    best = ModelCheckpoint(folder, "best", monitor="validation", enable_version_counter=False)
    last = ModelCheckpoint(folder, "last", enable_version_counter=False)
    return best, last


def _fast_bfloat16() -> bool:
    """Whether this machine multiplies bfloat16 natively; emulated it is slower than float32."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    cpuinfo = Path("/proc/cpuinfo")
    return cpuinfo.is_file() and "avx512_bf16" in cpuinfo.read_text(encoding="utf-8")


@torch.inference_mode()
def held_out(
    network: TickNetwork, part: str, fit: Fit, lessons: list[Lesson], *, told_the_plan: bool
) -> dict[str, float]:
    """Nats per tick on lessons never learned from: each part's and the sum."""
    network.eval()
    state = None
    names = [each.name for each in network.layout.parts]
    sums, count = torch.zeros(len(names)), 0
    for batch in Streams(lessons, part, fit, learning=False):
        if not told_the_plan:
            for group in PLAN_GROUPS[part]:
                batch.heard.condition[..., COLUMNS[part][group]] = 0
        state = state or network.fresh_state(len(batch.fresh))
        keep = (~batch.fresh).view(1, -1, 1)
        nats, state = network(batch.heard, batch.target, batch.matched, (state[0] * keep, state[1] * keep))
        sums += (nats * batch.real.unsqueeze(-1)).sum(dim=(0, 1))
        count += int(batch.real.sum())
    figures = {name: round(float(value) / count, 4) for name, value in zip(names, sums, strict=True)}
    return {**figures, "all": round(float(sums.sum()) / count, 4)}
