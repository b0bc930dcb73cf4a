"""Bundles whose networks are right on paper and wrong when they run."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.models import bundles
from tests.training import tiny

Change = Callable[[onnx.GraphProto], None]


def bundle(folder: Path, change: Change) -> Path:
    """Write the tiny bundle with another melody network, its hash in the manifest."""
    tiny.write(folder)
    model = onnx.load(folder / "melody.onnx")
    change(model.graph)
    bundles.replace(folder, "melody", model.SerializeToString())
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
            helper.make_tensor_value_info("sum", TensorProto.FLOAT, []),
        ],
        [
            helper.make_tensor_value_info("goes", TensorProto.BOOL, []),
            helper.make_tensor_value_info("more", TensorProto.FLOAT, []),
        ],
    )
    _constant(graph, "turns", np.array(2**62, np.int64))
    _constant(graph, "yes", np.array(True))
    graph.node.append(helper.make_node("Loop", ["turns", "yes", _number(graph)], ["looped"], body=body))
    _add_to_cell(graph, "looped")


def slow(graph: onnx.GraphProto) -> None:
    """Let a step multiply large matrices, which takes a large part of a second."""
    _constant(graph, "size", np.array([2**10, 2**10], np.int64))
    graph.node.append(helper.make_node("Expand", [_number(graph), "size"], ["wide0"]))
    for turn in range(8):
        graph.node.append(helper.make_node("MatMul", [f"wide{turn}", f"wide{turn}"], [f"product{turn}"]))
        graph.node.append(helper.make_node("Tanh", [f"product{turn}"], [f"wide{turn + 1}"]))
    graph.node.append(helper.make_node("ReduceMax", ["wide8"], ["largest"], keepdims=0))
    _add_to_cell(graph, "largest")


def huge(graph: onnx.GraphProto) -> None:
    """Let a step want a terabyte."""
    _constant(graph, "size", np.array([2**38], np.int64))
    graph.node.append(helper.make_node("ConstantOfShape", ["size"], ["large"]))
    graph.node.append(helper.make_node("ReduceMax", ["large"], ["largest"], keepdims=0))
    _add_to_cell(graph, "largest")


def growing(graph: onnx.GraphProto) -> None:
    """Let the state come out wider than it is declared."""
    _constant(graph, "axis", np.array([1, 1, 2], np.int64))
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
    graph.node.append(helper.make_node("Div", [_number(graph), "zero"], ["infinite"]))
    _add_to_cell(graph, "infinite")


def _number(graph: onnx.GraphProto) -> str:
    """Add a number that depends on the inputs, so that nothing is computed when the file is loaded."""
    graph.node.append(helper.make_node("ReduceMax", ["packed"], ["number"], keepdims=0))
    return "number"


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
