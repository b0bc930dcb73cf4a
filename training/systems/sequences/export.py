"""Export a network that plays symbols to ONNX, and check it against the network."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from exporters.onnx import Exported, check_steps, round_weights, to_onnx, with_half_weights
from models.codecs.matching import LENGTHS
from models.codecs.sequences import RECALLS, STREAMS, SYSTEMS, WINDOWS
from models.codecs.systems import SYSTEMS as EVERY
from models.network import AFTER, ASKED, PACKED, declaration, declared
from models.session import Array, Feeds, Outputs, Provider, SavedState, session_of
from training.systems.sequences.networks import Draw, Heard, StreamNetwork, WindowNetwork

_TEMPERATURES: Final = np.array([0.05, 0.8, 1.1, 3.0], np.float32)
_NUCLEI: Final = np.array([0.05, 0.9, 1.0], np.float32)
_BIASES: Final = np.array([-1e4, -3.0, 0.0, 8.0], np.float32)
_MASKED: Final = np.array([-1e4, 0.0, 0.0], np.float32)
_ROWS, _PAUSES = 3, 0.2
_STEPS: Final = {"stream": 48, "window": 8}
# The states of a trained network are large, and differ by rounding.
_TOLERANCE: Final = 1e-3
_STATES: Final = ("hidden", "cell")
_OUTPUTS: Final = ("token", "source")
_WHOLE: Final = ("previous", "recalled", "lengths", "window")


class PackedStream(nn.Module):
    """A stream's `step` on packed inputs; rows whose `asked` is false keep their state."""

    def __init__(self, network: StreamNetwork, shapes: Mapping[str, list[int]], packed: list[str]) -> None:
        super().__init__()
        self.network, self._names = network, packed
        self._sizes = [int(np.prod(shapes[name])) for name in packed]

    def forward(
        self, packed: Tensor, asked: Tensor, hidden: Tensor, cell: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Compute one symbol of B rows."""
        given = dict(zip(self._names, torch.split(packed, self._sizes, dim=1), strict=True))
        token, source, after = self.network.step(*_read(given), (hidden, cell))
        keeps = asked.reshape(-1, 1, 1)
        hidden_after, cell_after = (
            torch.where(keeps, new, old) for new, old in zip(after, (hidden, cell), strict=True)
        )
        return token, source, hidden_after, cell_after


class PackedWindow(nn.Module):
    """A window's `step` on packed inputs."""

    def __init__(self, network: WindowNetwork, shapes: Mapping[str, list[int]], packed: list[str]) -> None:
        super().__init__()
        self.network, self._names = network, packed
        self._sizes = [int(np.prod(shapes[name])) for name in packed]

    def forward(self, packed: Tensor, asked: Tensor) -> tuple[Tensor, Tensor]:
        """Compute one symbol of B rows. `asked` changes nothing here; every exported step has it."""
        given = dict(zip(self._names, torch.split(packed, self._sizes, dim=1), strict=True))
        token = self.network.step(given["window"].to(torch.int64), _draw(given))
        return token, torch.zeros_like(token) * asked.reshape(-1, 1)


def _read(given: Mapping[str, Tensor]) -> tuple[Heard, Draw]:
    """Return the inputs of a stream's step from those of the codec, each (B, ...)."""
    previous = given["previous"].to(torch.int64)
    none = previous.new_zeros((previous.shape[0], 1, 0))
    heard = Heard(
        previous,
        given["features"].unsqueeze(1) if "features" in given else previous.float().unsqueeze(1)[..., :0],
        given["recalled"].to(torch.int64).unsqueeze(1) if "recalled" in given else none,
        given["lengths"].to(torch.int64).unsqueeze(1) if "lengths" in given else none,
    )
    valid = given["valid"] > 0 if "valid" in given else None
    return heard, _draw(given)._replace(valid=valid, copy_bias=given.get("copy_bias"))


def _draw(given: Mapping[str, Tensor]) -> Draw:
    return Draw(given["uniform"], given["temperature"], given["top_p"], given["mask"])


def declaration_of(network: StreamNetwork | WindowNetwork, system: str, window: int) -> dict[str, Any]:
    """Return the network's table for the manifest, without `file` and `sha256`."""
    if isinstance(network, WindowNetwork):
        settings = {"symbols": network.symbols, "window": window}
        return declaration(WINDOWS[system], SYSTEMS[system].name, settings)
    size = network.size
    settings = {"symbols": network.symbols, "hidden": size.hidden, "layers": size.layers}
    settings |= {"features": network.features} if network.features else {}
    settings |= {"recalls": RECALLS} if size.recalls else {}
    return declaration(STREAMS[system], SYSTEMS[system].name, settings)


def export_network(network: StreamNetwork | WindowNetwork, system: str, window: int) -> Exported:
    """Return one sampling step as ONNX, its weights in float16. Raises ExportError if it computes something else."""
    network.eval()
    round_weights(network)
    table = declaration_of(network, system, window)
    shapes, packed = table["tensors"], table["packed"]
    width = sum(int(np.prod(shapes[name])) for name in packed)
    arguments = (torch.zeros(2, width), torch.ones(2, dtype=torch.bool))
    if isinstance(network, WindowNetwork):
        module: nn.Module = PackedWindow(network, shapes, packed)
        content = to_onnx(module, arguments, (PACKED, ASKED), _OUTPUTS, is_batched=True)
    else:
        module = PackedStream(network, shapes, packed)
        states = tuple(torch.zeros(2, *shapes[name]) for name in _STATES)
        outputs = (*_OUTPUTS, *(f"{name}{AFTER}" for name in _STATES))
        content = to_onnx(module, (*arguments, *states), (PACKED, ASKED, *_STATES), outputs, is_batched=True)
    made = Exported(with_half_weights(content), table)
    check_export(network, made)
    return made


def check_export(network: StreamNetwork | WindowNetwork, exported: Exported) -> float:
    """Return the largest difference of state over random steps of several rows. Raises ExportError if a symbol differs."""
    row = {**exported.declaration, "file": "melody.onnx", "sha256": "unchecked"}
    session = session_of(
        exported.content, declared(row, EVERY), Provider("CPUExecutionProvider", "export check")
    )
    rng = np.random.default_rng(1)
    steps = _STEPS["window" if isinstance(network, WindowNetwork) else "stream"]
    ticks = (
        [
            None if rng.random() < _PAUSES else _example(network.symbols, exported.declaration, rng)
            for _ in range(_ROWS)
        ]
        for _ in range(steps)
    )
    return check_steps(session, lambda feeds, state: _step(network, feeds, state), ticks, _TOLERANCE)


def _example(symbols: int, table: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Array]:
    """Return random inputs of one row by name, with parameters up to their extremes."""
    shapes = table["tensors"]
    mask = rng.choice(_MASKED, symbols)
    mask[0] = 0  # something is always allowed
    every = {
        "previous": rng.integers(0, symbols + 1, 1),
        "window": rng.integers(0, symbols, shapes.get("window", 0)),
        "features": rng.integers(0, 2, shapes.get("features", 0)).astype(np.float32),
        "recalled": rng.integers(0, symbols, RECALLS),
        "lengths": rng.integers(0, LENGTHS, RECALLS),
        "valid": rng.integers(0, 2, RECALLS).astype(bool),
        "copy_bias": rng.choice(_BIASES, 1),
        "uniform": rng.random(2, np.float32),
        "temperature": rng.choice(_TEMPERATURES, 1),
        "top_p": rng.choice(_NUCLEI, 1),
        "mask": mask,
    }
    return {name: every[name] for name in table["packed"]}


@torch.inference_mode()
def _step(
    network: StreamNetwork | WindowNetwork, feeds: Feeds, state: SavedState
) -> tuple[Outputs, SavedState]:
    """Step one row of a network in torch, on arrays."""
    given = {
        name: torch.from_numpy(np.asarray(array, np.int64 if name in _WHOLE else np.float32))[None]
        for name, array in feeds.items()
    }
    if isinstance(network, WindowNetwork):
        drawn = network.step(given["window"], _draw(given))[0].numpy()
        return {"token": drawn, "source": np.zeros_like(drawn)}, ()
    before = torch.from_numpy(state[0])[None], torch.from_numpy(state[1])[None]
    token, source, after = network.step(*_read(given), before)
    hidden, cell = (each[0].numpy() for each in after)
    return {"token": token[0].numpy(), "source": source[0].numpy()}, (hidden, cell)
