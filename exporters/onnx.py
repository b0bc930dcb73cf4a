"""Export networks to ONNX, check them against their originals, and write them into a bundle."""

import contextlib
import io
import logging
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from exporters.files import store, write_manifest
from models.manifest import FORMAT, NETWORK
from models.stepping.rows import Array, Feeds, Outputs, Row, SavedState, StepSession

# The largest difference of the states that a correct export may have.
TOLERANCE: Final = 1e-4
_LARGE: Final = 1024
# One step of the original: a row's inputs and states to its outputs and the states after.
Step = Callable[[Feeds, SavedState], tuple[Outputs, SavedState]]


class ExportError(Exception):
    """The ONNX file does not compute what the network computes."""


class Exported(NamedTuple):
    """An ONNX file, and its table of the manifest without `file` and `sha256` (see `models.network.declaration`)."""

    content: bytes
    declaration: Mapping[str, Any]


def to_onnx(
    module: nn.Module,
    arguments: tuple[Tensor, ...],
    inputs: Sequence[str],
    outputs: Sequence[str],
    is_batched: bool = False,
) -> bytes:
    """Return the ONNX bytes of a module. If it is batched, axis 0 of every input and output is the number of rows.

    A batched module needs arguments with at least two rows, or the exporter takes the number for a constant.
    """
    for library in ("torch.onnx", "onnxscript", "onnx_ir"):
        logging.getLogger(library).setLevel(logging.ERROR)
    rows = {0: torch.export.Dim("rows")}
    # The many messages of torch's exporter are hidden from the user.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        program: Any = torch.onnx.export(
            module,
            arguments,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamo=True,
            verbose=False,
            dynamic_shapes=tuple(rows for _ in arguments) if is_batched else None,
        )
    if program is None:
        raise ExportError("torch returned no ONNX program")
    # The exporter notes its source files, which differ between machines and have no use when playing.
    model = program.model_proto  # each access makes another copy
    for each in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        each.ClearField("metadata_props")
        each.ClearField("doc_string")
    content: bytes = model.SerializeToString()
    return content


def round_weights(module: nn.Module) -> None:
    """Round all weights of a module to values that float16 holds, so that `with_half_weights` can store them."""
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(weight.half().float())


def with_half_weights(content: bytes) -> bytes:
    """Store the large weights of an ONNX file as float16; the graph casts them back, and computes what it computed."""
    model = onnx.load_from_string(content)
    kept, casts = [], []
    for tensor in model.graph.initializer:
        weights = numpy_helper.to_array(tensor)
        if weights.dtype != np.float32 or weights.size < _LARGE or not _fit_half(weights):
            kept.append(tensor)
            continue
        half = f"{tensor.name}_half"
        kept.append(numpy_helper.from_array(weights.astype(np.float16), half))
        casts.append(helper.make_node("Cast", [half], [tensor.name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)
    halved: bytes = model.SerializeToString()
    return halved


def _fit_half(weights: Array) -> bool:
    """Return whether float16 holds these values exactly. Sums that the exporter has folded do not fit."""
    with np.errstate(over="ignore"):
        return bool((weights.astype(np.float16).astype(np.float32) == weights).all())


def check_steps(
    session: StepSession, step: Step, ticks: Iterable[Sequence[Feeds | None]], tolerance: float = TOLERANCE
) -> float:
    """Step rows together, compare each with the original, and return the largest difference of a float.

    Each tick has the inputs of every row, or None for a row that pauses. Raises ExportError if a whole number differs, or
    if a float differs by more than `tolerance`.
    """
    rows: list[Row] = []
    states: list[SavedState] = []
    worst = 0.0
    for tick in ticks:
        while len(rows) < len(tick):
            rows.append(session.row())
            states.append(rows[-1].save())
        given = {row.index: feeds for row, feeds in zip(rows, tick, strict=True) if feeds is not None}
        results = session.step(given)
        for place, row in enumerate(rows):
            wanted: Outputs = {}
            if row.index in given:
                wanted, states[place] = step(given[row.index], states[place])
            pairs = [(results[row.index][name], array) for name, array in wanted.items()]
            pairs += zip(row.save(), states[place], strict=True)
            worst = max([worst, *(_difference(got, array) for got, array in pairs)])
            if worst > tolerance:
                part = session.network.part
                raise ExportError(
                    f"the ONNX file of {part} does not match its network: it differs by {worst:.1e}"
                )
    return worst


def _difference(got: Array, wanted: Array) -> float:
    """Return the largest difference; infinite if whole numbers differ."""
    if got.shape != wanted.shape or (got.dtype.kind != "f" and not np.array_equal(got, wanted)):
        return float("inf")
    return float(np.abs(got - wanted).max(initial=0))


def write_bundle(
    folder: Path,
    networks: Iterable[Exported],
    tables: Mapping[str, bytes],
    provenance: Mapping[str, Any],
) -> None:
    """Write a whole bundle, the manifest last.

    `tables` are JSON, by their name in the manifest. `provenance` has name, version and licence, and any other entries of
    the manifest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest: dict[str, Any] = {"format": FORMAT, **provenance}
    manifest[NETWORK] = [
        {**store(folder, f"{each.declaration['part']}.onnx", each.content), **each.declaration}
        for each in networks
    ]
    for key, content in tables.items():
        manifest[key] = store(folder, f"{key}.json", content)
    write_manifest(folder, manifest)
