"""Data loaders for Lightning. Each rank gets its share of the streams; for a GPU, batches are made in advance."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import lightning
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from training.networks import StepInputs
from training.recipe import Fit
from training.streams import Batch, Lesson, Streams

_BATCHES_AHEAD: Final = 8


class Lessons(NamedTuple):
    """The lessons to train on, and those that decide when to stop."""

    train: list[Lesson]
    validation: list[Lesson]


class Share(NamedTuple):
    """The streams of one rank: every `ranks`th, starting with `rank`."""

    rank: int = 0
    ranks: int = 1

    def of(self, batch: Batch) -> Batch:
        """Return this rank's streams of a batch. With fewer streams than ranks, the extra ranks get silence."""
        heard, *rest = batch
        mine = StepInputs(*(self._rows(each) for each in heard))
        return Batch(mine, *(self._rows(each) for each in rest))

    def _rows(self, tensor: Tensor) -> Tensor:
        missing = max(self.ranks - len(tensor), 0)
        if missing:
            tensor = torch.cat([tensor, tensor.new_zeros(missing, *tensor.shape[1:])])
        return tensor[self.rank :: self.ranks]


class SharedStreams(IterableDataset[Batch]):
    """One rank's streams. Every rank has the same number of batches."""

    def __init__(self, streams: Streams, share: Share) -> None:
        self._streams, self._share = streams, share

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return len(self._streams)

    def __iter__(self) -> Iterator[Batch]:
        return map(self._share.of, self._streams)


class Reading(lightning.LightningDataModule):
    """The streams for training and validation. With `ahead`, separate processes make the batches."""

    def __init__(self, lessons: Lessons, part: str, fit: Fit, *, ahead: bool) -> None:
        super().__init__()
        self._ahead = ahead
        self._train = Streams(lessons.train, part, fit, learning=True)
        self._validation = Streams(lessons.validation, part, fit, learning=False)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return songs in this epoch's order. Lightning calls this for every epoch, because epochs may differ in length."""
        self._train.epoch = self.trainer.current_epoch if self.trainer else 0
        return self._loader(self._train)

    def val_dataloader(self) -> DataLoader[Batch]:
        """Return songs without changes."""
        return self._loader(self._validation)

    def _loader(self, streams: Streams) -> DataLoader[Batch]:
        trainer = self.trainer
        shared = SharedStreams(
            streams, Share(trainer.global_rank, trainer.world_size) if trainer else Share()
        )
        # Each item of a stream is a whole batch already.
        if not self._ahead:
            return DataLoader(shared, batch_size=None)
        return DataLoader(
            shared, batch_size=None, num_workers=1, pin_memory=True, prefetch_factor=_BATCHES_AHEAD
        )
