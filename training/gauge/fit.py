"""Train the gauge with Lightning on the style of blends and the song of whole windows. Training can be resumed."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NamedTuple

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor, nn
from torch.utils.data import DataLoader

from training import checkpoints
from training.errors import TrainingError
from training.gauge.network import GaugeNetwork, Songs
from training.gauge.recipe import GaugeFit, GaugeRecipe, GaugeSize
from training.gauge.songs import Deal, GaugeSong
from training.gauge.windows import NO_SONG, Batches, Drawing, Window, Windows, heard
from training.trainers import Bounds, stopped_kindly, trainer

_WARM_UP: Final = 0.1
_BLENDS: Final = 512
_SEED: Final = 1
_SETTINGS: Final = {"gradient_clip_val": 1.0, "accelerator": "cpu", "devices": 1, "log_every_n_steps": 1}


class GaugeTeacher(lightning.LightningModule):
    """A gauge and the places of its songs, with losses and optimiser."""

    def __init__(self, size: GaugeSize, fit: GaugeFit, songs: int) -> None:
        super().__init__()
        self.save_hyperparameters({"size": asdict(size), "fit": asdict(fit), "songs": songs})
        self.fit_settings = fit
        self.network, self.songs = GaugeNetwork(size), Songs(songs, size)

    def configure_optimizers(self) -> Any:
        """Return AdamW with a learning rate that warms up, then falls along a cosine to zero."""
        fit = self.fit_settings
        optimiser = torch.optim.AdamW(self.parameters(), lr=fit.learning_rate, weight_decay=fit.weight_decay)
        steps = max(int(self.trainer.estimated_stepping_batches), 2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, fit.learning_rate, total_steps=steps, pct_start=_WARM_UP
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Continue with this run's schedule length and in this run's folder."""
        for schedule in checkpoint["lr_schedulers"]:
            for name in ("total_steps", "_schedule_phases"):
                schedule.pop(name, None)
        keeper = self.trainer.checkpoint_callback
        if isinstance(keeper, ModelCheckpoint):
            checkpoints.follow_folder(checkpoint["callbacks"], str(keeper.dirpath))

    def training_step(self, batch: Windows, _: int) -> Tensor:
        """Return the nats of the style plus the weighted nats of the song."""
        loss = self._nats(batch)
        self.log("train", loss, on_epoch=True, on_step=False, batch_size=len(batch.song))
        return loss

    def validation_step(self, batch: Windows, _: int) -> None:
        """Log the same loss on held-out songs and passages."""
        self.log("validation", self._nats(batch), batch_size=len(batch.song))

    def _nats(self, batch: Windows) -> Tensor:
        logit, place = self.network(batch.tokens)
        named = batch.song != NO_SONG
        song = nn.functional.cross_entropy(
            self.songs(place), batch.song, ignore_index=NO_SONG, reduction="sum"
        )
        style = nn.functional.binary_cross_entropy_with_logits(logit, batch.classical)
        return style + self.fit_settings.song_weight * song / named.sum().clamp(min=1)


class Course(NamedTuple):
    """The training of a gauge: folder and limits; `watcher` shows it."""

    folder: Path
    epochs: int
    seconds: float | None
    watcher: lightning.Callback


def teach(recipe: GaugeRecipe, songs: Deal, course: Course) -> GaugeNetwork:
    """Train a gauge, resuming from the folder's checkpoints. Returns the best network with its style temperature fitted.

    Raises TrainingError if the folder contains another gauge, InterruptedTrainingError on Ctrl-C.
    """
    folder = course.folder
    done = checkpoints.progress(folder)
    if done:
        check_fits(folder, recipe.network, len(songs.train))
    if done is None or not (done.settled or done.epochs >= course.epochs):
        lightning.seed_everything(_SEED, verbose=False)
        module = GaugeTeacher(recipe.network, recipe.fit, len(songs.train))
        fit, first = recipe.fit, done.epochs if done else 0
        lessons = DataLoader(
            Batches(songs.train, recipe.chances, fit.batch, fit.steps, first), batch_size=None
        )
        validation: DataLoader[Windows] = DataLoader(unheard(songs, recipe), batch_size=None)  # type: ignore[arg-type]
        last, bounds = folder / checkpoints.LAST, Bounds(course.epochs, course.seconds, fit.patience)
        with stopped_kindly():
            teaching = trainer(folder, bounds, first, course.watcher, **_SETTINGS)
            teaching.fit(module, lessons, validation, ckpt_path=str(last) if last.is_file() else None)
    return network_of(folder / checkpoints.BEST, songs.validation, recipe)


def unheard(songs: Deal, recipe: GaugeRecipe) -> list[Windows]:
    """Return the held-back passages of training songs, then validation songs unchanged and blended."""
    named = [
        Window(song.window(start), float(song.style), number)
        for number, song in enumerate(songs.train)
        for start in song.starts(song.learned, song.bars)[::8]
    ]
    return [heard(windows) for windows in (named, whole(songs.validation)) if windows] + [
        blends(songs.validation, recipe)
    ]


def whole(songs: Sequence[GaugeSong]) -> list[Window]:
    """Return every fourth window of each song."""
    return [
        Window(song.window(start), float(song.style), NO_SONG)
        for song in songs
        for start in song.starts(0, song.bars)[::4]
    ]


def blends(songs: Sequence[GaugeSong], recipe: GaugeRecipe) -> Windows:
    """Return windows changed and blended as in training, always the same ones."""
    batch = Drawing(songs, recipe.chances, _SEED, learned=False).batch(_BLENDS)
    return batch._replace(song=torch.full_like(batch.song, NO_SONG))


def network_of(path: Path, validation: Sequence[GaugeSong], recipe: GaugeRecipe) -> GaugeNetwork:
    """Return the network of a checkpoint, with its style temperature fitted on blends of validation songs."""
    saved = checkpoints.read(path)
    network = GaugeNetwork(GaugeSize(**saved["hyper_parameters"]["size"]))
    network.load_state_dict(
        {
            key.removeprefix("network."): value
            for key, value in saved["state_dict"].items()
            if key.startswith("network.")
        }
    )
    network.eval()
    network.style_temperature.fill_(_style_temperature(network, blends(validation, recipe)))
    return network


@torch.inference_mode()
def _style_temperature(network: GaugeNetwork, batch: Windows) -> float:
    """Return the best divisor of the logits between 0.5 and 4."""
    logit, _ = network(batch.tokens)
    loss = nn.functional.binary_cross_entropy_with_logits
    tried: list[float] = np.geomspace(0.5, 4, 61).tolist()
    return min(tried, key=lambda each: float(loss(logit / each, batch.classical)))


def check_fits(folder: Path, size: GaugeSize, songs: int) -> None:
    """Raise TrainingError if the folder contains a gauge of other sizes or songs."""
    settings = checkpoints.read(folder / checkpoints.LAST)["hyper_parameters"]
    if settings.get("songs") != songs or settings.get("size") != asdict(size):
        raise TrainingError(
            f"{folder} contains a gauge of other sizes or songs than the recipe's; start again with --fresh"
        )
