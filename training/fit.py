"""Teaching one network with Lightning: truncated backpropagation along songs, checkpoints, resuming, early stopping."""

import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import lightning
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from torch import Tensor
from torch.utils.data import DataLoader

from training.networks import State, TickNetwork
from training.recipe import Fit, NetworkSize
from training.streams import CONDITION_SIZES, LAYOUTS, PLAN_COLUMNS, Batch, Lesson, Streams

_WARM_UP: Final = 0.05


class Teacher(lightning.LightningModule):
    """A network with its loss, optimiser and the states of the songs being read."""

    def __init__(self, part: str, size: NetworkSize, fit: Fit) -> None:
        super().__init__()
        # A checkpoint carries all that is needed to build the network again.
        self.save_hyperparameters({"part": part, "size": asdict(size), "fit": asdict(fit)})
        self.part, self.fit_settings = part, fit
        self.network = TickNetwork(LAYOUTS[part], CONDITION_SIZES[part], size)
        self._state: State | None = None

    def configure_optimizers(self) -> Any:
        """AdamW; the learning rate warms up, then falls along a cosine to nothing."""
        optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=self.fit_settings.learning_rate, weight_decay=self.fit_settings.weight_decay
        )
        steps = int(self.trainer.estimated_stepping_batches)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, self.fit_settings.learning_rate, total_steps=max(steps, 2), pct_start=_WARM_UP
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_train_epoch_start(self) -> None:
        """Forget the songs of the last epoch."""
        self._state = None

    def on_validation_epoch_start(self) -> None:
        """Validation runs between training epochs, never within one."""
        self._state = None

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Nats per tick, summed over parts."""
        loss = self._nats(batch).sum() / batch.real.sum()
        self.log("train", loss, on_epoch=True, on_step=False, prog_bar=True, batch_size=int(batch.real.sum()))
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """Log nats per tick."""
        count = int(batch.real.sum())
        self.log("validation", self._nats(batch).sum() / count, prog_bar=True, batch_size=count)

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
    """Where and how long a network learns; `seconds` bounds the whole run."""

    folder: Path
    epochs: int
    seconds: float | None = None
    progress: bool = True
    devices: int = 1


def teach(part: str, size: NetworkSize, fit: Fit, train: list[Lesson], validation: list[Lesson], course: Course) -> TickNetwork:
    """Train one network, going on from `last.ckpt` in the course's folder if there is one; returns the best epoch's network."""
    lightning.seed_everything(1, verbose=False)
    teacher = Teacher(part, size, fit)
    last = course.folder / "last.ckpt"
    keeper = ModelCheckpoint(course.folder, "best", monitor="validation", save_last=True, enable_version_counter=False)
    loaders = [
        DataLoader(Streams(lessons, LAYOUTS[part], fit, part, learning=learning), batch_size=None)  # type: ignore[arg-type]
        for lessons, learning in ((train, True), (validation, False))
    ]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")
        _trainer(fit, course, keeper).fit(teacher, *loaders, ckpt_path=str(last) if last.is_file() else None)
    return load_network(course.folder / "best.ckpt")


def _trainer(fit: Fit, course: Course, keeper: ModelCheckpoint) -> lightning.Trainer:
    return lightning.Trainer(
        max_epochs=course.epochs,
        max_time=None if course.seconds is None else {"seconds": int(course.seconds)},
        precision="bf16-mixed" if _fast_bfloat16() else "32-true",
        gradient_clip_val=1.0,
        callbacks=[keeper, EarlyStopping("validation", patience=fit.patience)],
        logger=lightning.pytorch.loggers.CSVLogger(course.folder, name="", version=""),
        enable_progress_bar=course.progress,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        devices=course.devices,
        use_distributed_sampler=False,
    )


def _fast_bfloat16() -> bool:
    """Whether this machine multiplies bfloat16 natively; emulated it is slower than float32."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    cpuinfo = Path("/proc/cpuinfo")
    return cpuinfo.is_file() and "avx512_bf16" in cpuinfo.read_text(encoding="utf-8")


def load_network(checkpoint: Path) -> TickNetwork:
    """The network of a checkpoint, ready to be exported or measured."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    part, size = saved["hyper_parameters"]["part"], NetworkSize(**saved["hyper_parameters"]["size"])
    network = TickNetwork(LAYOUTS[part], CONDITION_SIZES[part], size)
    network.load_state_dict({k.removeprefix("network."): v for k, v in saved["state_dict"].items()})
    return network.eval()


@torch.inference_mode()
def held_out(network: TickNetwork, part: str, fit: Fit, lessons: list[Lesson], *, told_the_plan: bool) -> dict[str, float]:
    """Nats per tick on lessons never learned from: each part's and the sum."""
    network.eval()
    state = None
    names = [each.name for each in network.layout.parts]
    sums, count = torch.zeros(len(names)), 0
    for batch in Streams(lessons, LAYOUTS[part], fit, part, learning=False):
        if not told_the_plan:
            for columns in PLAN_COLUMNS[part]:
                batch.heard.condition[..., columns] = 0
        state = state or network.fresh_state(len(batch.fresh))
        keep = (~batch.fresh).view(1, -1, 1)
        nats, state = network(batch.heard, batch.target, batch.matched, (state[0] * keep, state[1] * keep))
        sums += (nats * batch.real.unsqueeze(-1)).sum(dim=(0, 1))
        count += int(batch.real.sum())
    figures = {name: round(float(value) / count, 4) for name, value in zip(names, sums, strict=True)}
    return {**figures, "all": round(float(sums.sum()) / count, 4)}
