"""Measure the speed of the whole training beside a bare LSTM of the same shape on random data, in one run."""

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple, cast

import click
import lightning
import torch
from rich.console import Console
from torch import nn

from training.devices import Devices, Precision
from training.fit import Course, teach
from training.module import TrainingModule
from training.music import Data
from training.networks import TickNetwork
from training.options import errors_as_sentences, music_options, read_music
from training.recipe import Recipe
from training.systems.edm.lessons import TickLessons
from training.systems.edm.recipe import EdmRecipe, Fit
from training.systems.edm.system import Edm

_ROUND: Final = 4
# More epochs than a `Race` needs; it ends the training itself.
_EPOCHS: Final = 1000
_TYPES: Final = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}


class Rates(NamedTuple):
    """Ticks per second of the whole training and of the bare LSTM; `ratio` is the median over rounds."""

    ours: float
    bare: float
    ratio: float
    ticks_an_epoch: int

    @property
    def epochs_an_hour(self) -> float:
        """Epochs in an hour at this rate, without validation."""
        return 3600 * self.ours / self.ticks_an_epoch


class Bare:
    """A bare LSTM that makes AdamW steps on random windows."""

    def __init__(self, module: TrainingModule, precision: Precision) -> None:
        network, device = cast("TickNetwork", module.network), module.device
        size, fit, width = network.size, cast("Fit", module.lessons.fit), network.lstm.input_size
        self._lstm = nn.LSTM(width, size.hidden, size.layers, batch_first=True).to(device)
        self._optimiser = torch.optim.AdamW(self._lstm.parameters(), fused=True)
        self._inputs = torch.randn(fit.streams, fit.window, width, device=device)
        self._targets = torch.randn(fit.streams, fit.window, size.hidden, device=device)
        self._device, self._type = device.type, _TYPES.get(precision)

    def step(self) -> None:
        """Make one training step."""
        self._optimiser.zero_grad()
        with self._cast():
            outputs, _ = self._lstm(self._inputs)
        torch.autograd.backward(nn.functional.mse_loss(outputs.float(), self._targets))
        self._optimiser.step()

    def _cast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self._device, self._type) if self._type else nullcontext()


class Race(lightning.Callback):
    """Runs a round of the bare LSTM after each round of training, so that both have the same machine load."""

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        self._bare: Bare | None = None
        self._began = 0.0
        self.seconds: list[tuple[float, float]] = []

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, *_: Any
    ) -> None:
        """Measure a round of each. The first is a warm-up and is not counted."""
        if trainer.global_step % _ROUND:
            return
        ours = _synchronised() - self._began
        if self._bare is None:
            self._bare = Bare(cast("TrainingModule", pl_module), Devices().precision())
            _timed(self._bare.step)
        else:
            self.seconds.append((ours, _timed(self._bare.step)))
        trainer.should_stop = len(self.seconds) >= self._rounds
        self._began = _synchronised()


def measure(lessons: TickLessons, rounds: int) -> Rates:
    """Train some rounds on real songs, as `edmd train` does, each followed by a round of the bare LSTM."""
    race = Race(rounds)
    shortest = min(lessons.songs.validation, key=lambda piece: piece.ticks)
    lessons.songs = lessons.songs._replace(validation=[shortest])
    with tempfile.TemporaryDirectory() as folder:
        teach(lessons, Course(Path(folder), _EPOCHS, watcher=race))
    ticks = lessons.fit.streams * lessons.fit.window * _ROUND
    ours, bare = (ticks / median(each) for each in zip(*race.seconds, strict=True))
    return Rates(ours, bare, median(b / a for a, b in race.seconds), round(lessons.describe()["ticks"]))


def _timed(step: Callable[[], None]) -> float:
    began = _synchronised()
    for _ in range(_ROUND):
        step()
    return _synchronised() - began


def _synchronised() -> float:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


@click.command()
@music_options
@click.option("--rounds", type=click.IntRange(1), default=12, show_default=True)
@click.option("--threads", type=click.IntRange(1), help="Processor threads; default: all.")
def main(data: Data, recipe: Recipe, cache: Path, rounds: int, threads: int | None) -> None:
    """Print the ticks per second of both networks' training and of a bare LSTM of the same shape."""
    if threads:
        torch.set_num_threads(threads)
    console = Console()
    with errors_as_sentences():
        if not isinstance(recipe, EdmRecipe):
            raise click.UsageError(f"{recipe.name} has no LSTM; give a recipe of the kind edm")
        corpus = read_music(data, recipe, cache, console)
        for part, lessons in Edm(recipe, corpus).lessons.items():
            rates = measure(lessons, rounds)
            figures = {name: round(value, 3) for name, value in rates._asdict().items()}
            figures |= {"epochs_an_hour": round(rates.epochs_an_hour, 1), "threads": torch.get_num_threads()}
            console.print(part, json.dumps(figures), highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
