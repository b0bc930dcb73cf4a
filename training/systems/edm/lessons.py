"""The lessons and the loss of one network of `edm`: truncated backpropagation along songs."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, cast

from msgspec import to_builtins
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

from models.bundle import Bundle
from models.codecs.condition import SIZES
from training.balance import told, weights
from training.errors import TrainingError
from training.networks import State, TickNetwork
from training.piece import Piece, teaches
from training.splits import Split, split
from training.system import Lessons, Loss
from training.systems.edm.lesson import LAYOUTS, Lesson, lesson
from training.systems.edm.recipe import EdmRecipe, Fit, NetworkSize
from training.systems.edm.starting import begin_with
from training.systems.edm.streams import Batch, Streams

_NEEDS: Final = {
    "melody": "pitched notes",
    "percussion": "drums on MIDI channel 10",
}
_WARM_UP: Final = 0.05
_FROM: Final = 1 / 25


class TickLoss(Loss):
    """Nats per tick. The network's state continues from batch to batch, without gradients."""

    _state: State | None = None

    def begin(self) -> None:
        """Clear the state: the next batch begins new songs."""
        self._state = None

    def forward(self, network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return a batch's sum of nats and its number of ticks."""
        return self.by_part(network, batch).sum(), batch.real.sum().float()

    def by_part(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return (B, T, P) nats of each part, zero in padding, and keep the state."""
        keep = (~batch.fresh).view(1, -1, 1)
        if self._state is None:
            fresh: State = network.fresh_state(len(batch.fresh))  # type: ignore[operator]
            self._state = fresh[0].to(keep.device), fresh[1].to(keep.device)
        state = self._state[0] * keep, self._state[1] * keep
        nats, (hidden, cell) = network(batch.heard, batch.target, batch.matched, state)
        self._state = hidden.detach().float(), cell.detach().float()
        masked: Tensor = nats * batch.real.unsqueeze(-1)
        return masked


class TickLessons(Lessons):
    """The lessons of the melody or the percussion network."""

    unit = "nats per tick"
    fit: Fit
    varies = True

    def __init__(self, part: str, recipe: EdmRecipe, songs: Split[Piece]) -> None:
        self.name, self.fit, self.songs = part, recipe.fit, songs
        self.settings = {"part": part, "size": to_builtins(recipe.size(part))}
        self.often = weights(songs.train, recipe.corpus)

    @cached_property
    def lessons(self) -> list[Lesson]:
        """The training songs, each with its weight from `training.balance`."""
        return [
            lesson(piece, self.name, each) for piece, each in zip(self.songs.train, self.often, strict=True)
        ]

    @cached_property
    def held_back(self) -> list[Lesson]:
        """The validation songs."""
        return [lesson(piece, self.name) for piece in self.songs.validation]

    def network(self, settings: Mapping[str, Any]) -> TickNetwork:
        """Build an untrained network."""
        part = settings["part"]
        return TickNetwork(LAYOUTS[part], SIZES[part], NetworkSize(**settings["size"]))

    def begin_with(self, network: nn.Module, bundle: Bundle) -> bool:
        """Give a network the weights of a bundle's of the same part, also if that has an older codec."""
        return begin_with(cast("TickNetwork", network), self.name, bundle)

    def loss(self) -> TickLoss:
        """Build the loss."""
        return TickLoss()

    def train(self, epoch: int) -> Streams:
        """Return the batches of the songs, in this epoch's order."""
        return Streams(self.lessons, self.name, self.fit, learning=True, epoch=epoch)

    def validation(self) -> Streams:
        """Return the validation songs without changes."""
        return Streams(self.held_back, self.name, self.fit, learning=False)

    def schedule(self, optimiser: Optimizer, steps: Callable[[], float]) -> LRScheduler:
        """Return a learning rate that warms up, then falls along a cosine to zero."""
        return LambdaLR(optimiser, lambda step: warmth(step / steps()))

    def describe(self) -> Mapping[str, float]:
        """Return the ticks of an epoch and the shares of its music."""
        return told(self.songs.train, self.often)


def lessons_of(part: str, recipe: EdmRecipe, pieces: Sequence[Piece]) -> TickLessons:
    """Return the lessons of the pieces that teach a part. Raises TrainingError if there is none to train on."""
    own = [piece for piece in pieces if teaches(piece, part)]
    songs = split(own)
    if not songs.train:
        raise TrainingError(
            f"no song can train the {part} network, which needs {_NEEDS[part]}: {len(own)} songs have them, "
            f"and {len(songs.validation) + len(songs.test)} of these are held out; give more music"
        )
    return TickLessons(part, recipe, songs)


def warmth(progress: float) -> float:
    """Return the share of the full learning rate at a progress of 0..1.

    A linear warm-up for the first twentieth, then a cosine down (Loshchilov and Hutter, 2017).
    """
    if progress < _WARM_UP:
        return _FROM + (1 - _FROM) * progress / _WARM_UP
    return (1 + math.cos(math.pi * min((progress - _WARM_UP) / (1 - _WARM_UP), 1.0))) / 2
