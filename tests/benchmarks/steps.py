"""Time one tick of both networks with sampling on one core: ONNX Runtime as in playing, and torch eager.

`python -m tests.benchmarks.steps TICKS [BUNDLE]` also times batches of rows beside matrix products of the same shapes.
With an older bundle it times one row of both bundles in turns.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch

from daemon.composer.offline.steptime import measure_step_us
from daemon.control.telemetry import percentiles
from models import bundle
from models.codecs.condition import SIZES
from models.manifest import PARTS
from models.session import Array, SavedState, choose_provider, open_session
from tests.benchmarks import batches
from tests.daemon.solo import Solo
from training.networks import TickNetwork
from training.systems.edm.export import example
from training.systems.edm.export import step as torch_step
from training.systems.edm.lesson import LAYOUTS
from training.systems.edm.recipe import EdmRecipe
from training.systems.table import load

_BUNDLE: Final = "edm"
_WARM_UP: Final = 50
Step = Callable[[dict[str, Array]], None]


def network(part: str) -> TickNetwork:
    """Return a network of the shipped shapes with random weights, which do not affect the time of a step."""
    wanted = load(_BUNDLE)
    assert isinstance(wanted, EdmRecipe)
    return TickNetwork(LAYOUTS[part], SIZES[part], wanted.size(part)).eval()


def spans_us(steps: dict[str, Step], ticks: int) -> list[float]:
    """Return the time of both steps for each tick, in µs. The inputs are prepared before."""
    rng = np.random.default_rng(0)
    fed = [{part: example(network(part), part, rng) for part in PARTS} for _ in range(8)]
    spans = []
    for tick in range(ticks + _WARM_UP):
        feeds = fed[tick % len(fed)]
        began = time.perf_counter()
        for part in PARTS:
            steps[part](feeds[part])
        spans.append((time.perf_counter() - began) * 1e6)
    return spans[_WARM_UP:]


def runtime_steps() -> dict[str, Step]:
    """Return the steps of the shipped bundle, as the daemon runs it on the CPU."""
    loaded = bundle.load(_BUNDLE)
    rows = {part: open_session(loaded, part, choose_provider("cpu", b"")).row() for part in PARTS}

    def step_of(part: str) -> Step:
        row = rows[part]

        def step(feeds: dict[str, Array]) -> None:
            row.session.step({row.index: feeds})

        return step

    return {part: step_of(part) for part in PARTS}


def torch_steps() -> dict[str, Step]:
    """Return the steps of the same networks in torch, eager, with their state."""

    def step_of(part: str) -> Step:
        made = network(part)
        shape = (made.size.layers, made.size.hidden)
        state: SavedState = (np.zeros(shape, np.float32), np.zeros(shape, np.float32))

        def step(feeds: dict[str, Array]) -> None:
            nonlocal state
            _, state = torch_step(made, feeds, state)

        return step

    return {part: step_of(part) for part in PARTS}


def main() -> None:
    """Measure the number of ticks given on the command line."""
    ticks, old = int(sys.argv[1]), sys.argv[2:]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    torch.set_num_threads(1)
    shipped = bundle.load(_BUNDLE)
    with torch.inference_mode():
        by_rows = batches.ratios(shipped, {part: network(part) for part in PARTS}, max(ticks // 5, 20))
        eager = percentiles(spans_us(torch_steps(), ticks))
    solo = Solo(shipped, choose_provider("cpu", b""), 0)
    spans: dict[str, Any] = {
        "runtime": percentiles(spans_us(runtime_steps(), ticks)),
        "torch": eager,
        "engine": percentiles(measure_step_us(solo.ensemble, ticks)),
        "batches": by_rows,
    }
    if old:
        spans["against"] = batches.against(shipped, bundle.load(old[0]), ticks, max(ticks // 10, 20))
    sys.stdout.write(json.dumps(spans) + "\n")


if __name__ == "__main__":
    main()
