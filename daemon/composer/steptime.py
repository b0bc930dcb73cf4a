"""Measurement of the composing time on this machine."""

import time

from daemon.music.engine import Engine
from daemon.parameters import Parameters


def measure_step_us(engine: Engine, ticks: int) -> list[float]:
    """Return how long each of `ticks` steps takes, in µs, from a fresh start."""
    engine.begin(engine.seed, 0)
    parameters = Parameters()
    spans: list[float] = []
    for tick in range(ticks):
        began = time.perf_counter()
        engine.step(tick, parameters)
        spans.append((time.perf_counter() - began) * 1e6)
    return spans
