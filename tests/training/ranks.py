"""Train a small network on several processes and store the weights of each; test_ranks.py runs this program."""

import sys
from dataclasses import replace
from pathlib import Path

import lightning
import torch

from tests.training.pieces import random_piece
from tests.training.songs import QUICK, SMALL
from training.devices import Devices
from training.fit import Course, Lessons, teach
from training.recipe import CorpusRules, Recipe
from training.streams import lesson

PART = "percussion"
RECIPE = Recipe("tiny", "1", (), CorpusRules(64, 0.8, 1), "CC0 1.0", SMALL, SMALL, replace(QUICK, streams=3))


class Weights(lightning.Callback):
    """Writes the final weights of this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def on_fit_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        torch.save(pl_module.state_dict(), self._folder / f"{trainer.global_rank}.pt")


def main(folder: Path, devices: int, epochs: int) -> None:
    """Train on three songs of different lengths. Two ranks have unequal shares, and one has nothing to validate."""
    songs = [lesson(random_piece(str(n), ticks, n), PART) for n, ticks in enumerate((160, 96, 70))]
    lessons = Lessons(songs, [lesson(random_piece("v", 64, 9), PART)])
    course = Course(folder, epochs, watcher=Weights(folder), devices=Devices("cpu", devices))
    teach(PART, RECIPE, lessons, course)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
