"""Rendering of several sets, each with its own seed."""

from collections.abc import Callable, Iterator, Sequence

from daemon.composer.assembly import Start
from daemon.composer.offline.offline import perform
from daemon.parameters import Parameters
from models.notes import TICKS_PER_BAR
from models.take import Take


def rendered(
    begun: Start,
    parameters: Parameters,
    seeds: Sequence[int],
    bars: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[Take]:
    """Yield a take of `bars` bars for each seed; `progress` is called with the number of bars so far."""
    for number, seed in enumerate(seeds):
        yield perform(begun._replace(seed=seed).deck(parameters), bars, None, _told(progress, number * bars))


def _told(progress: Callable[[int], None], before: int) -> Callable[[int], None]:
    """Return a function that reports a tick as bars, with the bars of earlier sets added."""
    return lambda tick: progress(before + tick // TICKS_PER_BAR)
