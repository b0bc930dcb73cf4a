"""Loading another model while the music plays: verified at once, made ready beside it."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final

from daemon.music.engine import Engine
from daemon.parameters import Parameters
from models import bundle as bundles
from models.bundle import Bundle
from models.session import Provider

_log: Final = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.002


class Loading:
    """Engines on their way, each in its turn, in a thread of their own; bundles are verified in another."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._pool = ThreadPoolExecutor(1, "edmd model")
        self._verifier = ThreadPoolExecutor(1, "edmd bundle")
        self._coming: list[tuple[str, Future[Engine]]] = []

    def load(self, name: str, meanwhile: Callable[[], None]) -> None:
        """Return when the bundle is verified, BundleError when it is refused.

        `meanwhile` is called again and again; what it raises ends the wait, and nothing is loaded.
        """
        verified = self._verifier.submit(bundles.load, name)
        while not verified.done():
            meanwhile()
            wait([verified], _LOOK_SECONDS)
        self._coming.append((name, self._pool.submit(ready_engine, verified.result(), self._provider, 0)))

    def finished(self) -> Iterator[Engine]:
        """The engines that have become ready; one that cannot be made is told in the log."""
        while self._coming and self._coming[0][1].done():
            name, engine = self._coming.pop(0)
            error = engine.exception()
            if error is None:
                yield engine.result()
            else:
                _log.error("the model %s cannot be loaded, the one before goes on: %s", name, error)

    def close(self) -> None:
        """Load no more."""
        for pool in (self._verifier, self._pool):
            pool.shutdown(wait=False, cancel_futures=True)


def ready_engine(bundle: Bundle, provider: Provider, seed: int) -> Engine:
    """An engine whose first step will be as quick as any."""
    engine = Engine(bundle, provider, seed)
    engine.step(0, Parameters())
    engine.begin(seed, 0)
    return engine
