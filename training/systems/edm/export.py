"""Export tick networks to ONNX: one sampling step of any number of rows, checked against the network."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from exporters.onnx import Exported, check_steps, to_onnx
from models.codecs import bars
from models.codecs.demands import Codec
from models.codecs.roles import EDM, SHAPES
from models.codecs.systems import SYSTEMS
from models.network import AFTER, ASKED, PACKED, declaration, declared
from models.session import Array, Feeds, Outputs, Provider, SavedState, session_of
from training.networks import Draw, TickInputs, TickNetwork

# Values of a performer's parameters, including the extremes: temperatures, nuclei, copy biases, and masks that forbid a
# token, make it less likely, leave it unchanged or make it more likely.
_TEMPERATURES: Final = np.array([0.05, 0.8, 1.1, 3.0], np.float32)
_NUCLEI: Final = np.array([0.05, 0.9, 1.0], np.float32)
_BIASES: Final = np.array([-1e4, -3.0, 0.0, 8.0], np.float32)
_MASKED: Final = np.array([-1e4, -1.6, 0.0, 0.0, 3.0], np.float32)
CHECK_TICKS: Final = 64
_CHECK_ROWS: Final = 3
_PAUSES: Final = 0.2
STATES: Final = ("hidden", "cell")
INPUTS: Final = (PACKED, ASKED, *STATES)
OUTPUTS: Final = ("tokens", "sources", *(f"{name}{AFTER}" for name in STATES))
_CODECS: Final[Mapping[tuple[str, int], Codec]] = {
    **{(codec.part, SHAPES[codec.name].lags): codec for codec in (*EDM.codecs, *EDM.older)},
    (bars.PART, bars.LAGS): bars.CODEC,
}


class PackedStep(nn.Module):
    """A network's `step` on packed inputs; rows whose `asked` is false keep their state."""

    def __init__(self, network: TickNetwork) -> None:
        super().__init__()
        self.network = network
        layout = network.layout
        slots, parts, lags = len(layout.slots), len(layout.parts), network.lags
        # The order of the inputs is that of the codec's tensors; `previous` and `lookback` come first.
        self._sizes = [
            *(slots * (1 + lags), network.condition_size, parts * lags),
            *(parts + slots, 1, 1, 1, layout.vocabulary),
        ]
        self._history = (1 + lags, slots)

    def forward(
        self, packed: Tensor, asked: Tensor, hidden: Tensor, cell: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Compute one tick of B rows. The shapes are those of the codec, with the rows on axis 0."""
        history, condition, valid, *draw = torch.split(packed, self._sizes, dim=1)
        heard = TickInputs(history.to(torch.int64).reshape(-1, *self._history), condition, valid > 0)
        tokens, sources, after = self.network.step(heard, Draw(*draw), (hidden, cell))
        keeps = asked.reshape(-1, 1, 1)
        hidden_after, cell_after = (
            torch.where(keeps, new, old) for new, old in zip(after, (hidden, cell), strict=True)
        )
        return tokens, sources, hidden_after, cell_after


def example(network: TickNetwork, part: str, rng: np.random.Generator) -> dict[str, Array]:
    """Return random inputs of one row by name, with parameters up to their extremes."""
    shapes = declaration_of(network, part)["tensors"]
    sizes = np.array([slot.size for slot in network.layout.slots])
    mask = rng.choice(_MASKED, shapes["mask"])
    mask[list(network.layout.offsets[:-1])] = 0  # the token 'nothing' is always allowed
    return {
        "previous": rng.integers(0, sizes),
        "lookback": rng.integers(0, sizes, shapes["lookback"]),
        "condition": rng.integers(0, 2, shapes["condition"]).astype(np.float32),
        "valid": rng.integers(0, 2, shapes["valid"]).astype(bool),
        "uniform": rng.random(shapes["uniform"], np.float32),
        "temperature": rng.choice(_TEMPERATURES, 1),
        "top_p": rng.choice(_NUCLEI, 1),
        "copy_bias": rng.choice(_BIASES, 1),
        "mask": mask,
    }


def declaration_of(network: TickNetwork, part: str) -> dict[str, Any]:
    """Return the network's table for the manifest, without `file` and `sha256`."""
    codec = _CODECS[part, network.lags]
    return declaration(codec, EDM.name, {"hidden": network.size.hidden, "layers": network.size.layers})


def export_network(network: TickNetwork, part: str) -> Exported:
    """Return one sampling step as ONNX. Raises ExportError if it does not compute the same as the network."""
    network.eval()
    table = declaration_of(network, part)
    shapes = table["tensors"]
    states = [torch.zeros(2, *shapes[name]) for name in STATES]
    packed = torch.zeros(2, sum(int(np.prod(shapes[name])) for name in table["packed"]))
    arguments = (packed, torch.ones(2, dtype=torch.bool), *states)
    content = to_onnx(PackedStep(network), arguments, INPUTS, OUTPUTS, is_batched=True)
    made = Exported(content, table)
    check_export(network, made)
    return made


def check_export(network: TickNetwork, exported: Exported) -> float:
    """Return the largest difference of state over CHECK_TICKS random steps of several rows.

    Raises ExportError if a token differs, or if the difference exceeds `exporters.onnx.TOLERANCE`.
    """
    part = str(exported.declaration["part"])
    row = {**exported.declaration, "file": f"{part}.onnx", "sha256": "unchecked"}
    session = session_of(
        exported.content, declared(row, SYSTEMS), Provider("CPUExecutionProvider", "export check")
    )
    rng = np.random.default_rng(1)
    ticks = (
        [None if rng.random() < _PAUSES else example(network, part, rng) for _ in range(_CHECK_ROWS)]
        for _ in range(CHECK_TICKS)
    )
    return check_steps(session, lambda feeds, state: step(network, feeds, state), ticks)


@torch.inference_mode()
def step(network: TickNetwork, feeds: Feeds, state: SavedState) -> tuple[Outputs, SavedState]:
    """Step one row of a network in torch, on arrays: return its outputs by name and the state after."""
    given = {name: torch.from_numpy(np.asarray(array))[None] for name, array in feeds.items()}
    history = torch.cat([given["previous"][:, None], given["lookback"]], dim=1)
    heard = TickInputs(history, given["condition"], given["valid"].flatten(1))
    tokens, sources, after = network.step(
        heard, Draw(*(given[name] for name in Draw._fields)), _batched(state)
    )
    hidden, cell = (each[0].numpy() for each in after)
    return {"tokens": tokens[0].numpy(), "sources": sources[0].numpy()}, (hidden, cell)


def _batched(state: Sequence[Array]) -> tuple[Tensor, Tensor]:
    hidden, cell = (torch.from_numpy(each)[None] for each in state)
    return hidden, cell
