"""The lessons and the loss of a gauge: it learns the style of blends and the song of whole windows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch
from msgspec import to_builtins
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR

from models.manifest import GAUGE
from training.splits import Split
from training.system import Lessons, Loss
from training.systems.gauge.network import GaugeNetwork
from training.systems.gauge.recipe import GaugeFit, GaugeRecipe, GaugeSize
from training.systems.gauge.songs import GaugeSong
from training.systems.gauge.windows import NO_SONG, Batches, Drawing, Window, Windows, heard

_WARM_UP: Final = 0.1
_BLENDS: Final = 512
_SEED: Final = 1
_SURE: Final = 16.0


class GaugeLoss(Loss):
    """The nats of the style plus the weighted nats of the song.

    Each training song has a place among the songs, which is trained too. A window belongs to the song with the nearest
    place.
    """

    def __init__(self, songs: int, embedding: int, song_weight: float) -> None:
        super().__init__()
        self.places = nn.Parameter(torch.randn(songs, embedding) / np.sqrt(embedding))
        self._song_weight = song_weight

    def forward(self, network: nn.Module, batch: Windows) -> tuple[Tensor, Tensor]:
        """Return a batch's nats, and its number of windows."""
        logit, place = network(batch.tokens)
        near = _SURE * place @ nn.functional.normalize(self.places, dim=1).T
        song = nn.functional.cross_entropy(near, batch.song, ignore_index=NO_SONG, reduction="sum")
        style = nn.functional.binary_cross_entropy_with_logits(logit, batch.classical)
        named = (batch.song != NO_SONG).sum().clamp(min=1)
        count = torch.tensor(float(len(batch.song)))
        return (style + self._song_weight * song / named) * count, count


class GaugeLessons(Lessons):
    """The lessons of a gauge."""

    name = GAUGE
    unit = "nats"
    fit: GaugeFit
    alone = True

    def __init__(self, recipe: GaugeRecipe, songs: Split[GaugeSong]) -> None:
        self.fit, self.recipe, self.songs = recipe.fit, recipe, songs
        self.settings = {"size": to_builtins(recipe.network), "songs": len(songs.train)}

    def network(self, settings: Mapping[str, Any]) -> GaugeNetwork:
        """Build an untrained network."""
        return GaugeNetwork(GaugeSize(**settings["size"]))

    def loss(self) -> GaugeLoss:
        """Build the loss."""
        return GaugeLoss(len(self.songs.train), self.recipe.network.embedding, self.fit.song_weight)

    def train(self, epoch: int) -> Batches:
        """Return the batches of an epoch."""
        return Batches(self.songs.train, self.recipe.chances, self.fit.batch, self.fit.steps, epoch)

    def validation(self) -> list[Windows]:
        """Return the held-back passages of training songs, then validation songs unchanged and blended."""
        named = [
            Window(song.window(start), float(song.style), number)
            for number, song in enumerate(self.songs.train)
            for start in song.starts(song.learned, song.bars)[::8]
        ]
        whole = _whole(self.songs.validation)
        return [*(heard(windows) for windows in (named, whole) if windows), self.blends()]

    def blends(self) -> Windows:
        """Return validation songs, changed and blended as in training; the result is always the same."""
        batch = Drawing(self.songs.validation, self.recipe.chances, _SEED, learned=False).batch(_BLENDS)
        return batch._replace(song=torch.full_like(batch.song, NO_SONG))

    def schedule(self, optimiser: Optimizer, steps: Callable[[], float]) -> LRScheduler:
        """Return a learning rate that warms up, then falls along a cosine to zero."""
        total = max(int(steps()), 2)
        return OneCycleLR(optimiser, self.fit.learning_rate, total_steps=total, pct_start=_WARM_UP)


def _whole(songs: Sequence[GaugeSong]) -> list[Window]:
    """Return every fourth window of each song."""
    return [
        Window(song.window(start), float(song.style), NO_SONG)
        for song in songs
        for start in song.starts(0, song.bars)[::4]
    ]
