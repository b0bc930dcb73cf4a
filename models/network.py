"""One network of a bundle: what its manifest declares, checked against what its codec demands."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from models.codecs.demands import Codec, Settings, System, Tensors
from models.onnxfile import Tensor

PACKED: Final = "packed"
ASKED: Final = "asked"
AFTER: Final = "_after"
_OPEN: Final = -1
_LARGEST_PACKED: Final = 2**16
_LARGEST_STATE: Final = 2**22
_LONGEST: Final = 200
_PART: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class UnfitError(Exception):
    """A bundle is not valid; the text gives the fault and the remedy, without the bundle's name."""


@dataclass(frozen=True)
class Network:
    """A network of a bundle.

    `packed` is the order of the inputs in the packed tensor; it is empty if each input is a separate tensor. `settings`
    is the network's table in the manifest. `graph_inputs` and `graph_outputs` are the tensors of its ONNX file; a size
    of -1 is the number of rows.
    """

    system: str
    part: str
    codec: Codec
    file: str
    sha256: str
    tensors: Tensors
    packed: tuple[str, ...]
    settings: Settings
    graph_inputs: Mapping[str, Tensor]
    graph_outputs: Mapping[str, Tensor]

    @property
    def is_batched(self) -> bool:
        """Whether one run of the ONNX file computes any number of rows."""
        return bool(self.packed)

    @property
    def packed_width(self) -> int:
        """The number of values of one row of the packed tensor."""
        return sum(math.prod(self.tensors.inputs[name].shape) for name in self.packed)


def declaration(codec: Codec, system: str, settings: Settings) -> dict[str, Any]:
    """Return the table of a network for the manifest, without `file` and `sha256`.

    `settings` are those that the codec demands, such as `hidden` and `layers`. Raises ValueError if one is not valid.
    """
    tensors = codec.tensors(settings)
    return {
        "system": system,
        "part": codec.part,
        "codec": codec.name,
        "ticks_per_beat": codec.ticks_per_beat,
        **({"batch_axis": 0, "packed": list(tensors.inputs)} if codec.is_batched else {}),
        "states": list(tensors.states),
        **settings,
        "tensors": tensors.shapes,
    }


def declared(row: object, systems: Mapping[str, System]) -> Network:
    """Return the network of a `[[network]]` table. Raises UnfitError if it does not meet the demands of its codec."""
    if not isinstance(row, dict) or not texts(row, "system", "part", "codec", "file", "sha256"):
        raise UnfitError(
            "one of its networks has no system, part, codec, file or sha256; copy the bundle again"
        )
    codec = _codec(row, systems)
    if row.get("ticks_per_beat") != codec.ticks_per_beat:
        beat = plain(row.get("ticks_per_beat"))
        raise UnfitError(
            f"ticks_per_beat of {codec.part} is {beat}, but {codec.name} has {codec.ticks_per_beat}; "
            "train or export it again"
        )
    tensors = demanded(codec, row)
    check_shapes(codec, row, tensors.shapes)
    _check_order(codec, row, tensors)
    return network(codec, row, tensors)


def network(codec: Codec, row: Settings, tensors: Tensors) -> Network:
    """Return the network of a table that has been checked."""
    packed = tuple(row["packed"]) if codec.is_batched else ()
    inputs, outputs = _graph(tensors, packed)
    made = Network(
        row["system"], codec.part, codec, row["file"], row["sha256"], tensors, packed, row, inputs, outputs
    )
    check_sizes(made)
    return made


def check_sizes(made: Network) -> None:
    """Raise UnfitError if a row of the network needs too much memory."""
    states = sum(math.prod(tensor.shape) for tensor in made.tensors.states.values())
    if states > _LARGEST_STATE or made.packed_width > _LARGEST_PACKED:
        raise UnfitError(f"{made.part} is too large: its states have {states} values; use another bundle")


