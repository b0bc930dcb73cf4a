"""Data loaders for Lightning. Each rank gets its share of every batch; for a GPU, batches are made in advance."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import lightning
import torch
from lightning_utilities.core.apply_func import apply_to_collection
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from training.system import Lessons

_BATCHES_AHEAD: Final = 8
_Batch = TypeVar("_Batch")


class Share(NamedTuple):
    """The rows of one rank: every `ranks`th, starting with `rank`."""

    rank: int = 0
    ranks: int = 1

    def of(self, batch: _Batch) -> _Batch:
        """Return this rank's rows of all tensors. With fewer rows than ranks, the extra ranks get zeros."""
        shared: _Batch = apply_to_collection(batch, Tensor, self._rows)
        return shared

    def _rows(self, tensor: Tensor) -> Tensor:
        missing = max(self.ranks - len(tensor), 0)
        if missing:
            tensor = torch.cat([tensor, tensor.new_zeros(missing, *tensor.shape[1:])])
        return tensor[self.rank :: self.ranks]


class SharedBatches(IterableDataset[Any]):
    """One rank's share of the batches. Every rank has the same number of batches."""

    def __init__(self, batches: Any, share: Share) -> None:
        self._batches, self._share = batches, share

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return len(self._batches)

    def __iter__(self) -> Iterator[Any]:
        return map(self._share.of, self._batches)


class Reading(lightning.LightningDataModule):
    """The batches for training and validation, from epoch `first` on. With `ahead`, separate processes make them."""

    def __init__(self, lessons: Lessons, *, ahead: bool, first: int = 0) -> None:
        super().__init__()
        self._lessons, self._ahead, self._first = lessons, ahead, first

    def train_dataloader(self) -> DataLoader[Any]:
        """Return the batches from this epoch on. Lightning calls this for every epoch if they differ in length."""
        # Lightning first asks before it has read from the checkpoint which epoch it is.
        epoch = self.trainer.current_epoch if self.trainer else 0
        return self._loader(self._lessons.train(max(epoch, self._first)))

    def val_dataloader(self) -> DataLoader[Any]:
        """Return the batches of the validation."""
        return self._loader(self._lessons.validation())

    def _loader(self, batches: Sequence[Any] | IterableDataset[Any]) -> DataLoader[Any]:
        trainer = self.trainer
        share = Share(trainer.global_rank, trainer.world_size) if trainer else Share()
        ahead: dict[str, Any] = {"num_workers": 1, "pin_memory": True, "prefetch_factor": _BATCHES_AHEAD}
        # Each item is a whole batch already.
        return DataLoader(SharedBatches(batches, share), batch_size=None, **(ahead if self._ahead else {}))
