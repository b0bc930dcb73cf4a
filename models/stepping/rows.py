"""The rows of a network. Each has a state of its own, which can be saved and restored."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.network import Network

Array = NDArray[Any]
# The states of one row in the order of the network's states, without a batch axis.
SavedState = tuple[Array, ...]
# The inputs of one row by name; a number may stand for a tensor of size 1.
Feeds = Mapping[str, Array | float]
# The outputs of one row by name.
Outputs = Mapping[str, Array]


class StepSession(ABC):
    """One network on one provider, and its rows.

    `step` runs the network once for all the given rows. What it computes for a row does not depend on the other rows.
    """

    def __init__(self, network: Network, rows: int) -> None:
        self.network = network
        self._free = list(reversed(range(rows)))
        self._capacity = rows

    @property
    def capacity(self) -> int:
        """The number of rows that fit into the present buffers."""
        return self._capacity

    def row(self) -> "Row":
        """Claim a row, with a state of zeros. If none is free, the buffers grow; on a device this may take long."""
        if not self._free:
            grown = max(2 * self._capacity, 1)
            self._grow(grown)
            self._free = list(reversed(range(self._capacity, grown)))
            self._capacity = grown
        row = Row(self, self._free.pop())
        row.restore(None)
        return row

    def claim(self, rows: Collection[int]) -> None:
        """Take these rows, and free all others, when this session goes on for another one."""
        self._free = [row for row in reversed(range(self._capacity)) if row not in rows]

    def release(self, index: int) -> None:
        """Make a row free for other decks. Raises ValueError if it is not claimed."""
        if index in self._free:
            raise ValueError(f"row {index} is not claimed")
        self._free.append(index)

    @abstractmethod
    def step(self, feeds: Mapping[int, Feeds]) -> Mapping[int, Outputs]:
        """Run one step of some rows, by index. Return their outputs, which are valid until the next step.

        Every input of a row must be given. The states of all other rows stay as they are.
        """

    @abstractmethod
    def save(self, index: int) -> SavedState:
        """Return a copy of a row's state."""

    @abstractmethod
    def restore(self, index: int, saved: SavedState | None) -> None:
        """Write a saved state into a row, or zeros for None."""

    @abstractmethod
    def _grow(self, rows: int) -> None:
        """Make the buffers larger. The states of the rows stay as they are."""


@dataclass(frozen=True, eq=False)
class Row:
    """A claimed row of a session. Step it with `row.session.step({row.index: inputs})`."""

    session: StepSession
    index: int

    def release(self) -> None:
        """Release the row. Do not use it afterwards."""
        self.session.release(self.index)

    def save(self) -> SavedState:
        """Return a copy of the row's state: one array for each state of the network."""
        return self.session.save(self.index)

    def restore(self, saved: SavedState | None) -> None:
        """Continue from a saved state, or from zeros if it is None."""
        self.session.restore(self.index, saved)


class Packing:
    """A packed tensor (B, W) in host memory, with a view of every input of every row."""

    def __init__(self, network: Network, rows: int) -> None:
        self.array = np.zeros((rows, network.packed_width), np.float32)
        self._views: list[dict[str, Array]] = [{} for _ in range(rows)]
        start = 0
        for name in network.packed:
            shape = network.tensors.inputs[name].shape
            stop = start + int(np.prod(shape))
            for row, views in zip(self.array, self._views, strict=True):
                views[name] = row[start:stop].reshape(shape)
            start = stop

    def write(self, place: int, feeds: Feeds) -> None:
        """Write the inputs of one row. Tokens and truth values become floats, which the graph converts back."""
        for name, view in self._views[place].items():
            view[...] = feeds[name]
