"""The interface of a system in the pipeline: its lessons, networks, losses, and the export of its bundle."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import IterableDataset

from models.bundle import Bundle
from training.errors import TrainingError
from training.piece import Listed
from training.recipe import BaseFit


class Loss(nn.Module):
    """The loss of a network. It may have parameters of its own, which are trained too, and a state between batches."""

    def begin(self) -> None:
        """Clear the state of earlier batches. Called when an epoch or a validation begins."""

    def forward(self, network: nn.Module, batch: Any) -> tuple[Tensor, Tensor]:
        """Return a batch's sum of nats, and the number of items (such as ticks) in the sum."""
        raise NotImplementedError


class Lessons(ABC):
    """One network to train, and its training data.

    `name` is the network's, `unit` that of its loss. `settings` are the plain values from which `network` builds the
    network; a checkpoint contains them. With `alone` only one process trains, on the CPU, in full precision. With
    `varies` epochs differ in length.
    """

    name: str
    unit: str
    settings: Mapping[str, Any]
    fit: BaseFit
    alone: bool = False
    varies: bool = False

    @abstractmethod
    def network(self, settings: Mapping[str, Any]) -> nn.Module:
        """Build an untrained network."""

    @abstractmethod
    def loss(self) -> Loss:
        """Build the loss."""

    @abstractmethod
    def train(self, epoch: int) -> IterableDataset[Any]:
        """Return the batches of an epoch, counted from 0; a second iteration gives those of the next epoch.

        They have a length, and are the same in every run.
        """

    @abstractmethod
    def validation(self) -> Sequence[Any] | IterableDataset[Any]:
        """Return the batches that decide which epoch is the best."""

    def optimiser(self, parameters: Iterable[nn.Parameter], *, fused: bool) -> Optimizer:
        """Return the optimiser: AdamW, unless the system has another."""
        return AdamW(parameters, lr=self.fit.learning_rate, weight_decay=self.fit.weight_decay, fused=fused)

    @abstractmethod
    def schedule(self, optimiser: Optimizer, steps: Callable[[], float]) -> LRScheduler:
        """Return the learning rate over the steps of the whole training; the number of `steps` may shrink."""

    def begin_with(self, network: nn.Module, bundle: Bundle) -> bool:  # noqa: ARG002 - for systems that can
        """Give a network the weights of a bundle's; return False if the bundle has no such network.

        Raises TrainingError if these weights do not fit.
        """
        raise TrainingError(
            f"{self.name} cannot start with a bundle; give the folder of a training's checkpoints"
        )

    def describe(self) -> Mapping[str, float]:
        """Return figures of an epoch to show before training; empty if they are unknown then."""
        return {}


class System(ABC):
    """One recipe with one corpus: the pieces that it uses, and the lessons of each network by name."""

    pieces: Sequence[Listed]
    lessons: Mapping[str, Lessons]

    @abstractmethod
    def figures(self, name: str, network: nn.Module) -> dict[str, Any]:
        """Return the figures of a network on held-out songs, by source."""

    @abstractmethod
    def finish(
        self,
        folder: Path,
        networks: Mapping[str, nn.Module],
        facts: Mapping[str, Any],
        learned: Mapping[str, Mapping[str, Any]],
    ) -> Bundle:
        """Measure the networks on held-out songs, export them, and load the bundle as the daemon does.

        `facts` are the manifest's name, version, licence and data; `learned` is the training of each network.
        Raises ExportError if a file does not compute what its network computes.
        """
