"""Begin a training with the networks of a bundle: read the weights from an ONNX file of format 2, and widen them.

A network of codec version 2 has a lookback and some columns of the condition less than one of version 3. What is new begins
without influence on the LSTM; the gate of the recalled bar begins like that of eight bars before.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from models import format1
from models.bundle import Bundle
from models.codecs.base import LOOKBACK_BARS
from models.codecs.roles import SHAPES, Shape
from training.errors import TrainingError
from training.networks import TickNetwork

_OWN: Final = "network."
_LAYER: Final = "lstm.{}_l{}"


def begin_with(network: TickNetwork, part: str, bundle: Bundle) -> bool:
    """Give a network the weights of a bundle's network; return False if the bundle has none of this part.

    Raises TrainingError if that has other sizes, or if the bundle has format 1.
    """
    if bundle.manifest["format"] == format1.FORMAT:
        raise TrainingError(
            f"{bundle.folder} has format {format1.FORMAT}; convert it with `edmd models convert NAME --out DIR`, "
            "and start with the new bundle"
        )
    found = next((each for each in bundle.networks if each.part == part), None)
    if found is None:
        return False
    shape = SHAPES.get(found.codec.name, Shape(network.lags))
    try:
        read = _read(onnx.load_from_string(bundle.model(part)).graph, network)
        network.load_state_dict(
            {name: _widened(name, weight, network, shape) for name, weight in read.items()}
        )
    except (KeyError, RuntimeError, StopIteration) as error:
        raise TrainingError(
            f"{bundle.folder} has a {part} network of other sizes than the recipe's; leave out --start"
        ) from error
    return True


def _read(graph: onnx.GraphProto, network: TickNetwork) -> dict[str, Tensor]:
    """Return the weights by their names in the network. The exporter joins the biases of the LSTM and renames some."""
    weights = {each.name: torch.from_numpy(numpy_helper.to_array(each).copy()) for each in graph.initializer}
    found = {name.removeprefix(_OWN): weight for name, weight in weights.items() if name.startswith(_OWN)}
    size, nameless = network.size, list(_in_order_of_use(graph, weights))
    biases = (weight for weight in nameless if weight.shape == (4 * size.hidden,))
    recurrent = (weight for weight in nameless if weight.shape == (size.hidden, 4 * size.hidden))
    heard = (weight for weight in nameless if weight.shape == network.hear.weight.shape)
    for layer in range(size.layers):
        found[_LAYER.format("weight_hh", layer)] = next(recurrent).t()
        found[_LAYER.format("bias_ih", layer)] = next(biases)
        found[_LAYER.format("bias_hh", layer)] = torch.zeros(4 * size.hidden)
    found["hear.weight"] = next(heard)
    own = network.state_dict()
    last = f"chosen.{len(network.layout.slots) - 1}.weight"  # unused, because no slot follows
    return {name: torch.zeros_like(weight) if name == last else found[name] for name, weight in own.items()}


def _in_order_of_use(graph: onnx.GraphProto, weights: Mapping[str, Tensor]) -> Iterator[Tensor]:
    """Yield the weights whose names the exporter made up, each once, in the order in which the step uses them."""
    used = dict.fromkeys(name for node in graph.node for name in node.input)
    yield from (weights[name] for name in used if name in weights and not name.startswith(_OWN))


def _widened(name: str, weight: Tensor, network: TickNetwork, shape: Shape) -> Tensor:
    """Return a weight for the lookbacks and the condition that `network` has, from one for those of `shape`."""
    if name.startswith("gate.") and shape.lags < network.lags:
        return torch.cat([weight, weight[len(LOOKBACK_BARS) :]])
    if name == _LAYER.format("weight_ih", 0) and shape.columns is not None:
        heard, new = network.size.embedding * (1 + shape.lags), network.size.embedding * (1 + network.lags)
        wide = torch.zeros(len(weight), new + network.condition_size)
        wide[:, :heard] = weight[:, :heard]
        wide[:, new + torch.from_numpy(shape.columns)] = weight[:, heard:]
        return wide
    return weight
