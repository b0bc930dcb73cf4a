"""Songs as windows for training: parallel streams of consecutive windows, so that the state can continue."""

from collections.abc import Iterator, Sequence
from math import floor
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import IterableDataset

from models.codecs.base import LAGS, RECALL
from models.codecs.condition import COLUMNS, PLAN_GROUPS
from training.augment import STILL, Shifts, drawn_shifts, shift_condition, shifted_tokens
from training.networks import StepInputs
from training.systems.edm.lesson import LAYOUTS, Lesson, Rows
from training.systems.edm.recipe import Fit

# Its multiples spread evenly over 0..1, so that lessons with a fractional weight take turns.
_GOLDEN: Final = 0.6180339887498949

# What a part recalls in a window while learning: the bars that the plan names (and the longest match where it names
# none), only the longest match, or nothing.
_TOLD, _LONGEST, _NOTHING = range(3)
_RECALLS: Final = (0.5, 0.35, 0.15)


class Place(NamedTuple):
    """A lesson, the first tick of a window in it, and the shifts of its voices."""

    lesson: int
    start: int
    shifts: Shifts = STILL


class Batch(NamedTuple):
    """A window of every stream. `fresh` (B,) marks beginnings of songs; `real` (B, T) is False for padding."""

    heard: StepInputs
    target: torch.Tensor
    matched: torch.Tensor
    fresh: torch.Tensor
    real: torch.Tensor


