"""The job `bundles`: list the bundles, or verify one and run its networks for a few steps."""

import math
import time
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import numpy as np

from daemon.control.messages import ControlError
from daemon.parameters import did_you_mean
from daemon.workers.jobs import BundleNames, ListBundles, Verified, VerifyBundle
from models import bundle as bundles
from models.bundle import Bundle, BundleError
from models.gauge import Gauge
from models.manifest import GAUGE, MODEL
from models.session import Row, choose_provider, open_session

T = TypeVar("T")
_STEPS: Final = 4
# A tick at 128 BPM has 0.117 s, and a system of symbols takes about two steps in it.
_LONGEST_STEP_SECONDS: Final = 0.1


def work(task: ListBundles | VerifyBundle) -> BundleNames | Verified:
    """Return the names, or the verified bundle. Raises ControlError if the bundle cannot be used."""
    if isinstance(task, ListBundles):
        return BundleNames(bundles.names())
    if task.is_by_name and task.name not in (known := bundles.names()):
        there_is = f"{', '.join(known) or 'none'}{did_you_mean(task.name, tuple(known))}"
        raise ControlError("not_found", f"no model is named {task.name}; there is: {there_is}", "name")
    try:
        kind = MODEL if task.is_by_name else bundles.kind_named(task.name)
        bundle = bundles.load(task.name, kind)
        (_read_once if kind == GAUGE else _step)(bundle)
    except BundleError as error:
        raise ControlError("unavailable", str(error), "name") from None
    return Verified(task.name, bundle.hashes, bundle.parts)


def _step(bundle: Bundle) -> None:
    for part in (network.part for network in bundle.networks):
        row = open_session(bundle, part, choose_provider("cpu", b"")).row()
        fastest = math.inf
        for _ in range(_STEPS):
            began = time.perf_counter()
            if problem := _tried(bundle, part, partial(_problem, row)):
                raise BundleError(f"{bundle.folder}: {part} {problem}; train or export it again")
            fastest = min(fastest, time.perf_counter() - began)
        if fastest > _LONGEST_STEP_SECONDS and choose_provider("auto", bundle.model(part)).device == "cpu":
            raise BundleError(
                f"{bundle.folder}: {part} takes {fastest:.2f} s for a step on this processor, and more than "
                f"{_LONGEST_STEP_SECONDS} s cannot keep time; render with it (edmd render), "
                "or use a smaller network or a GPU"
            )


def _problem(row: Row) -> str:
    """Run a step. Return what is wrong with its result, or "" if nothing is."""
    codec, tensors = row.session.network.codec, row.session.network.tensors
    inputs = {name: np.zeros(tensor.shape, np.float32) for name, tensor in tensors.inputs.items()}
    try:
        outputs = row.session.step({row.index: {**inputs, **codec.plain}})[row.index]
    except ArithmeticError:  # its state is not finite
        return "yields numbers that are not finite"
    if not all(np.isfinite(array).all() for array in (*row.save(), *outputs.values())):
        return "yields numbers that are not finite"
    if any(
        ((outputs[name] < 0) | (outputs[name] >= np.array(sizes))).any()
        for name, sizes in tensors.choices.items()
    ):
        return "chooses tokens that its codec does not have"
    return ""


def _read_once(bundle: Bundle) -> None:
    reader = Gauge.load(bundle)
    inputs = bundle.network(GAUGE).tensors.inputs
    heard = [np.ones(tensor.shape, np.int64) for tensor in inputs.values()]
    _tried(bundle, GAUGE, lambda: reader.read(*heard))


def _tried(bundle: Bundle, part: str, run: Callable[[], T]) -> T:
    try:
        return run()
    except MemoryError:
        raise
    except Exception as error:  # ONNX Runtime may raise any exception here
        reason = str(error).strip().splitlines()[0][:200]
        raise BundleError(
            f"{bundle.folder}: {part} does not run ({reason}); copy or export it again"
        ) from error
