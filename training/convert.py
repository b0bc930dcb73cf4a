"""Convert a bundle of format 1 to format 2 without training: read the weights, export them, compare both step by step."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from exporters.onnx import Exported, ExportError, check_steps, write_bundle
from models import format1
from models.bundle import Bundle
from models.codecs.roles import EDM, SHAPES
from models.codecs.systems import SYSTEMS
from models.manifest import tables_of
from models.network import Network, declaration, declared
from models.session import Feeds, Outputs, Provider, Row, SavedState, session_of
from training.networks import TickNetwork
from training.systems.edm.export import example, export_network
from training.systems.edm.lesson import LAYOUTS
from training.systems.edm.recipe import NetworkSize

CHECK_TICKS: Final = 300
# ONNX Runtime's LSTM operator of format 1 approximates its functions.
_TOLERANCE: Final = 1e-3
_CPU: Final = Provider("CPUExecutionProvider", "a conversion")
# ONNX orders the gates of an LSTM input, output, forget, cell; torch orders them input, forget, cell, output.
_TORCH_ORDER: Final = (0, 2, 3, 1)


class ConversionError(Exception):
    """A bundle cannot be converted; the text gives the cause and the remedy."""


def convert(bundle: Bundle, out: Path) -> None:
    """Write a bundle of format 1 into the folder `out` as format 2. Raises ConversionError if it cannot be converted."""
    if bundle.manifest["format"] != format1.FORMAT:
        raise ConversionError(
            f"{bundle.folder} has format {bundle.manifest['format']} already; use it as it is"
        )
    if out.resolve() == bundle.folder.resolve():
        raise ConversionError(f"{out} is the bundle itself; name another folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    tables = tables_of(bundle.manifest, bundle.networks)
    left_out = {"format", "ticks_per_beat", *tables, *(network.part for network in bundle.networks)}
    rest = {key: value for key, value in bundle.manifest.items() if key not in left_out}
    try:
        exported = [_converted(bundle, network) for network in bundle.networks]
    except (ExportError, ValueError) as error:
        raise ConversionError(f"{bundle.folder} cannot be converted: {error}; train it again") from error
    write_bundle(out, exported, {key: bundle.table(key) for key in tables}, rest)


def _converted(bundle: Bundle, network: Network) -> Exported:
    content = bundle.model(network.part)
    if network.system != EDM.name:
        settings = {key: network.settings[key] for key in ("embedding", "nearness_temperature")}
        return Exported(content, declaration(network.codec, network.system, settings))
    learned = network_of(content, network)
    exported = export_network(learned, network.part)
    _compare(content, network, exported, learned)
    return exported


def _compare(content: bytes, network: Network, exported: Exported, learned: TickNetwork) -> None:
    """Raise ExportError if any token of CHECK_TICKS random steps differs."""
    old = session_of(content, network, _CPU).row()
    row = {**exported.declaration, "file": network.file, "sha256": network.sha256}
    new = session_of(exported.content, declared(row, SYSTEMS), _CPU)
    rng = np.random.default_rng(2)
    ticks = ([example(learned, network.part, rng)] for _ in range(CHECK_TICKS))
    check_steps(new, lambda feeds, state: _step(old, feeds, state), ticks, _TOLERANCE)


def _step(row: Row, feeds: Feeds, state: SavedState) -> tuple[Outputs, SavedState]:
    row.restore(state)
    return row.session.step({row.index: feeds})[row.index], row.save()


def network_of(content: bytes, network: Network) -> TickNetwork:
    """Return the network whose weights an ONNX file of format 1 contains. Raises ValueError if it has other weights."""
    graph = onnx.load_from_string(content).graph
    weights = {each.name: torch.from_numpy(numpy_helper.to_array(each).copy()) for each in graph.initializer}
    try:
        found = {name.removeprefix("network."): array for name, array in weights.items()}
        found |= _lstm(graph, weights, int(network.settings["hidden"]))
        shape = SHAPES[network.codec.name]
        width, size = shape.condition_size(network.part), _size(found, network)
        made = TickNetwork(LAYOUTS[network.part], width, size, shape.lags).eval()
        found |= _renamed(made, weights)
        made.load_state_dict({name: found[name] for name in made.state_dict()})
    except (KeyError, RuntimeError) as error:
        raise ValueError(f"the ONNX file of {network.part} has other weights than a tick network") from error
    return made


def _lstm(graph: onnx.GraphProto, weights: Mapping[str, Tensor], hidden: int) -> dict[str, Tensor]:
    """Return the biases of the LSTM, and its weights where the exporter has rearranged them for the operator."""
    found: dict[str, Tensor] = {}
    for layer, node in enumerate(node for node in graph.node if node.op_type == "LSTM"):
        _, from_input, from_hidden, biases, *_ = node.input
        for name, key in (("weight_ih", from_input), ("weight_hh", from_hidden)):
            if key in weights:
                found[f"lstm.{name}_l{layer}"] = _reordered(weights[key][0], hidden)
        for name, bias in zip(("bias_ih", "bias_hh"), weights[biases][0].chunk(2), strict=True):
            found[f"lstm.{name}_l{layer}"] = _reordered(bias, hidden)
    return found


def _reordered(weight: Tensor, hidden: int) -> Tensor:
    return torch.cat([weight[place * hidden : (place + 1) * hidden] for place in _TORCH_ORDER])


def _size(found: Mapping[str, Tensor], network: Network) -> NetworkSize:
    hidden, layers = (int(network.settings[key]) for key in ("hidden", "layers"))
    shape = SHAPES[network.codec.name]
    heard = found["lstm.weight_ih_l0"].shape[1] - shape.condition_size(network.part)
    (mix,) = found["mix.bias"].shape
    return NetworkSize(hidden, layers, heard // (1 + shape.lags), mix, dropout=0.0)


def _renamed(made: TickNetwork, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights that the exporter has renamed, and the one that it has left out."""
    last = f"chosen.{len(made.layout.slots) - 1}.weight"
    return {
        "hear.weight": _only(weights, made.layout.vocabulary, made.size.embedding),
        "mix.weight": _only(weights, made.size.hidden, made.size.mix).t(),
        last: torch.zeros_like(made.state_dict()[last]),  # unused, because no slot follows
    }


def _only(weights: Mapping[str, Tensor], *shape: int) -> Tensor:
    """Return the one unnamed matrix of a shape. Raises KeyError if there is not exactly one."""
    found = [
        array
        for name, array in weights.items()
        if not name.startswith("network.") and array.shape == shape and array.is_floating_point()
    ]
    if len(found) != 1:
        raise KeyError(shape)
    return found[0]
