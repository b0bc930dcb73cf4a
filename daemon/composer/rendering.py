"""Rendering of several sets, each with its own seed."""

from collections.abc import Callable, Iterator, Sequence

from daemon.composer.offline import perform
from daemon.music.deck import new_deck
from daemon.music.engine import Engine
from daemon.parameters import Parameters
from models.notes import TICKS_PER_BAR
from models.take import Take


def rendered(
    engine: Engine,
    parameters: Parameters,
    seeds: Sequence[int],
    bars: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[Take]:
    """Yield a take of `bars` bars for each seed; `progress` is called with the number of bars so far."""
    for number, seed in enumerate(seeds):
        engine.begin(seed, 0)
        yield perform(new_deck(engine, parameters), bars, None, _told(progress, number * bars))


def _told(progress: Callable[[int], None], before: int) -> Callable[[int], None]:
    """Return a function that reports a tick as bars, with the bars of earlier sets added."""
    return lambda tick: progress(before + tick // TICKS_PER_BAR)
