"""Step rows one after the other, for networks of format 1, whose ONNX file computes a single row."""

from collections.abc import Mapping

import numpy as np

from models.network import AFTER, Network
from models.stepping.rows import Array, Feeds, Outputs, SavedState, StepSession
from models.stepping.runtime import Provider, dtype_of, new_session


class SingleSession(StepSession):
    """A network without a batch axis. Each input is a separate tensor; the states are in host memory."""

    def __init__(self, model: bytes, network: Network, provider: Provider, rows: int = 1) -> None:
        super().__init__(network, rows)
        self.session = new_session(model, provider)
        self._names = [*network.tensors.outputs, *(f"{name}{AFTER}" for name in network.tensors.states)]
        self._states = [self._zeros() for _ in range(rows)]

    def _zeros(self) -> dict[str, Array]:
        shapes = self.network.graph_inputs
        names = self.network.tensors.states
        return {name: np.zeros(shapes[name].shape, dtype_of(shapes[name].kind)) for name in names}

    def step(self, feeds: Mapping[int, Feeds]) -> Mapping[int, Outputs]:
        """Run one step of each of the given rows."""
        results = {index: self._step(index, each) for index, each in feeds.items()}
        # Store states only when no row has failed, because a caller may repeat the whole step.
        for index, (_, state) in results.items():
            self._states[index] = state
        return {index: outputs for index, (outputs, _) in results.items()}

    def _step(self, index: int, feeds: Feeds) -> tuple[Outputs, dict[str, Array]]:
        """Return the outputs of a row and its state after the step."""
        inputs = {
            name: np.asarray(feeds[name], dtype_of(tensor.kind)).reshape(tensor.shape)
            for name, tensor in self.network.tensors.inputs.items()
        }
        results = self.session.run(self._names, {**inputs, **self._states[index]})
        outputs: dict[str, Array] = dict(zip(self._names, results, strict=True))
        state = {name: outputs.pop(f"{name}{AFTER}") for name in self.network.tensors.states}
        return outputs, state

    def save(self, index: int) -> SavedState:
        """Return a copy of a row's state."""
        states = self.network.tensors.states
        return tuple(array.reshape(states[name].shape).copy() for name, array in self._states[index].items())

    def restore(self, index: int, saved: SavedState | None) -> None:
        """Write a saved state into a row, or zeros for None."""
        self._states[index] = self._zeros()
        if saved is not None:
            for array, given in zip(self._states[index].values(), saved, strict=True):
                array[...] = given.reshape(array.shape)

    def _grow(self, rows: int) -> None:
        self._states += [self._zeros() for _ in range(rows - len(self._states))]
