"""The engines of the bundles in use, by the digest of their bundle."""

import logging
from collections.abc import Collection
from typing import Final

from daemon.composer.loading import ready_engine
from daemon.composer.preload import bundle_named
from daemon.music.engine import Engine
from models.bundle import BundleError
from models.session import Provider

_log: Final = logging.getLogger(__name__)


class Engines:
    """Opens engines when they are needed, and closes those that are no longer needed."""

    def __init__(self, provider: Provider, *engines: Engine) -> None:
        self.provider = provider
        self._engines = {engine.bundle.digest: engine for engine in engines}
        self._names = {engine.bundle.digest: engine.bundle.loaded_as for engine in engines}

    def open(self, name: str, digest: str) -> Engine:
        """Return the engine of a bundle. Raises BundleError if the bundle `name` cannot be played or is another one."""
        if digest not in self._engines:
            bundle = bundle_named(name)
            if bundle.digest != digest:
                raise BundleError(f"the bundle {name} has changed since it was loaded; load it again")
            self.add(ready_engine(bundle, self.provider, 0))
        return self._engines[digest]

    def add(self, engine: Engine) -> None:
        """Add an engine. If its bundle is open already, that engine stays and only gets the new name."""
        self._engines.setdefault(engine.bundle.digest, engine)
        self._names[engine.bundle.digest] = engine.bundle.loaded_as

    def name(self, digest: str) -> str:
        """Return the name that loads the bundle of an engine that is open."""
        return self._names[digest]

    def close_all_but(self, digests: Collection[str]) -> None:
        """Close the engines of all other bundles."""
        for digest in [digest for digest in self._engines if digest not in digests]:
            _log.info("the bundle %s is closed", self.name(digest))
            del self._engines[digest], self._names[digest]
