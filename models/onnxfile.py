"""Read the inputs, outputs and external files that an ONNX file declares, before any runtime loads it."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np

# The fields of ONNX messages that lead to a tensor, with the message in each (onnx.proto3).
_INSIDE: Final[Mapping[str, Mapping[int, str]]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_MODEL_GRAPH: Final = 7
_GRAPH_INPUT, _GRAPH_OUTPUT = 11, 12
_TENSOR_EXTERNAL_DATA, _TENSOR_DATA_LOCATION, _EXTERNAL = 13, 14, 1
_TENSOR_DATA_TYPE, _TENSOR_FLOATS = 2, (4, 9)  # packed floats, or their raw bytes
# numpy's types of the floats that weights may be stored in, by ONNX's number.
_FLOATS: Final[Mapping[int, str]] = {1: "<f4", 10: "<f2", 11: "<f8"}
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT: Final = 10
_DEEPEST: Final = 64
ELEMENT_TYPES: Final[Mapping[int, str]] = {1: "float", 7: "int64", 9: "bool"}


class Tensor(NamedTuple):
    """An input or output: its element type and its shape, with -1 for an open size."""

    kind: str
    shape: list[int]


class Signature(NamedTuple):
    """Inputs and outputs by name, whether any weight is stored in another file, and whether any weight is NaN."""

    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]
    points_outside: bool
    has_nan: bool


def signature(content: bytes) -> Signature:
    """Read an ONNX file's signature. Raises ValueError if it is not an ONNX file."""
    inputs: dict[str, Tensor] = {}
    outputs: dict[str, Tensor] = {}
    for field, graph in _fields(memoryview(content)):
        if field == _MODEL_GRAPH:
            for inner, value in _fields(_message(graph)):
                if inner in (_GRAPH_INPUT, _GRAPH_OUTPUT):
                    name, tensor = _value_info(_message(value))
                    (inputs if inner == _GRAPH_INPUT else outputs)[name] = tensor
    tensors = list(_tensors("model", memoryview(content)))
    return Signature(inputs, outputs, any(map(_points_outside, tensors)), any(map(_has_nan, tensors)))


def _tensors(kind: str, data: memoryview, depth: int = 0) -> Iterator[memoryview]:
    """Yield every tensor inside a message."""
    if depth > _DEEPEST:
        raise ValueError("is nested too deep")
    if kind == "tensor":
        yield data
        return
    for field, value in _fields(data):
        inside = _INSIDE[kind].get(field)
        if inside:
            yield from _tensors(inside, _message(value), depth + 1)


def _points_outside(tensor: memoryview) -> bool:
    return any(
        field == _TENSOR_EXTERNAL_DATA or (field == _TENSOR_DATA_LOCATION and value == _EXTERNAL)
        for field, value in _fields(tensor)
    )


def _has_nan(tensor: memoryview) -> bool:
    fields = list(_fields(tensor))
    kinds = [value for field, value in fields if field == _TENSOR_DATA_TYPE and isinstance(value, int)]
    if not kinds or kinds[-1] not in _FLOATS:
        return False
    dtype = np.dtype(_FLOATS[kinds[-1]])
    floats = (_message(value) for field, value in fields if field in _TENSOR_FLOATS)
    return any(
        len(each) % dtype.itemsize == 0 and np.isnan(np.frombuffer(each, dtype)).any() for each in floats
    )


def _value_info(data: memoryview) -> tuple[str, Tensor]:
    name, tensor = "", Tensor("none", [])
    for field, value in _fields(data):
        if field == 1:
            name = bytes(_message(value)).decode()
        elif field == 2:
            tensor = _type(_message(value))
    return name, tensor


def _type(data: memoryview) -> Tensor:
    kind, shape = "none", []
    for part in _messages(data, 1):
        for field, value in _fields(part):
            if field == 1 and isinstance(value, int):
                kind = ELEMENT_TYPES.get(value, f"type {value}")
            elif field == 2:
                shape = [_size(dimension) for dimension in _messages(_message(value), 1)]
    return Tensor(kind, shape)


def _size(dimension: memoryview) -> int:
    sizes = [value for field, value in _fields(dimension) if field == 1 and isinstance(value, int)]
    return sizes[-1] if sizes else -1


def _messages(data: memoryview, wanted: int) -> Iterator[memoryview]:
    return (_message(value) for field, value in _fields(data) if field == wanted)


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ValueError("holds a number where a message is expected")
    return value


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield each field's number with its integer or its bytes. Raises ValueError if the wire format is broken."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, place = _varint(data, place)
            yield number, value
            continue
        if wire == _BYTES:
            size, place = _varint(data, place)
        elif wire in (_FIXED64, _FIXED32):
            size = 8 if wire == _FIXED64 else 4
        else:
            raise ValueError("is not an ONNX file")
        if place + size > len(data):
            raise ValueError("ends too early")
        yield number, data[place : place + size]
        place += size


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(data[place : place + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, place + index + 1
    raise ValueError("ends too early")
