"""Measurement of the composing time on this machine."""

import time

from daemon.music.ensemble.drive import run
from daemon.music.ensemble.ensemble import Ensemble
from daemon.parameters import Parameters


def measure_step_us(ensemble: Ensemble, ticks: int) -> list[float]:
    """Return how long each of `ticks` steps takes, in µs, from a fresh start."""
    ensemble.begin(ensemble.seed, 0)
    parameters = Parameters()
    spans: list[float] = []
    for tick in range(ticks):
        began = time.perf_counter()
        run(ensemble.compose(tick, parameters))
        spans.append((time.perf_counter() - began) * 1e6)
    return spans
