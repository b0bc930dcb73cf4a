"""Step rows in host memory: only the given rows run, as one compact batch."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import onnxruntime as ort

from models.network import AFTER, ASKED, PACKED, Network
from models.stepping.rows import Array, Feeds, Outputs, Packing, SavedState, StepSession
from models.stepping.runtime import Provider, dtype_of, new_session

_SETS: Final = 2


class HostSession(StepSession):
    """A batched network on the CPU.

    Every row has two sets of states. A row that steps alone runs from one set into the other, without a copy. Rows that
    step together are gathered into a batch and written back.
    """

    def __init__(self, model: bytes, network: Network, provider: Provider, rows: int = 1) -> None:
        super().__init__(network, rows)
        self.session = new_session(model, provider)
        self._states = [
            np.zeros((_SETS, rows, *each.shape), dtype_of(each.kind))
            for each in network.tensors.states.values()
        ]
        self._turn = [0] * rows
        self._make_buffers(rows)

    def _make_buffers(self, rows: int) -> None:
        network = self.network
        self._packing = Packing(network, rows)
        self._asked = np.ones(rows, bool)
        self._before, self._after = (
            [np.zeros((rows, *state.shape[2:]), state.dtype) for state in self._states] for _ in range(2)
        )
        self._outputs = {
            name: np.zeros((rows, *tensor.shape), dtype_of(tensor.kind))
            for name, tensor in network.tensors.outputs.items()
        }
        self._results = [
            {name: array[place] for name, array in self._outputs.items()} for place in range(rows)
        ]
        self._alone: dict[tuple[int, int], ort.IOBinding] = {}
        self._together: dict[int, ort.IOBinding] = {}

    def step(self, feeds: Mapping[int, Feeds]) -> Mapping[int, Outputs]:
        """Run one step of the given rows."""
        for place, each in enumerate(feeds.values()):
            self._packing.write(place, each)
        if len(feeds) == 1:
            (index,) = feeds
            self._step_alone(index)
            return {index: self._results[0]}
        if feeds:
            self._step_together(list(feeds))
        return dict(zip(feeds, self._results, strict=False))

    def _step_alone(self, index: int) -> None:
        turn = self._turn[index]
        binding = self._alone.get((index, turn))
        if binding is None:
            before, after = (
                [state[each, index][None] for state in self._states] for each in (turn, 1 - turn)
            )
            binding = self._alone[index, turn] = self._bind(1, before, after)
        self.session.run_with_iobinding(binding)
        self._turn[index] = 1 - turn

    def _step_together(self, rows: list[int]) -> None:
        count, turns = len(rows), [self._turn[index] for index in rows]
        binding = self._together.get(count)
        if binding is None:
            before, after = ([batch[:count] for batch in each] for each in (self._before, self._after))
            binding = self._together[count] = self._bind(count, before, after)
        for state, batch in zip(self._states, self._before, strict=True):
            batch[:count] = state[turns, rows]
        self.session.run_with_iobinding(binding)
        for state, batch in zip(self._states, self._after, strict=True):
            state[turns, rows] = batch[:count]

    def _bind(self, rows: int, before: Sequence[Array], after: Sequence[Array]) -> ort.IOBinding:
        """Bind the first rows of the buffers, and these states."""
        binding = self.session.io_binding()
        names = self.network.tensors.states
        inputs = {
            PACKED: self._packing.array[:rows],
            ASKED: self._asked[:rows],
            **dict(zip(names, before, strict=True)),
        }
        outputs = {name: array[:rows] for name, array in self._outputs.items()}
        outputs |= {f"{name}{AFTER}": array for name, array in zip(names, after, strict=True)}
        for name, array in inputs.items():
            binding.bind_ortvalue_input(name, ort.OrtValue.ortvalue_from_numpy(array))
        for name, array in outputs.items():
            binding.bind_ortvalue_output(name, ort.OrtValue.ortvalue_from_numpy(array))
        return binding

    def save(self, index: int) -> SavedState:
        """Return a copy of a row's state."""
        return tuple(state[self._turn[index], index].copy() for state in self._states)

    def restore(self, index: int, saved: SavedState | None) -> None:
        """Write a saved state into a row, or zeros for None."""
        for place, state in enumerate(self._states):
            state[self._turn[index], index] = 0 if saved is None else saved[place]

    def _grow(self, rows: int) -> None:
        more = rows - self.capacity
        self._states = [
            np.concatenate([state, np.zeros((_SETS, more, *state.shape[2:]), state.dtype)], axis=1)
            for state in self._states
        ]
        self._turn += [0] * more
        self._make_buffers(rows)