def _codec(row: Settings, systems: Mapping[str, System]) -> Codec:
    name, part = row["system"], row["part"]
    if name not in systems:
        known = ", ".join(systems)
        raise UnfitError(
            f"it is made for the system {plain(name)}, but this edmd has {known}; use another bundle"
        )
    codecs = {codec.part: codec for codec in (*systems[name].codecs, *systems[name].optional)}
    if not _PART.fullmatch(part) or part not in codecs:
        raise UnfitError(
            f"it has a network for {plain(part)}, but the system {name} has {', '.join(codecs)}; "
            "use another bundle"
        )
    older = {codec.name: codec for codec in systems[name].older if codec.part == part}
    codec = older.get(str(row["codec"]), codecs[part])
    check_codec(codec, row["codec"])
    return codec


def check_codec(codec: Codec, found: object) -> None:
    """Raise UnfitError if a network was made for another codec."""
    if found != codec.name:
        raise UnfitError(
            f"the codec of {codec.part} is {plain(found)}, but this edmd needs {codec.name}; train it again"
        )


def demanded(codec: Codec, row: Settings) -> Tensors:
    """Return the tensors that a codec demands. Raises UnfitError if a setting is not valid."""
    try:
        return codec.tensors(row)
    except ValueError as error:
        raise UnfitError(str(error)) from None


def check_shapes(codec: Codec, row: Settings, wanted: Mapping[str, list[int]]) -> None:
    """Raise UnfitError if the declared tensors of a network do not have these shapes."""
    found = row.get("tensors")
    found = found if isinstance(found, dict) else {}
    for name, shape in wanted.items():
        if found.get(name) != shape:
            raise UnfitError(
                f"tensor {name} of {codec.part} has shape {plain(found.get(name))}, not {shape}; train it again"
            )
    for name in found:
        if name not in wanted:
            raise UnfitError(f"{codec.name} has nothing for the tensor {plain(name)}; train it again")


def _check_order(codec: Codec, row: Settings, tensors: Tensors) -> None:
    if row.get("states") != list(tensors.states):
        wanted = list(tensors.states)
        raise UnfitError(
            f"the states of {codec.part} are {plain(row.get('states'))}, not {wanted}; train it again"
        )
    axis, packed = row.get("batch_axis"), row.get("packed")
    if not codec.is_batched:
        if axis is not None or packed is not None:
            raise UnfitError(f"{codec.part} must have no batch_axis and no packed; export it again")
        return
    if type(axis) is not int or axis != 0:
        raise UnfitError(f"batch_axis of {codec.part} is {plain(axis)}, not 0; export it again")
    if not isinstance(packed, list) or sorted(map(str, packed)) != sorted(tensors.inputs):
        wanted = list(tensors.inputs)
        raise UnfitError(
            f"the packed inputs of {codec.part} are {plain(packed)}, not {wanted}; export it again"
        )


def _graph(tensors: Tensors, packed: tuple[str, ...]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the inputs and outputs of the ONNX file."""
    after = {f"{name}{AFTER}": tensor for name, tensor in tensors.states.items()}
    if not packed:
        return {**tensors.inputs, **tensors.states}, {**tensors.outputs, **after}
    width = sum(math.prod(tensors.inputs[name].shape) for name in packed)
    inputs = {PACKED: Tensor("float", [width]), ASKED: Tensor("bool", []), **tensors.states}
    return _with_rows(inputs), _with_rows({**tensors.outputs, **after})


def _with_rows(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: Tensor(tensor.kind, [_OPEN, *tensor.shape]) for name, tensor in tensors.items()}


def texts(row: Mapping[str, Any], *keys: str) -> bool:
    """Return whether these values of a table are texts that are not empty."""
    return all(isinstance(row.get(key), str) and row[key] for key in keys)


def plain(value: object) -> str:
    """Return a value from a manifest for a message: in one line, and not too long."""
    return " ".join(str(value).split())[:_LONGEST]
