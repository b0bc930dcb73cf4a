"""A bundle that plays alone and fails when a test wants it to."""

from collections.abc import Collection
from typing import Any

from daemon.composer.models.library import Library, OpenBundle
from daemon.music.arranging.barplan import BarPlan
from daemon.music.ensemble.ensemble import Ensemble
from daemon.music.ensemble.lineup import Lineup
from daemon.music.systems.played import Played
from daemon.music.systems.system import Cue, Steps, System
from daemon.parameters import Parameters
from models.bundle import Bundle
from models.session import Provider
from tests.daemon.solo import Solo


class FragileSystem:
    """Does what another system does, but raises an error where its library says so."""

    def __init__(self, system: System, library: "FragileLibrary") -> None:
        self._system, self._library = system, library

    @property
    def extra_ticks(self) -> int:
        return self._system.extra_ticks

    def begin(self, seed: int, tick: int) -> None:
        self._system.begin(seed, tick)

    def plan(self, bar: int, plan: BarPlan, parameters: Parameters) -> Steps[BarPlan]:
        return (yield from self._system.plan(bar, plan, parameters))

    def compose(self, cue: Cue) -> Steps[Played]:
        if cue.tick in self._library.failing:
            raise RuntimeError("the device is gone")
        return (yield from self._system.compose(cue))

    def hear(self, cue: Cue, played: Played) -> Steps[None]:
        if self._library.is_deaf:
            raise RuntimeError("the device is gone")
        yield from self._system.hear(cue, played)

    def save(self) -> Any:
        return self._system.save()

    def restore(self, state: Any) -> None:
        self._system.restore(state)

    def close(self) -> None:
        self._system.close()


class FragileLibrary(Library):
    """A library whose ensembles fail at the ticks in `failing`, after the melody has taken its step."""

    def __init__(self, provider: Provider, *opened: OpenBundle) -> None:
        super().__init__(provider, *opened)
        self.failing: Collection[int] = ()
        self.is_deaf = False

    def ensemble(self, lineup: Lineup) -> Ensemble:
        made = super().ensemble(lineup)
        melody, percussion = made._systems
        made._systems = (melody, FragileSystem(percussion, self))
        return made


class FragileSolo(Solo):
    """A solo whose decks play with a `FragileLibrary`."""

    library: FragileLibrary

    def __init__(self, bundle: Bundle, provider: Provider, seed: int) -> None:
        super().__init__(bundle, provider, seed)
        self.library = FragileLibrary(provider, self.opened)
