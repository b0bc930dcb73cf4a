"""The job `bundles`: list the bundles, or verify one and run its networks for a few steps."""

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import numpy as np

from daemon.control.messages import ControlError
from daemon.workers.jobs import BundleNames, ListBundles, Verified, VerifyBundle
from models import bundle as bundles
from models.bundle import Bundle, BundleError
from models.codecs import melody, percussion
from models.codecs.base import LOOKBACK_BARS
from models.gauge import Gauge
from models.manifest import GAUGE, MODEL, PARTS, gauge_shapes
from models.session import TickSession, choose_provider, open_session

T = TypeVar("T")
_LAYOUTS: Final = {"melody": melody.LAYOUT, "percussion": percussion.LAYOUT}
_STEPS: Final = 4
_PLAIN: Final = {"temperature": np.ones(1, np.float32), "top_p": np.ones(1, np.float32)}


def work(task: ListBundles | VerifyBundle) -> BundleNames | Verified:
    """Return the names, or the verified bundle. Raises ControlError if the bundle cannot be used."""
    if isinstance(task, ListBundles):
        return BundleNames(bundles.names())
    if task.is_by_name and task.name not in (known := bundles.names()):
        there_is = ", ".join(known) or "none"
        raise ControlError("not_found", f"no model is named {task.name}; there is: {there_is}", "name")
    try:
        kind = MODEL if task.is_by_name else bundles.kind_named(task.name)
        bundle = bundles.load(task.name, kind)
        (_read_once if kind == GAUGE else _step)(bundle)
    except BundleError as error:
        raise ControlError("unavailable", str(error), "name") from None
    return Verified(task.name, bundle.hashes)


def _step(bundle: Bundle) -> None:
    for part in PARTS:
        session = open_session(bundle, part, choose_provider("cpu", b""))
        for _ in range(_STEPS):
            if problem := _tried(bundle, part, partial(_problem, part, session)):
                raise BundleError(f"{bundle.folder}: {part} {problem}; train or export it again")


def _problem(part: str, session: TickSession) -> str:
    """Run a step. Return what is wrong with its result, or "" if nothing is."""
    tokens, sources = session.step(_PLAIN)
    layout = _LAYOUTS[part]
    if not all(np.isfinite(state).all() for state in session.save()):
        return "yields numbers that are not finite"
    sizes = np.array([slot.size for slot in layout.slots])
    if ((tokens < 0) | (tokens >= sizes)).any() or ((sources < 0) | (sources > len(LOOKBACK_BARS))).any():
        return "chooses tokens that its codec does not have"
    return ""


def _read_once(bundle: Bundle) -> None:
    shapes = gauge_shapes(1)
    reader = Gauge.load(bundle)
    _tried(bundle, GAUGE, lambda: reader.read(*(np.ones(shapes[part], np.int64) for part in PARTS)))


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
