"""Step rows on a device: the states stay there, and every step computes all rows.

A mask keeps the states of rows that are not stepped. Two sets of states alternate, so that addresses never change
and CUDA can replay each of the two bindings as a captured graph.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import onnxruntime as ort

from models.network import AFTER, ASKED, PACKED, Network
from models.onnxfile import Tensor
from models.stepping.rows import Array, Feeds, Outputs, Packing, SavedState, StepSession
from models.stepping.runtime import Provider, dtype_of, graph_run, new_session

_SETS: Final = 2


class DeviceSession(StepSession):
    """A batched network on a device, with buffers for `rows` rows. With `captures`, CUDA replays captured graphs."""

    def __init__(
        self, model: bytes, network: Network, provider: Provider, rows: int = 1, captures: bool = False
    ) -> None:
        super().__init__(network, rows)
        self.session = new_session(model, provider, captures)
        self._provider = provider
        self._captures = captures
        self._make_buffers(rows, [_zeros(rows, each) for each in network.tensors.states.values()])

    def _make_buffers(self, rows: int, states: Sequence[Array]) -> None:
        """Make the tensors on the device and both bindings. `states` are the states of all rows."""
        self._packing, self._asked = Packing(self.network, rows), np.zeros(rows, bool)
        self._packed_there, self._asked_there = self._there(self._packing.array), self._there(self._asked)
        self._sets = [[self._there(state) for state in states] for _ in range(_SETS)]
        self._outputs = {
            name: self._there(_zeros(rows, tensor)) for name, tensor in self.network.tensors.outputs.items()
        }
        self._bindings = [self._bind(turn) for turn in range(_SETS)]
        self._run_options = [graph_run(turn) if self._captures else None for turn in range(_SETS)]
        self._turn = 0
        # The present states in host memory, if they were read or changed since the last step.
        self._mirror: list[Array] | None = None
        self._is_changed = False

    def _there(self, array: Array) -> ort.OrtValue:
        return ort.OrtValue.ortvalue_from_numpy(array.copy(), self._provider.device, 0)

    def _bind(self, turn: int) -> ort.IOBinding:
        binding = self.session.io_binding()
        names = self.network.tensors.states
        inputs = {PACKED: self._packed_there, ASKED: self._asked_there}
        for name, value in {**inputs, **dict(zip(names, self._sets[turn], strict=True))}.items():
            binding.bind_ortvalue_input(name, value)
        after = (f"{name}{AFTER}" for name in names)
        for name, value in {**self._outputs, **dict(zip(after, self._sets[1 - turn], strict=True))}.items():
            binding.bind_ortvalue_output(name, value)
        return binding

    def step(self, feeds: Mapping[int, Feeds]) -> Mapping[int, Outputs]:
        """Run one step of the given rows."""
        if not feeds:
            return {}
        self._upload(feeds)
        self.session.run_with_iobinding(self._bindings[self._turn], self._run_options[self._turn])
        self._turn = 1 - self._turn
        self._mirror = None
        outputs = {name: value.numpy() for name, value in self._outputs.items()}
        return {index: {name: array[index] for name, array in outputs.items()} for index in feeds}

    def _upload(self, feeds: Mapping[int, Feeds]) -> None:
        for index, each in feeds.items():
            self._packing.write(index, each)
        self._packed_there.update_inplace(self._packing.array)
        asked = np.zeros_like(self._asked)
        asked[list(feeds)] = True
        if not np.array_equal(asked, self._asked):
            self._asked = asked
            self._asked_there.update_inplace(asked)
        if self._mirror is not None and self._is_changed:
            for value, array in zip(self._sets[self._turn], self._mirror, strict=True):
                value.update_inplace(array)
            self._is_changed = False

    def _here(self) -> list[Array]:
        if self._mirror is None:
            self._mirror = [np.array(value.numpy()) for value in self._sets[self._turn]]
        return self._mirror

    def save(self, index: int) -> SavedState:
        """Return a copy of a row's state."""
        return tuple(state[index].copy() for state in self._here())

    def restore(self, index: int, saved: SavedState | None) -> None:
        """Write a saved state into a row, or zeros for None. The next step uploads the states of all rows at once."""
        for place, state in enumerate(self._here()):
            state[index] = 0 if saved is None else saved[place]
        self._is_changed = True

    def _grow(self, rows: int) -> None:
        more = rows - self.capacity
        self._make_buffers(
            rows,
            [
                np.concatenate([state, _zeros(more, each)])
                for state, each in zip(self._here(), self.network.tensors.states.values(), strict=True)
            ],
        )


def _zeros(rows: int, tensor: Tensor) -> Array:
    return np.zeros((rows, *tensor.shape), dtype_of(tensor.kind))
