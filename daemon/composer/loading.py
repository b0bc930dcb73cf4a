"""Loading another model while the music plays: verified at once, made ready beside it."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final, NamedTuple, TypeVar

from daemon.control.messages import ControlError
from daemon.music.engine import Engine
from daemon.music.priming import prime
from daemon.parameters import Parameters
from models import bundle as bundles
from models.bundle import Bundle
from models.hearing import Heard
from models.session import Provider

_log: Final = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.002
_REST_SECONDS: Final = 0.004
_MOST_COMING: Final = 4
T = TypeVar("T")


class Ready(NamedTuple):
    """An engine that can be swapped in; `heard` is what it was primed with."""

    engine: Engine
    heard: Heard | None


class Loading:
    """Engines on their way, each in its turn, in a thread of their own; bundles are verified in another."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._pool = ThreadPoolExecutor(1, "edmd model")
        self._verifier = ThreadPoolExecutor(1, "edmd bundle")
        self._closed = threading.Event()
        self._coming: list[tuple[str, Future[Ready]]] = []

    def load(self, name: str, meanwhile: Callable[[], None]) -> None:
        """Return when the bundle is verified, BundleError when it is refused.

        `meanwhile` is called again and again; what it raises ends the wait, and nothing is loaded.
        """
        self._expect(name, self.aside(lambda: bundles.load(name), meanwhile))

    def prime(self, bundle: Bundle, heard: Heard, parameters: Parameters) -> None:
        """Make an engine of `bundle` ready that has lived through what it `heard`."""
        self._expect(bundle.name, bundle, heard, parameters)

    def aside(self, work: Callable[[], T], meanwhile: Callable[[], None]) -> T:
        """What `work` returns or raises, done in a thread; `meanwhile` as in `load`. ControlError when there is a queue."""
        if len(self._coming) >= _MOST_COMING:
            raise ControlError("unavailable", "models are being made ready; try again in a moment")
        done = self._verifier.submit(work)
        while not done.done():
            meanwhile()
            wait([done], _LOOK_SECONDS)
        return done.result()

    def _rest(self) -> None:
        """Leave the processor, and the interpreter, to the music that plays."""
        self._closed.wait(_REST_SECONDS)

    def _expect(
        self, name: str, bundle: Bundle, heard: Heard | None = None, parameters: Parameters | None = None
    ) -> None:
        def make() -> Ready:
            engine = ready_engine(bundle, self._provider, 0)
            if heard is not None:
                prime(engine, heard, parameters or Parameters(), self._rest)
            return Ready(engine, heard)

        self._coming.append((name, self._pool.submit(make)))

    def finished(self) -> Iterator[Ready]:
        """The engines that have become ready; one that cannot be made is told in the log."""
        while self._coming and self._coming[0][1].done():
            name, engine = self._coming.pop(0)
            error = engine.exception()
            if error is None:
                yield engine.result()
            else:
                _log.error("the model %s cannot be loaded, the one before goes on: %s", name, error)

    def is_closed(self) -> bool:
        """Whether nothing is loaded any more."""
        return self._closed.is_set()

    def close(self) -> None:
        """Load no more."""
        self._closed.set()
        for pool in (self._verifier, self._pool):
            pool.shutdown(wait=False, cancel_futures=True)


def ready_engine(bundle: Bundle, provider: Provider, seed: int) -> Engine:
    """An engine whose first step will be as quick as any."""
    engine = Engine(bundle, provider, seed)
    engine.step(0, Parameters())
    engine.begin(seed, 0)
    return engine
