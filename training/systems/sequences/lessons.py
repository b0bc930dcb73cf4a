"""The lessons and the losses of a network that plays symbols."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, cast

import numpy as np
from msgspec import to_builtins
from torch import Tensor, nn
from torch.optim import Adam, AdamW, Optimizer, RMSprop
from torch.optim.lr_scheduler import LambdaLR, LRScheduler
from torch.utils.data import IterableDataset

from models.codecs.sequences import PART
from models.codecs.symbols import SymbolCodec
from training.splits import Split
from training.system import Lessons, Loss
from training.systems.sequences.batches import (
    Batch,
    RandomWindows,
    Snippets,
    Streams,
    Windows,
    padded,
    windows_of,
)
from training.systems.sequences.lesson import Lesson
from training.systems.sequences.networks import State, StreamNetwork, WindowNetwork
from training.systems.sequences.recipe import SequenceRecipe, StreamSize, WindowSize

_WARM_UP: Final = 0.05
_FROM, _TO = 1 / 25, 1 / 100
_VALIDATION_WINDOWS: Final = 2048


class StreamLoss(Loss):
    """Nats per symbol. The state continues from batch to batch, without gradients."""

    _state: State | None = None

    def begin(self) -> None:
        """Clear the state: the next batch begins new songs."""
        self._state = None

    def forward(self, network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return a batch's sum of nats and its number of symbols."""
        own = cast("StreamNetwork", network)
        if self._state is None or self._state[0].shape[1] != len(batch.fresh):
            self._state = own.fresh_state(len(batch.fresh))
        keep = (~batch.fresh).view(1, -1, 1)
        nats, _, (hidden, cell) = own.nats(
            batch.heard, batch.target, (self._state[0] * keep, self._state[1] * keep)
        )
        self._state = hidden.detach(), cell.detach()
        return (nats * batch.real).sum(), batch.real.sum().float()


class WindowLoss(Loss):
    """Nats of the symbol after each window."""

    def forward(self, network: nn.Module, batch: Windows) -> tuple[Tensor, Tensor]:
        """Return a batch's sum of nats and its number of windows."""
        nats, _ = cast("WindowNetwork", network).nats(batch.window, batch.target)
        return nats.sum(), batch.target.new_tensor(len(batch.target)).float()


class SequenceLessons(Lessons):
    """The lessons of one network; `songs` are its lessons by split, `contents` their digest."""

    name = PART
    unit = "nats per symbol"
    alone = True

    def __init__(
        self, recipe: SequenceRecipe, codec: SymbolCodec, songs: Split[Lesson], contents: str
    ) -> None:
        self.fit, self.recipe, self.codec, self.songs = recipe.fit, recipe, codec, songs
        self.settings = {
            "size": to_builtins(recipe.network),
            "symbols": codec.size,
            "features": codec.features,
            "songs": contents,
        }

    @property
    def reads_windows(self) -> bool:
        """Whether the network reads windows."""
        return isinstance(self.recipe.network, WindowSize)

    @property
    def padding(self) -> int | None:
        """The symbol before the beginning of a song, None if windows lie within songs."""
        return self.codec.separator

    def network(self, settings: Mapping[str, Any]) -> nn.Module:
        """Build an untrained network."""
        size = {name: value for name, value in settings["size"].items() if name != "kind"}
        if settings["size"]["kind"] == "window":
            return WindowNetwork(WindowSize(**size), settings["symbols"])
        return StreamNetwork(StreamSize(**size), settings["symbols"], settings["features"])

    def loss(self) -> Loss:
        """Build the loss."""
        return WindowLoss() if self.reads_windows else StreamLoss()

    def train(self, epoch: int) -> IterableDataset[Any]:
        """Return the batches of an epoch."""
        fit, songs = self.recipe.fit, self.songs.train
        if self.reads_windows:
            return RandomWindows(
                songs, fit.batch, fit.window, steps=fit.steps, epoch=epoch, padding=self.padding
            )
        kind = Streams if fit.carries else Snippets
        return kind(songs, fit.batch, fit.window, self.codec.size, steps=fit.steps, epoch=epoch)

    def validation(self) -> Sequence[Any] | IterableDataset[Any]:
        """Return all validation songs, or windows spread over them."""
        fit = self.recipe.fit
        if not self.reads_windows:
            return Streams(self.songs.validation, min(fit.batch, 32), fit.window, self.codec.size, steps=0)
        songs = padded(self.songs.validation, fit.window, self.padding)
        places = [(song, at) for song in songs for at in range(fit.window, len(song))]
        chosen = np.linspace(0, len(places) - 1, min(_VALIDATION_WINDOWS, len(places))).astype(int)
        parts = np.array_split(chosen, max(len(chosen) // 256, 1))
        return [windows_of([places[number] for number in part], fit.window) for part in parts]

    def optimiser(self, parameters: Iterable[nn.Parameter], *, fused: bool) -> Optimizer:
        """Return the optimiser of the recipe."""
        del fused
        fit = self.recipe.fit
        if fit.optimiser == "rmsprop":
            return RMSprop(parameters, lr=fit.learning_rate)
        if fit.weight_decay:
            return AdamW(parameters, lr=fit.learning_rate, weight_decay=fit.weight_decay)
        return Adam(parameters, lr=fit.learning_rate)

    def schedule(self, optimiser: Optimizer, steps: Callable[[], float]) -> LRScheduler:
        """Return a constant rate, or one that warms up and then falls along a cosine."""

        def rate(step: int) -> float:
            if not self.recipe.fit.decay:
                return 1.0
            done = step / max(steps(), 1)
            if done < _WARM_UP:
                return _FROM + (1 - _FROM) * done / _WARM_UP
            fallen = min((done - _WARM_UP) / (1 - _WARM_UP), 1)
            return _TO + (1 - _TO) * (1 + math.cos(math.pi * fallen)) / 2

        return LambdaLR(optimiser, rate)
