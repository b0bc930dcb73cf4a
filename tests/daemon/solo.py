"""A bundle that plays alone, for tests: its library, its lineup, and an ensemble that is driven tick by tick."""

import numpy as np

from daemon.composer.models.library import Library, open_bundle
from daemon.music.arranging.director import Director
from daemon.music.deck.deck import Deck, new_deck
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.ensemble import Composed, Ensemble, EnsembleState
from daemon.music.ensemble.lineup import Lineup, Source, lineup_of
from daemon.music.systems.edm.roles_model import RolesMemory
from daemon.parameters import Parameters
from models.bundle import Bundle
from models.codecs import melody, percussion
from models.codecs.base import Tokens
from models.codecs.recall import PartNumbers
from models.notes import TICKS_PER_BAR
from models.session import Provider


class Solo:
    """One bundle on one provider, with the music of a seed."""

    def __init__(self, bundle: Bundle, provider: Provider, seed: int) -> None:
        self.bundle, self.seed = bundle, seed
        opened = open_bundle(bundle, provider)
        self.opened = opened
        self.library = Library(provider, opened)
        self.source: Source = opened.source
        self.lineup = lineup_of(self.source)
        self.ensemble: Ensemble = self.library.ensemble(self.lineup)
        self.begin(seed, 0)

    def begin(self, seed: int, tick: int) -> None:
        self.seed = seed
        self.ensemble.begin(seed, tick)

    def step(self, tick: int, parameters: Parameters) -> Composed:
        return run(self.ensemble.compose(tick, parameters))

    def save(self) -> EnsembleState:
        return self.ensemble.save()

    def restore(self, state: EnsembleState) -> None:
        self.ensemble.restore(state)

    @property
    def director(self) -> Director:
        return self.ensemble.director

    def deck(
        self, parameters: Parameters, last_tick: int | None = None, lineup: Lineup | None = None
    ) -> Deck:
        """Return a deck at tick 0 with this seed."""
        return new_deck(self.library, lineup or self.lineup, parameters, self.seed, last_tick)


def library_of(*solos: Solo) -> Library:
    """Return a library in which the bundles of all these are open."""
    return Library(solos[0].library.provider, *(solo.opened for solo in solos))


def both(music: EnsembleState) -> tuple[RolesMemory, RolesMemory]:
    """Return the memories of melody and percussion, which are tick networks'."""
    return roles(music, 0), roles(music, 1)


def roles(music: EnsembleState, index: int) -> RolesMemory:
    """Return the memory of the melody (0) or the percussion (1), which is a tick network's."""
    memory = music.systems[index]
    assert isinstance(memory, RolesMemory)
    return memory


def remembered(memory: RolesMemory, first: int, stop: int) -> Tokens:
    """Return the (T, S) tokens of the ticks from `first` to before `stop`."""
    ticks = np.arange(first, stop)
    layout = melody.LAYOUT if memory.numbers.shape[2] == len(melody.LAYOUT.parts) else percussion.LAYOUT
    bars = ticks // TICKS_PER_BAR % len(memory.numbers)
    return PartNumbers(layout).tokens(memory.numbers[bars, ticks % TICKS_PER_BAR])
