"""A foreign clock in virtual time: its messages as the input role sends them, some milliseconds later."""

import random
from collections.abc import Iterator

from daemon.link.inputs import CLOCK, CONTROL_PORT, ClockIn
from tests.daemon.rig import Cue

DELIVERY_SECONDS = 0.003


def clocks(
    first: float, last: float, tempo: float, jitter_ms: float = 0.0, seed: int = 1, port: str = CONTROL_PORT
) -> Iterator[Cue]:
    """Yield clocks from `first` on until `last` seconds; each is stamped up to `jitter_ms` early or late."""
    chance = random.Random(seed)
    for n in range(round((last - first) * tempo * 24 / 60)):
        seconds = max(first + n * 60 / (tempo * 24) + chance.uniform(-jitter_ms, jitter_ms) / 1e3, 0.0)
        yield Cue(seconds + DELIVERY_SECONDS, ClockIn(port, ((seconds, CLOCK, 0),)))


def command(seconds: float, status: int, position: int = 0, port: str = CONTROL_PORT) -> Cue:
    """Return a start, stop, continue or song position."""
    return Cue(seconds + DELIVERY_SECONDS, ClockIn(port, ((seconds, status, position),)))
