"""The open bundles and their sessions, which all decks share, and the ensembles made from them."""

import logging
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

import numpy as np

from daemon.composer.models.preload import bundle_named
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.ensemble import Ensemble
from daemon.music.ensemble.lineup import PARTS, Lineup, Place, Source, lineup_of, whole
from daemon.music.ensemble.planner import Planner
from daemon.music.systems.system import Networks, Part, System
from daemon.music.systems.table import NETWORKLESS, SYSTEMS
from daemon.parameters import Parameters
from models.arrangement import Arrangement
from models.bundle import Bundle, BundleError
from models.codecs.bars import PART as PLAN
from models.session import GuardedSession, Provider, StepSession, open_session

# The lineups whose unheeded parameters are remembered.
_KEPT: Final = 63
_log: Final = logging.getLogger(__name__)


class OpenBundle(NamedTuple):
    """A bundle and the sessions of its networks by part."""

    bundle: Bundle
    sessions: Mapping[str, StepSession]

    @property
    def source(self) -> Source:
        """The bundle as a source of a lineup."""
        return Source(self.bundle.loaded_as, self.bundle.digest)

    def networks(self) -> Networks:
        """Return what its systems are made of."""
        return Networks(lambda part: self.sessions[part].row(), self.bundle.vocabulary)


class Library:
    """Opens bundles when they are needed, and closes those that are no longer needed."""

    def __init__(self, provider: Provider, *opened: OpenBundle) -> None:
        self._chosen = provider
        self._opened = {each.bundle.digest: each for each in opened}
        self._unheeded: dict[tuple[str, ...], Mapping[str, str]] = {}

    @property
    def provider(self) -> Provider:
        """The provider that was chosen, or the one that a network runs on since that failed."""
        sessions = (each for opened in self._opened.values() for each in opened.sessions.values())
        running = (each.provider for each in sessions if isinstance(each, GuardedSession))
        return next((each for each in running if each is not self._chosen), self._chosen)

    def open(self, source: Source) -> None:
        """Open a source if it is not open. Raises BundleError if it cannot be played, or has changed since."""
        if source.digest in self._opened or (not source.digest and source.name in NETWORKLESS):
            return
        bundle = bundle_named(source.name)
        if bundle.digest != source.digest:
            raise BundleError(f"the bundle {source.name} has changed since it was loaded; load it again")
        self.add(open_bundle(bundle, self.provider))

    def source(self, name: str) -> Source:
        """Return the source of a name: a system without networks, or a bundle, which this opens. Raises BundleError."""
        if name in NETWORKLESS:
            return Source(name)
        bundle = bundle_named(name)
        source = Source(bundle.loaded_as, bundle.digest)
        self.open(source)
        return source

    def sources(self, source: Source) -> dict[Place, Source]:
        """Return an open source at the places that it takes if it is chosen for everything."""
        if source.digest and self._opened[source.digest].bundle.is_whole:
            return whole(source)
        own = PARTS if not source.digest else self._opened[source.digest].bundle.parts
        return {part: source for part in PARTS if part in own}

    def add(self, opened: OpenBundle) -> None:
        """Add an open bundle. If the same bundle is open already, that one stays."""
        self._opened.setdefault(opened.bundle.digest, opened)

    def ensemble(self, lineup: Lineup) -> Ensemble:
        """Return a new ensemble with rows of its own; open its sources if needed. Raises BundleError."""
        for source in lineup:
            self.open(source)
        sessions = self._opened[lineup.plan.digest].sessions
        plan = self._opened[lineup.plan.digest].bundle
        drums = self._opened.get(lineup.percussion.digest)
        groove = plan.groove if drums is None else drums.bundle.groove
        systems = [self._system(part, lineup.places[part]) for part in PARTS]
        planner = Planner(sessions[PLAN].row()) if PLAN in sessions else None
        return Ensemble(systems, plan.arrangement, groove, planner=planner)

    def unheeded(self, lineup: Lineup) -> Mapping[str, str]:
        """Return the parameters that do not act on what plays, each with the reason. Its sources are open."""
        if lineup.key not in self._unheeded:
            found: dict[str, str] = {}
            for part in PARTS:
                name, networks = self._made_of(part, lineup.places[part])
                found |= SYSTEMS[name].unheeded(part, networks)
            self._unheeded = {lineup.key: found, **dict([*self._unheeded.items()][:_KEPT])}
        return self._unheeded[lineup.key]

    def arrangement(self, source: Source) -> Arrangement:
        """Return the director's tables of a bundle."""
        self.open(source)
        return self._opened[source.digest].bundle.arrangement

    def close_all_but(self, digests: Collection[str]) -> None:
        """Close all other bundles."""
        for digest in [digest for digest in self._opened if digest not in digests]:
            _log.info("closed the unused bundle %s", self._opened[digest].bundle.loaded_as)
            del self._opened[digest]

    def _system(self, part: Part, source: Source) -> System:
        name, networks = self._made_of(part, source)
        return SYSTEMS[name].build(part, networks)

    def _made_of(self, part: Part, source: Source) -> tuple[str, Networks]:
        """Return the name of the system that a source has for a part, and what it is made of."""
        if not source.digest:
            return source.name, Networks()
        opened = self._opened[source.digest]
        return opened.bundle.network(part).system, opened.networks()


def open_bundle(bundle: Bundle, provider: Provider) -> OpenBundle:
    """Open the sessions of a bundle and step each once, because the first step is slow. Raises BundleError."""
    sessions = {each.part: open_session(bundle, each.part, provider) for each in bundle.networks}
    opened = OpenBundle(bundle, sessions)
    if bundle.is_whole:
        ensemble = Library(provider, opened).ensemble(lineup_of(opened.source))
        run(ensemble.compose(0, Parameters()))
        ensemble.close()
    else:
        for session in sessions.values():
            _step_once(session)
    return opened


def _step_once(session: StepSession) -> None:
    row, network = session.row(), session.network
    zeros = {name: np.zeros(tensor.shape, np.float32) for name, tensor in network.tensors.inputs.items()}
    session.step({row.index: {**zeros, **network.codec.plain}})
    row.release()