class Streams(IterableDataset[Batch]):
    """Windows of all lessons, `streams` songs in parallel, in a new order each epoch. `epoch` is the next one.

    Without `recalls_told` the networks get no bars to recall from the plan, only the longest match.
    """

    def __init__(
        self,
        lessons: Sequence[Lesson],
        part: str,
        fit: Fit,
        *,
        learning: bool,
        epoch: int = 0,
        recalls_told: bool = True,
    ) -> None:
        self.lessons, self.fit, self.part = lessons, fit, part
        self.learning, self.recalls_told = learning, recalls_told
        self.epoch = epoch

    def _orders(self, rng: np.random.Generator, epoch: int) -> list[list[int]]:
        """Assign lessons to streams: each lesson, longest first, goes to the shortest stream, so that all end together."""
        indices = [i for i, one in enumerate(self.lessons) for _ in range(self._times(i, one, epoch))]
        # All lessons may have a small weight; an epoch must not be empty.
        indices = indices or list(range(len(self.lessons)))
        count = min(self.fit.streams, len(indices))
        loads = np.zeros(count)
        orders: list[list[int]] = [[] for _ in range(count)]
        for index in sorted(indices, key=lambda i: -self.lessons[i].ticks):
            lightest = int(loads.argmin())
            orders[lightest].append(index)
            loads[lightest] += self._windows(index)
        for order in orders:
            rng.shuffle(order)
        return orders

    def _times(self, index: int, one: Lesson, epoch: int) -> int:
        """Return how often an epoch uses a lesson. Fractions add up over epochs, with a different phase for each lesson."""
        phase = index * _GOLDEN
        return (
            floor(one.weight * (epoch + 1) + phase) - floor(one.weight * epoch + phase)
            if self.learning
            else 1
        )

    def _windows(self, index: int) -> int:
        return -(-self.lessons[index].ticks // self.fit.window)

    def __len__(self) -> int:
        """Return the batches of the next epoch. With fractional weights epochs differ slightly in length."""
        orders = self._orders(np.random.default_rng(0), self.epoch)
        return max(sum(self._windows(index) for index in order) for order in orders)

    def __iter__(self) -> Iterator[Batch]:
        rng = np.random.default_rng((0, self.epoch))
        orders = self._orders(rng, self.epoch)
        self.epoch += 1
        readers = [
            self._read(order, np.random.default_rng((1, self.epoch, n))) for n, order in enumerate(orders)
        ]
        while True:
            places = [next(reader, None) for reader in readers]
            if all(place is None for place in places):
                return
            yield self._batch(places, rng)

    def _read(self, order: Sequence[int], rng: np.random.Generator) -> Iterator[Place]:
        for index in order:
            shifts = STILL
            if self.learning and self.part == "melody":
                shifts = drawn_shifts(rng, self.fit.transpose, self.fit.octave)
            for start in range(0, self.lessons[index].ticks, self.fit.window):
                yield Place(index, start, shifts)

    def _batch(self, places: Sequence[Place | None], rng: np.random.Generator) -> Batch:
        rows = [self._window(place, rng) for place in places]
        stacked = {name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]}
        previous, lookback = stacked["previous"].long(), stacked["lookback"].long()
        inputs = StepInputs(previous, lookback, stacked["condition"], stacked["valid"])
        fresh = torch.tensor([place is None or place.start == 0 for place in places])
        return Batch(inputs, stacked["target"].long(), stacked["matched"], fresh, stacked["real"])

    def _window(self, place: Place | None, rng: np.random.Generator) -> Rows:
        """Return the rows of a window, padded with zeros; only zeros if a stream has ended."""
        rows = self.lessons[place.lesson if place else 0].rows
        start, stop = (place.start, place.start + self.fit.window) if place else (0, 0)
        row = {name: self._padded(values[start:stop]) for name, values in rows.items()}
        row["condition"] = row["condition"].astype(np.float32)
        count = len(rows["target"][start:stop])
        row["real"] = np.arange(self.fit.window) < count
        self._recall(row, self._recalls(rng))
        if place is None:
            return row
        if any(place.shifts):
            for name in ("previous", "lookback", "target"):
                row[name] = shifted_tokens(row[name], place.shifts)
            shift_condition(row["condition"][:count], row["target"][:count], place.shifts)
        if self.learning:
            self._withhold(row, rng)
        self._switch_off(row)
        return row

    def _recalls(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return what each part recalls (P,)."""
        parts = len(LAYOUTS[self.part].parts)
        if self.learning:
            return rng.choice(len(_RECALLS), parts, p=_RECALLS)
        return np.full(parts, _TOLD if self.recalls_told else _LONGEST)

    def _recall(self, row: Rows, recalls: NDArray[np.int64]) -> None:
        """Add the last lookback, and remove what the condition tells about bars that a part does not recall."""
        told = row["told_valid"] & (recalls == _TOLD)
        found = {
            name: np.where(self._by_slot(told) if name == "tokens" else told, row[f"told_{name}"], longest)
            for name, longest in (
                (name, row[f"longest_{name}"]) for name in ("tokens", "valid", "matched", "rates")
            )
        }
        anything = recalls != _NOTHING
        found = {
            name: values * (self._by_slot(anything) if name == "tokens" else anything)
            for name, values in found.items()
        }
        row["lookback"] = np.concatenate([row["lookback"], found["tokens"][:, None]], axis=1)
        for name in ("valid", "matched"):
            row[name] = np.concatenate([row[name], found[name][:, :, None]], axis=2)
        columns, parts = COLUMNS[self.part], np.arange(len(recalls))
        for group in ("form", "rhythm"):
            if group in columns:
                row["condition"][:, columns[group].start + parts * LAGS + RECALL] *= told
        row["condition"][:, columns["recall"]] *= told
        row["condition"][:, columns["recent"].start + parts * LAGS + RECALL] = found["rates"]
        for name in [name for name in row if name.startswith(("told_", "longest_"))]:
            del row[name]

    def _by_slot(self, by_part: NDArray[np.bool_]) -> NDArray[np.bool_]:
        sizes = [stop - start for start, stop in LAYOUTS[self.part].part_ranges]
        return np.repeat(by_part, sizes, axis=-1)

    def _padded(self, values: NDArray[Any]) -> NDArray[Any]:
        padded = np.zeros((self.fit.window, *values.shape[1:]), values.dtype)
        padded[: len(values)] = values
        return padded

    def _withhold(self, row: Rows, rng: np.random.Generator) -> None:
        for group in PLAN_GROUPS[self.part]:
            if rng.random() < self.fit.withhold_plan:
                row["condition"][:, COLUMNS[self.part][group]] = 0
        if rng.random() < self.fit.withhold_lookback:
            row["lookback"][:], row["valid"][:] = 0, False

    def _switch_off(self, row: Rows) -> None:
        """Remove the inputs and mechanisms that the recipe switches off."""
        for name in self.fit.without:
            if name == "lookback":
                row["lookback"][:] = 0
            elif name == "gates":
                row["valid"][:] = False
            elif name == "recall":
                row["lookback"][:, RECALL], row["valid"][:, :, RECALL] = 0, False
                row["condition"][:, COLUMNS[self.part][name]] = 0
            else:
                for group in PLAN_GROUPS[self.part] if name == "plan" else (name,):
                    row["condition"][:, COLUMNS[self.part].get(group, slice(0))] = 0
