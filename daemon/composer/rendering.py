"""Many sets one after the other, each from a seed of its own, faster than they would sound."""

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
    """Play `bars` bars of each seed as `edmd render` would; `progress` hears how many bars there are in all."""
    for number, seed in enumerate(seeds):
        engine.begin(seed, 0)
        yield perform(new_deck(engine, parameters), bars, None, _told(progress, number * bars))


def _told(progress: Callable[[int], None], before: int) -> Callable[[int], None]:
    """Ticks as bars, on top of those of earlier sets."""
    return lambda tick: progress(before + tick // TICKS_PER_BAR)
