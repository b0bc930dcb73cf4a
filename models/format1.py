"""Bundles of format 1: one table for each network, whose ONNX file computes a single row from separate inputs."""

from collections.abc import Mapping
from typing import Any, Final

from models.codecs.demands import GAUGE, Codec, System, Tensors
from models.codecs.roles import EDM, SYSTEM
from models.network import (
    AFTER,
    Network,
    UnfitError,
    check_codec,
    check_shapes,
    check_sizes,
    demanded,
    plain,
    texts,
)
from models.notes import TICKS_PER_BEAT
from models.onnxfile import Tensor

FORMAT: Final = 1


def networks_of(manifest: Mapping[str, Any], systems: Mapping[str, System]) -> tuple[Network, ...]:
    """Return the networks of a manifest. Raises UnfitError if one does not meet the demands of its codec."""
    if manifest.get("ticks_per_beat") != TICKS_PER_BEAT:
        raise UnfitError(
            f"ticks_per_beat is {plain(manifest.get('ticks_per_beat'))}, but this edmd needs {TICKS_PER_BEAT}; "
            "train or export it again"
        )
    system = systems[GAUGE if manifest.get("kind") == GAUGE else SYSTEM]
    return tuple(_network(manifest, system, codec) for codec in system.older or system.codecs)


def _network(manifest: Mapping[str, Any], system: System, codec: Codec) -> Network:
    row = manifest.get(codec.part)
    if not isinstance(row, dict) or not texts(row, "file", "sha256"):
        raise UnfitError(f"model.toml has no file and sha256 for {codec.part}; copy the bundle again")
    if codec.part == GAUGE:
        _check_codecs(row)
    else:
        check_codec(codec, row.get("codec"))
    tensors = demanded(codec, row)
    inputs, outputs = _graph(tensors)
    shapes = {name: tensor.shape for name, tensor in {**inputs, **outputs}.items()}
    check_shapes(codec, row, shapes)
    made = Network(
        system.name, codec.part, codec, row["file"], row["sha256"], tensors, (), row, inputs, outputs
    )
    check_sizes(made)
    return made


def _check_codecs(row: Mapping[str, Any]) -> None:
    wanted = {codec.part: codec.name for codec in EDM.older}
    if row.get("codecs") != wanted:
        raise UnfitError(
            f"its codecs are {plain(row.get('codecs'))}, but this edmd needs {wanted}; train it again"
        )


def _graph(tensors: Tensors) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the tensors of the ONNX file. The states have their single row on axis 1."""
    states = {
        name: Tensor(state.kind, [state.shape[0], 1, *state.shape[1:]])
        for name, state in tensors.states.items()
    }
    after = {f"{name}{AFTER}": state for name, state in states.items()}
    return {**tensors.inputs, **states}, {**tensors.outputs, **after}
