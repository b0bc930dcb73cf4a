"""Train a small network on several processes and store the weights of each; test_ranks.py runs this program."""

import sys
from pathlib import Path

import lightning
import torch
from msgspec.structs import replace

from tests.training.pieces import random_piece
from tests.training.songs import QUICK, small_recipe
from training.devices import Devices
from training.fit import Course, teach
from training.splits import Split
from training.systems.edm.lessons import TickLessons

PART = "percussion"
RECIPE = small_recipe(replace(QUICK, streams=3))


class Weights(lightning.Callback):
    """Writes the final weights of this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def on_fit_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        torch.save(pl_module.state_dict(), self._folder / f"{trainer.global_rank}.pt")


def main(folder: Path, devices: int, epochs: int) -> None:
    """Train on three songs of different lengths. Two ranks have unequal shares, and one has nothing to validate."""
    songs = [random_piece(str(n), ticks, n) for n, ticks in enumerate((160, 96, 70))]
    lessons = TickLessons(PART, RECIPE, Split(songs, [random_piece("v", 64, 9)], []))
    course = Course(folder, epochs, watcher=Weights(folder), devices=Devices("cpu", devices))
    teach(lessons, course)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
