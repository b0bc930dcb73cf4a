"""Export trained networks to ONNX and to a bundle. Each ONNX file is checked against its network."""

import contextlib
import io
import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from exporters.files import store, write_manifest
from models.manifest import CODECS, FORMAT, tensor_shapes
from models.notes import TICKS_PER_BEAT
from models.session import Provider, TickSession
from training.networks import Draw, StepInputs, TickNetwork

# The largest difference of the state after CHECK_TICKS steps that a correct export may have.
TOLERANCE: Final = 1e-4
# Values of a performer's parameters, including the extremes: temperatures, nuclei, copy biases, and masks that forbid a
# token, make it less likely, leave it unchanged or make it more likely.
_TEMPERATURES: Final = np.array([0.05, 0.8, 1.1, 3.0], np.float32)
_NUCLEI: Final = np.array([0.05, 0.9, 1.0], np.float32)
_BIASES: Final = np.array([-1e4, -3.0, 0.0, 8.0], np.float32)
_MASKED: Final = np.array([-1e4, -1.6, 0.0, 0.0, 3.0], np.float32)
CHECK_TICKS: Final = 64
INPUTS: Final = (
    *("previous", "lookback", "condition", "valid", "uniform"),
    *("temperature", "top_p", "copy_bias", "mask", "hidden", "cell"),
)
OUTPUTS: Final = ("tokens", "sources", "hidden_after", "cell_after")


class ExportError(Exception):
    """The ONNX file does not compute what the network computes."""


class OneTick(nn.Module):
    """A network's `step` with flat, named tensors as inputs and outputs."""

    def __init__(self, network: TickNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(  # noqa: PLR0917 - the graph's inputs, in the order of INPUTS
        self,
        previous: Tensor,
        lookback: Tensor,
        condition: Tensor,
        valid: Tensor,
        uniform: Tensor,
        temperature: Tensor,
        top_p: Tensor,
        copy_bias: Tensor,
        mask: Tensor,
        hidden: Tensor,
        cell: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Compute one tick. The shapes are those of `models.manifest.tensor_shapes`."""
        inputs = StepInputs(
            previous[None, None], lookback[None, None], condition[None, None], valid[None, None]
        )
        draw = Draw(uniform, temperature, top_p, copy_bias, mask)
        tokens, sources, (hidden_after, cell_after) = self.network.step(inputs, draw, (hidden, cell))
        return tokens, sources, hidden_after, cell_after


def example(network: TickNetwork, part: str, rng: np.random.Generator) -> dict[str, np.ndarray[Any, Any]]:
    """Return random inputs of one tick by name, with parameters up to their extremes. The state is zeros."""
    shapes = tensor_shapes(part, network.size.hidden, network.size.layers)
    sizes = np.array([slot.size for slot in network.layout.slots])
    feeds: dict[str, np.ndarray[Any, Any]] = {name: np.zeros(shapes[name], np.float32) for name in INPUTS}
    feeds["previous"] = rng.integers(0, sizes)
    feeds["lookback"] = rng.integers(0, sizes, tuple(shapes["lookback"]))
    feeds["condition"] = rng.integers(0, 2, shapes["condition"]).astype(np.float32)
    feeds["valid"] = rng.integers(0, 2, shapes["valid"]).astype(bool)
    feeds["uniform"] = rng.random(shapes["uniform"], np.float32)
    feeds["temperature"] = rng.choice(_TEMPERATURES, 1)
    feeds["top_p"] = rng.choice(_NUCLEI, 1)
    feeds["copy_bias"] = rng.choice(_BIASES, 1)
    feeds["mask"] = rng.choice(_MASKED, shapes["mask"])
    feeds["mask"][list(network.layout.offsets[:-1])] = 0  # the token 'nothing' is always allowed
    return feeds


def export_network(network: TickNetwork, part: str) -> bytes:
    """Return the ONNX bytes of one sampling step. Raises ExportError if they do not compute the same as the network."""
    network.eval()
    feeds = example(network, part, np.random.default_rng(0))
    arguments = tuple(torch.from_numpy(feeds[name]) for name in INPUTS)
    content = to_onnx(OneTick(network), arguments, INPUTS, OUTPUTS)
    check_export(network, part, content)
    return content


def to_onnx(
    module: nn.Module, arguments: tuple[Tensor, ...], inputs: Sequence[str], outputs: Sequence[str]
) -> bytes:
    """Return the ONNX bytes of a module. The many messages of torch's exporter are hidden from the user."""
    for library in ("torch.onnx", "onnxscript", "onnx_ir"):
        logging.getLogger(library).setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        program: Any = torch.onnx.export(
            module,
            arguments,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise ExportError("torch returned no ONNX program")
    # The exporter notes its source files, which differ between machines and have no use when playing.
    for node in program.model_proto.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    content: bytes = program.model_proto.SerializeToString()
    return content


@torch.inference_mode()
def check_export(network: TickNetwork, part: str, content: bytes) -> float:
    """Return the largest difference of state over CHECK_TICKS random steps.

    Raises ExportError if a token differs, or if the difference exceeds TOLERANCE.
    """
    session = TickSession(content, Provider("CPUExecutionProvider", "export check"))
    rng = np.random.default_rng(1)
    state = network.fresh_state(1)
    worst = 0.0
    for _ in range(CHECK_TICKS):
        feeds = example(network, part, rng)
        tokens, sources = session.step({k: v for k, v in feeds.items() if k not in ("hidden", "cell")})
        given = [torch.from_numpy(feeds[name]) for name in INPUTS[:-2]]
        expected, gates, hidden, cell = OneTick(network)(*given, *state)
        state = (hidden, cell)
        saved = session.save()
        worst = max(
            worst, *(float(np.abs(got - want.numpy()).max()) for got, want in zip(saved, state, strict=True))
        )
        if worst > TOLERANCE or not (np.array_equal(tokens, expected) and np.array_equal(sources, gates)):
            raise ExportError(
                f"the ONNX file of {part} does not match its network: the state differs by {worst:.1e}, "
                f"tokens are {tokens} instead of {expected.numpy()}"
            )
    return worst


def write_bundle(
    folder: Path,
    networks: Mapping[str, TickNetwork],
    tables: Mapping[str, bytes],
    provenance: Mapping[str, Any],
) -> None:
    """Write a whole bundle, the manifest last.

    `tables` are those of `models.manifest.TABLES`, as JSON. `provenance` holds name, version and licence, and any other
    entries of the manifest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest: dict[str, Any] = {"format": FORMAT, "ticks_per_beat": TICKS_PER_BEAT, **provenance}
    for part, network in networks.items():
        manifest[part] = {
            **store(folder, f"{part}.onnx", export_network(network, part)),
            "codec": CODECS[part],
            "hidden": network.size.hidden,
            "layers": network.size.layers,
            "tensors": tensor_shapes(part, network.size.hidden, network.size.layers),
        }
    for key, content in tables.items():
        manifest[key] = store(folder, f"{key}.json", content)
    write_manifest(folder, manifest)
