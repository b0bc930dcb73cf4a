"""Time the steps of many rows beside matrix products of the same shapes, and one row beside a bundle of format 1."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import torch

from models.bundle import Bundle
from models.manifest import PARTS
from models.session import choose_provider, open_session
from tests.models.steps import every, feeds
from training.networks import TickNetwork

ROWS: Final = (1, 8, 64)
_PACE_SECONDS: Final = 0.1
_FED: Final = 8
Run = Callable[[], object]


def ratios(bundle: Bundle, networks: Mapping[str, TickNetwork], rounds: int) -> dict[str, Any]:
    """Return, by part and number of rows, the time of a step and of the products in µs, and their ratio.

    Step and products take turns, so that whatever disturbs the machine disturbs both.
    """
    return {
        part: {str(rows): _ratio(bundle, networks[part], part, rows, rounds) for rows in ROWS}
        for part in PARTS
    }


def _ratio(bundle: Bundle, network: TickNetwork, part: str, rows: int, rounds: int) -> dict[str, float]:
    step, product = taking_turns([stepping(bundle, (part,), rows), products(network, rows)], rounds)
    return {"step_us": step, "products_us": product, "ratio": step / product}


def against(bundle: Bundle, old: Bundle, rounds: int, paced_rounds: int) -> dict[str, float]:
    """Return the time of a step of one row of both networks in µs: of this bundle and of an older one, in turns.

    Paced, a step comes every 100 ms, so that caches are cold.
    """
    runs = [stepping(each, PARTS, 1) for each in (bundle, old)]
    new_us, old_us = taking_turns(runs, rounds)
    new_paced, old_paced = taking_turns(runs, paced_rounds, _PACE_SECONDS)
    return {"new_us": new_us, "old_us": old_us, "new_paced_us": new_paced, "old_paced_us": old_paced}


def taking_turns(runs: list[Run], rounds: int, pause_seconds: float = 0.0) -> list[float]:
    """Run functions in turns. Return the median time of each in µs, without the first tenth of the rounds."""
    spans: list[list[float]] = [[] for _ in runs]
    for turn in range(rounds):
        # Whoever is first in a round finds other caches, so the order alternates.
        for place in range(len(runs))[:: 1 if turn % 2 else -1]:
            time.sleep(pause_seconds)
            began = time.perf_counter()
            runs[place]()
            spans[place].append((time.perf_counter() - began) * 1e6)
    return [float(np.median(each[rounds // 10 :])) for each in spans]


def stepping(bundle: Bundle, parts: tuple[str, ...], rows: int) -> Run:
    """Return a function that steps this many rows of the parts' networks once, with the session that playing uses."""
    rng = np.random.default_rng(0)
    work = []
    for part in parts:
        session = open_session(bundle, part, choose_provider("cpu", b""), rows)
        valid = every(part, session)
        claimed = [session.row().index for _ in range(rows)]
        fed = [{index: feeds(part, rng, session, valid=valid) for index in claimed} for _ in range(_FED)]
        work.append((session, fed))
    turn = 0

    def run() -> None:
        nonlocal turn
        turn += 1
        for session, fed in work:
            session.step(fed[turn % _FED])

    return run


def products(network: TickNetwork, rows: int) -> Run:
    """Return a function that multiplies as many rows with every weight matrix of a network, on one thread."""
    weights = [
        weight.detach().t()
        for name, weight in network.named_parameters()
        if weight.ndim == 2 and not name.startswith(("hear.", "chosen."))  # rows of these are only looked up
    ]
    inputs = [torch.rand(rows, weight.shape[0]) for weight in weights]
    outputs = [torch.zeros(rows, weight.shape[1]) for weight in weights]

    def run() -> None:
        for row, weight, output in zip(inputs, weights, outputs, strict=True):
            torch.mm(row, weight, out=output)

    return run
