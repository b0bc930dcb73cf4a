"""Bundles whose networks are right on paper and wrong when they run."""

import hashlib
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import tomli_w
from onnx import TensorProto, helper, numpy_helper

from tests.training import tiny

Change = Callable[[onnx.GraphProto], None]


def bundle(folder: Path, change: Change) -> Path:
    """Write the tiny bundle with another melody network, its hash in the manifest."""
    tiny.write(folder)
    model = onnx.load(folder / "melody.onnx")
    change(model.graph)
    content = model.SerializeToString()
    (folder / "melody.onnx").write_bytes(content)
    manifest = tomllib.loads((folder / "model.toml").read_text())
    manifest["melody"]["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "model.toml").write_text(tomli_w.dumps(manifest))
    return folder


def endless(graph: onnx.GraphProto) -> None:
    """Let a step loop for ever."""
    inside = [
        helper.make_node("Identity", ["going"], ["goes"]),
        helper.make_node("Add", ["sum", "sum"], ["more"]),
    ]
    body = helper.make_graph(
        inside,
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("sum", TensorProto.FLOAT, [1]),
        ],
        [
            helper.make_tensor_value_info("goes", TensorProto.BOOL, []),
            helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]),
        ],
    )
    _constant(graph, "turns", np.array(2**62, np.int64))
    _constant(graph, "yes", np.array(True))
    graph.node.append(helper.make_node("Loop", ["turns", "yes", "temperature"], ["looped"], body=body))
    _add_to_cell(graph, "looped")


def huge(graph: onnx.GraphProto) -> None:
    """Let a step want a terabyte."""
    _constant(graph, "size", np.array([2**38], np.int64))
    graph.node.append(helper.make_node("ConstantOfShape", ["size"], ["large"]))
    graph.node.append(helper.make_node("ReduceMax", ["large"], ["largest"], keepdims=0))
    _add_to_cell(graph, "largest")


def growing(graph: onnx.GraphProto) -> None:
    """Let the state come out wider than it is declared."""
    _constant(graph, "axis", np.array([2, 1, 1], np.int64))
    _rename_output(graph, "cell_after", "narrow")
    graph.node.append(helper.make_node("Tile", ["narrow", "axis"], ["cell_after"]))


def not_numbers(graph: onnx.GraphProto) -> None:
    """Turn the weights into NaN."""
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype == np.float32 and array.ndim > 1:
            tensor.CopyFrom(numpy_helper.from_array(np.full_like(array, np.nan), tensor.name))


def not_finite(graph: onnx.GraphProto) -> None:
    """Let a step divide by zero."""
    _constant(graph, "zero", np.zeros(1, np.float32))
    graph.node.append(helper.make_node("Div", ["temperature", "zero"], ["infinite"]))
    _add_to_cell(graph, "infinite")


def _constant(
    graph: onnx.GraphProto, name: str, array: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]"
) -> None:
    graph.initializer.append(numpy_helper.from_array(array, name))


def _add_to_cell(graph: onnx.GraphProto, name: str) -> None:
    _rename_output(graph, "cell_after", "before")
    graph.node.append(helper.make_node("Add", ["before", name], ["cell_after"]))


def _rename_output(graph: onnx.GraphProto, old: str, new: str) -> None:
    for node in graph.node:
        node.output[:] = [new if each == old else each for each in node.output]
        node.input[:] = [new if each == old else each for each in node.input]
