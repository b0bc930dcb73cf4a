"""The signature of an ONNX file equals that of the onnx package; wrong bytes raise only ValueError."""

from contextlib import suppress

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import onnxfile
from models.manifest import PARTS
from tests.training import tiny


@pytest.mark.parametrize("part", PARTS)
def test_it_reads_what_the_onnx_package_reads(part: str) -> None:
    content = tiny.files()[1][f"{part}.onnx"]
    graph = onnx.load_from_string(content).graph
    read = onnxfile.signature(content)
    for mine, theirs in ((read.inputs, graph.input), (read.outputs, graph.output)):
        assert list(mine) == [each.name for each in theirs]
        for each in theirs:
            tensor = each.type.tensor_type
            kind = onnxfile.ELEMENT_TYPES[tensor.elem_type]
            shape = [size.dim_value if size.HasField("dim_value") else -1 for size in tensor.shape.dim]
            assert mine[each.name] == (kind, shape)
            assert shape[0] == -1, "the number of rows is open"
    assert not read.points_outside


def test_an_open_size_is_told() -> None:
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", 3])
    model = onnx.helper.make_model(onnx.helper.make_graph([], "g", [value], []))
    assert onnxfile.signature(model.SerializeToString()).inputs == {"x": ("float", [-1, 3])}


def _nested(depth: int) -> bytes:
    """Graphs in attributes of nodes of graphs, each message wrapped by hand."""
    content = b""
    for _ in range(depth):
        for key in (0x32, 0x2A, 0x0A):  # attribute.g, node.attribute, graph.node
            content = bytes([key]) + _varint(len(content)) + content
    return b"\x3a" + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    rest = number >> 7
    return bytes([number & 0x7F | 0x80]) + _varint(rest) if rest else bytes([number])


def test_nesting_has_a_limit() -> None:
    assert not onnxfile.signature(_nested(5)).points_outside
    with pytest.raises(ValueError, match="nested too deep"):
        onnxfile.signature(_nested(3000))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(ValueError):
        assert onnxfile.signature(content).inputs is not None


@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(tiny.files()[1]["percussion.onnx"])
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ValueError):
        assert onnxfile.signature(bytes(content)).outputs is not None
